// SPDX-License-Identifier: GPL-2.0-only
// UnicornCpu: one instruction at a time, under the trap flag or in the engine's stead.
#include "base/panic.hpp"
#include "machine/cpu_unicorn_core.hpp"
#include "machine/vector.hpp"

namespace vmlab {

/// Executes one instruction. Returns the exit it caused, or nothing when it completed.
std::optional<CpuExit> UnicornCpu::step() {
    if (left_ring3()) {
        return refuse_ring_change();
    }
    const CodeBytes code = code_at(registers_.eip);
    const auto opcode = Opcode::read(code.span());
    if (opcode && must_interpose(*opcode)) {
        const std::size_t length = decoder_.length_of(code.span());
        if ((length != 0 || opcode->lock) &&
            mmu_.translate(VirtAddr(registers_.eip), Access::Fetch, Privilege::User).end == TranslateEnd::Ok) {
            return interpose(*opcode, static_cast<std::uint32_t>(length));
        }
    }
    if (every_reference_) {
        flush_tlb();
        references_.clear();
    }
    const Stop reason = stop_;
    const Registers before = registers_;
    start_until_no_need(Pace::OneInstruction, before.eflags & Eflags::TRAP);
    const auto exit = finish_step(opcode, before);
    stop_ = reason;
    return exit;
}

std::optional<CpuExit> UnicornCpu::finish_step(const std::optional<Opcode>& opcode, const Registers& before) {
    const bool trapped = stop_ == Stop::Interrupt && vector_ == static_cast<std::uint8_t>(Vector::Debug) &&
                         !(last_block() != nullptr && last_block()->software_interrupt == vector_);
    // After a load of SS the processor, and the engine, hold the trap back for one instruction, which may be refused.
    const bool held_back = stop_ == Stop::Budget || stop_ == Stop::Attention;
    const bool loaded = trapped && opcode && opcode->loads_trap_flag();
    if (!loaded) {
        edit().eflags = (registers_.eflags & ~Eflags::TRAP) | (before.eflags & Eflags::TRAP);
    }
    if (!trapped && !held_back) {
        const bool in_ring3 = !left_ring3();
        const CpuExit exit = stop_exit();
        if (in_ring3 && stop_ == Stop::Denied && opcode && opcode->runs_alone()) {
            edit() = before;
        }
        return exit;
    }
    const bool guest_traps = (before.eflags & Eflags::TRAP) != 0;
    if (opcode && opcode->is_push_flags() && !guest_traps) {
        hide_trap_flag();
    }
    if (opcode && opcode->is_repeated_string()) {
        // Without the trap flag the engine looks once more at an ECX that has become zero, and that look is counted.
        const std::uint32_t mask = opcode->address16 ? 0xFFFF : 0xFFFFFFFF;
        if ((before.ecx & mask) != 0 && (registers_.ecx & mask) == 0 && !opcode->repetition_ends(registers_.eflags)) {
            --remaining_;
        }
    }
    if (every_reference_) {
        report_references(opcode);
    }
    if (trapped && guest_traps) {
        CpuExit exit = exception(Vector::Debug, 0);
        exit.instruction = VirtAddr(before.eip);
        return exit;
    }
    return std::nullopt;
}

/// Takes our trap flag out of the image that pushf has just written: on the way that the write took, through a stale
/// entry too. A write into the guest's own tables may have closed that way.
void UnicornCpu::hide_trap_flag() {
    const VirtAddr high_byte(registers_.esp + segment_base(SegmentName::Ss) + 1);
    const Translation way = mmu_.translate(high_byte, Access::Read, Privilege::User);
    if (way.end == TranslateEnd::Ok) {
        memory_.writable_frame(way.frame)[high_byte.offset()] &= std::byte{0xFE};
    }
}

/// Carries out an instruction in the engine's stead.
std::optional<CpuExit> UnicornCpu::interpose(const Opcode& opcode, std::uint32_t length) {
    if (opcode.lock) {
        return exception(Vector::InvalidOpcode, 0);
    }
    if (opcode.is_port_io()) {
        return use_ports(opcode, length);
    }
    if (opcode.is_read_counter()) {
        return exception(Vector::GeneralProtection, 0);
    }
    if (opcode.is_fast_system_call()) {
        return exception(Vector::InvalidOpcode, 0);
    }
    const VirtAddr instruction(registers_.eip);
    const std::uint64_t time = instructions();
    if (every_reference_) {
        references_.assign(1, Reference{registers_.eip & ~PAGE_MASK, Access::Fetch});
        report_references(opcode);
    }
    edit().eax = static_cast<std::uint32_t>(time);
    registers_.edx = static_cast<std::uint32_t>(time >> 32);
    registers_.eip += length;
    --remaining_;
    if ((registers_.eflags & Eflags::TRAP) != 0) {
        CpuExit exit = exception(Vector::Debug, 0);
        exit.instruction = instruction;
        return exit;
    }
    return std::nullopt;
}

}  // namespace vmlab
