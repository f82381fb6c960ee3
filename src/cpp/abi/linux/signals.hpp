// SPDX-License-Identifier: GPL-2.0-only
// Linux's signals: who is sent which, what each does by default, and what stands between its sending and its handler.
#pragma once

#include <cstdint>

#include "abi/linux/syscall.hpp"
#include "kernel/signal.hpp"

namespace vmlab::linux_abi {

/// si_code: why a signal was sent.
struct SignalCode {
    static constexpr std::int32_t USER = 0, KERNEL = 0x80, QUEUE = -1, TIMER = -2, TKILL = -6;
    static constexpr std::int32_t ILL_OPERAND = 2;
    static constexpr std::int32_t FPE_DIVIDE = 1, FPE_FLOAT_DIVIDE = 3, FPE_OVERFLOW = 4, FPE_UNDERFLOW = 5;
    static constexpr std::int32_t FPE_INEXACT = 6, FPE_INVALID = 7;
    static constexpr std::int32_t SEGV_NOT_MAPPED = 1, SEGV_ACCESS = 2;
    static constexpr std::int32_t BUS_ALIGNMENT = 1, BUS_ADDRESS = 2;
    static constexpr std::int32_t TRAP_BREAKPOINT = 1, TRAP_STEP = 2;
    static constexpr std::int32_t CHILD_EXITED = 1, CHILD_KILLED = 2, CHILD_DUMPED = 3;
    static constexpr std::int32_t CHILD_STOPPED = 5;
    static constexpr std::int32_t CHILD_CONTINUED = 6;
};

/// The flags of a sigaction, as SA_ names them.
struct ActionFlags {
    static constexpr std::uint32_t NOCLDSTOP = 1, NOCLDWAIT = 2, SIGINFO = 4, RESTORER = 0x04000000;
    static constexpr std::uint32_t ONSTACK = 0x08000000, RESTART = 0x10000000, NODEFER = 0x40000000;
    static constexpr std::uint32_t RESETHAND = 0x80000000;
    static constexpr std::uint32_t KNOWN =
        NOCLDSTOP | NOCLDWAIT | SIGINFO | RESTORER | ONSTACK | RESTART | NODEFER | RESETHAND | 0x800;
};

enum class DefaultAction : std::uint8_t { Terminate, Core, Ignore, Stop, Continue };
[[nodiscard]] DefaultAction default_action(Signal signal);
/// Whether a process that a signal ended left a core behind, as far as its limits say. None is written.
[[nodiscard]] bool dumps_core(const Process& ended);
/// Whether the signal is lost on who has this action.
[[nodiscard]] bool does_nothing(const SignalAction& action, Signal signal);

inline constexpr SignalSet UNCATCHABLE = SignalSet::of(Signal::Kill, Signal::Stop);
/// Those of the processor: delivered before others.
inline constexpr SignalSet SYNCHRONOUS =
    SignalSet::of(Signal::Segv, Signal::Bus, Signal::Ill, Signal::Trap, Signal::FloatingPoint, Signal::System);

/// Whether any thread of the process may take it, or the one alone.
enum class SignalTo : std::uint8_t { Process, Thread };
/// Sends a signal; it waits while it is blocked. False when the target's queue is full.
bool raise_signal(Kernel& kernel, Process& target, const SignalInfo& info, SignalTo to = SignalTo::Process);
/// A signal for what the process itself did: it cannot be blocked or ignored.
void force_signal(Process& process, const SignalInfo& info);
/// The same for a trap, which the log gets with the address `at`; `trap` is what a handler sees.
void raise_for_trap(Kernel& kernel, Process& process, const SignalInfo& info, const TrapRecord& trap, VirtAddr at);
/// The signal that Linux makes of an exception other than a page fault.
[[nodiscard]] SignalInfo signal_of_exception(Kernel& kernel, std::uint8_t vector, VirtAddr eip);
/// Ends the process by a signal that nobody handles.
void die_of(Kernel& kernel, Process& process, Signal signal);

/// Does what the pending signals ask for, until a handler is to run or nothing is left; a call that was interrupted begins
/// again or says so.
void deliver_signals(Kernel& kernel, Process& process);
/// What is told of a child, by SIGCHLD and by wait: the si_code and the si_status.
struct ChildReport {
    std::int32_t code = 0;
    std::uint32_t status = 0;
};
/// How it ended; of one that lives, that it was stopped or goes on.
[[nodiscard]] ChildReport report_of(const Kernel& kernel, const Process& child);
/// What a child's end, stop or going on means to its parent.
void tell_of_child(Kernel& kernel, Process& child, Process& parent);

/// What becomes of a call that a signal interrupts. The values are what Linux calls it inside.
enum class OnSignal : std::uint32_t {
    Never = 4,               ///< EINTR: it says so, whatever the signal does
    Restart = 512,           ///< ERESTARTSYS: begins again, where the handler's SA_RESTART allows it
    RestartAlways = 513,     ///< ERESTARTNOINTR: begins again, whatever handler ran
    RestartNoHandler = 514,  ///< ERESTARTNOHAND: begins again where no handler ran
    GoOn = 516  ///< ERESTART_RESTARTBLOCK: the same, but as restart_syscall, which knows what is left to do
};
/// The one way for a call to wait: blocks the caller, and the call is handled again once kernel.wake(wait) or a signal came.
/// Where a signal is there to be delivered it interrupts the call instead.
SyscallResult wait_for(Syscall& call, Wait wait, OnSignal how = OnSignal::Restart);
/// The same for a wait that ends at a time as well.
SyscallResult sleep_until(Syscall& call, std::uint64_t time, OnSignal how);
SyscallResult interrupted(Syscall& call, OnSignal how);
/// What all waits have in common: `fall_asleep`, unless a signal is there to be delivered.
template <typename FallAsleep>
SyscallResult unless_interrupted(Syscall& call, OnSignal how, const FallAsleep& fall_asleep) {
    if (!call.process.signals.deliverable().empty()) {
        return interrupted(call, how);
    }
    fall_asleep();
    return 0U;
}

/// Of the sigset_t that calls are given; today's take no other.
inline constexpr std::uint32_t SIGNAL_SET_BYTES = 8;
/// SIGKILL and SIGSTOP stay unblocked whatever is asked.
void set_blocked(Process& process, SignalSet signals);
/// Blocks these signals instead of the caller's own while the call lasts, as sigsuspend() and ppoll() do: until a handler's
/// frame has kept its own, or unblock_after_call().
void block_during_call(Syscall& call, SignalSet signals);
void unblock_after_call(Process& process);

}  // namespace vmlab::linux_abi
