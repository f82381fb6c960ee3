// SPDX-License-Identifier: GPL-2.0-only
#include "machine/bare_machine.hpp"

#include <span>
#include <stdexcept>
#include <string>

#include "base/hex.hpp"
#include "base/panic.hpp"

namespace vmlab {

namespace {

/// What the stub has pushed when pusha looks at ESP: everything above and including ES.
constexpr std::uint32_t ABOVE_PUSHA = sizeof(TrapFrame) - offsetof(TrapFrame, es);

void check_returns_to_ring3(const TrapFrame& frame, const GdtLayout& layout) {
    if (frame.cs != layout.user_cs() || (frame.ss & 3) != 3) {
        throw std::invalid_argument("iret would leave ring 3: CS in the frame is " + hex(frame.cs) + " and SS " +
                                    hex(frame.ss) + ", write " + hex(layout.user_cs()) + " and " +
                                    hex(layout.user_ss()));
    }
    if ((frame.eflags & (Eflags::VM86 | Eflags::IOPL)) != 0) {
        throw std::invalid_argument("iret would set VM or IOPL: EFLAGS in the frame is " + hex(frame.eflags) +
                                    ", clear bits 12, 13 and 17");
    }
}

/// The engine ends the process on a far call through a call gate to ring 0; a processor would have a ring 0 to enter.
void check_only_code_and_data(const DescriptorTables& tables) {
    constexpr std::uint64_t CODE_OR_DATA = std::uint64_t{1} << 44, PRESENT = std::uint64_t{1} << 47;
    for (std::uint32_t slot = 0; slot < DescriptorTables::GDT_ENTRIES; ++slot) {
        if ((tables.segment(slot) & (PRESENT | CODE_OR_DATA)) == PRESENT) {
            throw std::invalid_argument("slot " + std::to_string(slot) +
                                        " of the GDT holds a gate or a task: write a code or data segment");
        }
    }
}

void check_stack_segment(const DescriptorTables& tables, std::uint16_t ss) {
    constexpr std::uint64_t EXECUTABLE = std::uint64_t{1} << 43, WRITABLE = std::uint64_t{1} << 41;
    constexpr std::uint64_t PRESENT_DPL_3_SEGMENT = std::uint64_t{0xF} << 44;
    const std::uint32_t slot = ss / 8;
    const std::uint64_t descriptor = slot < DescriptorTables::GDT_ENTRIES ? tables.segment(slot) : 0;
    if ((descriptor & (PRESENT_DPL_3_SEGMENT | EXECUTABLE | WRITABLE)) != (PRESENT_DPL_3_SEGMENT | WRITABLE)) {
        throw std::invalid_argument("slot " + std::to_string(slot) +
                                    " of the GDT, which SS names, must be a present, writable data segment of dpl 3");
    }
}

}  // namespace

BareMachine::BareMachine(const MachineConfig& config, const CpuFactory& make_cpu) : machine_(config, make_cpu) {
    const auto stack = machine_.frames().allocate(FrameUse::KernelStack);
    if (!stack) {
        throw std::invalid_argument("RAM of one page has no room for a kernel stack: give at least 8 KiB");
    }
    machine_.descriptors().set_esp0(machine_.kernel_address(stack->address()) + PAGE_SIZE);
    Cpu& cpu = machine_.cpu();
    cpu.restore_context(*cpu.initial_context());
    Registers registers = cpu.registers();
    registers.cs = config.gdt.user_cs();
    registers.ss = registers.ds = registers.es = config.gdt.user_ss();
    cpu.set_registers(registers);
}

CpuExit BareMachine::run(std::uint64_t budget) {
    static_cast<void>(frame_bytes(machine_.descriptors().esp0() - sizeof(TrapFrame)));
    check_only_code_and_data(machine_.descriptors());
    if (frame_) {
        iret();
    }
    check_stack_segment(machine_.descriptors(), machine_.cpu().registers().ss);
    if (ram_handed_out_) {
        machine_.cpu().forget_code();
        machine_.mmu().revoke_grants();
    }
    const CpuExit exit = machine_.run(budget);
    if (exit.kind != ExitKind::BudgetSpent) {
        deliver(exit);
    }
    return exit;
}

void BareMachine::deliver(const CpuExit& exit) {
    const VirtAddr esp0 = machine_.descriptors().esp0();
    const TrapFrame frame =
        make_trap_frame(machine_.cpu().registers(), exit.vector, exit.error_code, (esp0 - ABOVE_PUSHA).value);
    write_frame(esp0 - sizeof(TrapFrame), frame);
    frame_ = esp0 - sizeof(TrapFrame);
}

void BareMachine::iret() {
    if (!frame_) {
        throw std::invalid_argument("iret: no trap is being handled");
    }
    const TrapFrame frame = trap_frame();
    check_returns_to_ring3(frame, machine_.descriptors().layout());
    machine_.cpu().set_registers(registers_after_iret(frame, machine_.cpu().registers()));
    frame_.reset();
}

TrapFrame BareMachine::trap_frame() const {
    require(frame_.has_value(), "there is a frame only while a trap is being handled");
    TrapFrame frame;
    machine_.memory().read(frame_bytes(*frame_), std::as_writable_bytes(std::span(&frame, 1)));
    return frame;
}

Registers BareMachine::registers() {
    const Registers registers = machine_.cpu().registers();
    return frame_ ? registers_after_iret(trap_frame(), registers) : registers;
}

void BareMachine::set_registers(const Registers& registers) {
    machine_.cpu().set_registers(registers);
    if (frame_) {
        const TrapFrame old = trap_frame();
        write_frame(*frame_, make_trap_frame(registers, old.trapno, old.err, old.oesp));
    }
}

std::byte* BareMachine::writable_ram() {
    ram_handed_out_ = true;
    return machine_.memory().data();
}

/// Where a frame lies in RAM; the kernel sees all of RAM through its window.
PhysAddr BareMachine::frame_bytes(VirtAddr frame) const {
    const std::uint32_t physical = frame - machine_.kernel_window();
    if (frame < machine_.kernel_window() || physical + std::uint64_t{sizeof(TrapFrame)} > machine_.memory().size()) {
        throw std::invalid_argument("no kernel stack: 68 bytes from " + hex(frame.value) +
                                    " on do not lie in RAM as the kernel sees it, from " +
                                    hex(machine_.kernel_window().value) + " on; set tss.esp0 to the top of a frame");
    }
    return PhysAddr(physical);
}

void BareMachine::write_frame(VirtAddr at, const TrapFrame& frame) {
    machine_.memory().write(frame_bytes(at), std::as_bytes(std::span(&frame, 1)));
}

}  // namespace vmlab
