// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/signals.hpp"

#include <bit>

#include "machine/vector.hpp"

namespace vmlab::linux_abi {

namespace {

constexpr std::uint64_t set_of(std::uint32_t signal) { return std::uint64_t{1} << (signal - 1); }

constexpr std::uint64_t UNCATCHABLE = set_of(9) | set_of(19);
constexpr std::uint64_t STOPS = set_of(19) | set_of(20) | set_of(21) | set_of(22);
constexpr std::uint64_t IGNORED = set_of(17) | set_of(18) | set_of(23) | set_of(28);

}  // namespace

Signal signal_of_vector(std::uint8_t vector) {
    switch (static_cast<Vector>(vector)) {
        case Vector::DivideError:
        case Vector::FloatingPoint:
        case Vector::SimdFloatingPoint:
            return Signal::FloatingPoint;
        case Vector::Debug:
        case Vector::Breakpoint:
            return Signal::Trap;
        case Vector::InvalidOpcode:
            return Signal::Ill;
        case Vector::AlignmentCheck:
        case Vector::MachineCheck:
            return Signal::Bus;
        default:
            return Signal::Segv;
    }
}

bool may_be_caught(std::uint32_t signal) { return (set_of(signal) & UNCATCHABLE) == 0; }

SyscallResult raise_signal(Kernel& kernel, Process& target, std::uint32_t signal) {
    if ((set_of(signal) & STOPS) != 0) {
        return Errno::NOSYS;
    }
    if ((set_of(signal) & IGNORED) == 0) {
        target.pending_signals |= set_of(signal);
        deliver_pending(kernel, target);
    }
    return 0U;
}

void set_blocked(Process& process, std::uint64_t signals) { process.blocked_signals = signals & ~UNCATCHABLE; }

void deliver_pending(Kernel& kernel, Process& process) {
    const std::uint64_t deliverable = process.pending_signals & ~process.blocked_signals;
    if (deliverable != 0) {
        kernel.end_process(process, 0, static_cast<Signal>(std::countr_zero(deliverable) + 1));
    }
}

}  // namespace vmlab::linux_abi
