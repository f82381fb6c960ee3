// SPDX-License-Identifier: GPL-2.0-only
#include "machine/machine.hpp"

#include <stdexcept>

#include "base/panic.hpp"
#include "machine/vector.hpp"

namespace vmlab {

namespace {

FrameNumber take_descriptor_frame(FramePool& frames) {
    const auto frame = frames.allocate(FrameUse::Descriptors);
    require(frame.has_value(), "a new machine has a frame for its descriptors");
    return *frame;
}

VirtAddr checked_window(const MachineConfig& config) {
    const std::uint64_t room = (std::uint64_t{1} << 32) - config.kernel_window.value;
    if (config.kernel_window.value % LARGE_PAGE_SIZE != 0 || config.ram_bytes > room) {
        throw std::invalid_argument(
            "the kernel window must be a multiple of 4 MB and leave room for all of RAM above it");
    }
    return config.kernel_window;
}

}  // namespace

Machine::Machine(const MachineConfig& config, const CpuFactory& make_cpu)
    : memory_(config.ram_bytes),
      frames_(memory_.frame_count()),
      mmu_(memory_, config.tlb),
      kernel_window_(checked_window(config)),
      descriptors_(memory_, take_descriptor_frame(frames_), config.gdt),
      cpu_(make_cpu(*this)) {
    for (std::uint8_t vector = 0; vector <= static_cast<std::uint8_t>(Vector::Virtualization); ++vector) {
        const bool open = vector == static_cast<std::uint8_t>(Vector::Breakpoint) ||
                          vector == static_cast<std::uint8_t>(Vector::Overflow);
        descriptors_.set_gate(vector,
                              Gate{.selector = config.gdt.kernel_cs(), .dpl = open ? Ring::User : Ring::Kernel});
    }
}

Machine::~Machine() = default;

IdeDisks& Machine::add_disks() {
    disks_ = std::make_unique<IdeDisks>();
    ports_.attach(IdeDisks::FIRST_PORT, IdeDisks::PORTS, *disks_);
    return *disks_;
}

CpuExit Machine::run_cpu(std::uint64_t budget) {
    struct Running {
        explicit Running(Machine& its_machine) : machine(its_machine) { machine.running_ = true; }
        ~Running() {
            machine.executed_ = machine.cpu_->instructions();
            machine.running_ = false;
        }
        Machine& machine;
    } const running(*this);
    return cpu_->run(budget);
}

CpuExit Machine::run(std::uint64_t budget) {
    CpuExit exit = run_cpu(budget);
    if (exit.kind == ExitKind::SoftwareInterrupt && !descriptors_.user_may_raise(exit.vector)) {
        Registers registers = cpu_->registers();
        registers.eip = exit.instruction.value;
        cpu_->set_registers(registers);
        exit.kind = ExitKind::Exception;
        exit.error_code = exit.vector * 8U + 2U;
        exit.vector = static_cast<std::uint8_t>(Vector::GeneralProtection);
    }
    return exit;
}

}  // namespace vmlab
