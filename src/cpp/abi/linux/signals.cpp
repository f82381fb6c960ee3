// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/signals.hpp"

#include "abi/linux/job_control.hpp"
#include "abi/linux/made_timers.hpp"
#include "abi/linux/signal_frame.hpp"
#include "machine/vector.hpp"

namespace vmlab::linux_abi {

namespace {

constexpr SignalSet STOPS =
    SignalSet::of(Signal::Stop, Signal::TerminalStop, Signal::TerminalInput, Signal::TerminalOutput);
constexpr SignalSet IGNORED = SignalSet::of(Signal::Child, Signal::Urgent, Signal::WindowChanged);
constexpr SignalSet CORES =
    SignalSet::of(Signal::Quit, Signal::Ill, Signal::Trap, Signal::Abort, Signal::Bus, Signal::FloatingPoint,
                  Signal::Segv, Signal::CpuLimit, Signal::FileSizeLimit, Signal::System);

SignalAction& action_of(Process& process, Signal signal) { return (*process.signals.actions)[signal]; }

}  // namespace

DefaultAction default_action(Signal signal) {
    return signal == Signal::Continue ? DefaultAction::Continue
           : STOPS.contains(signal)   ? DefaultAction::Stop
           : IGNORED.contains(signal) ? DefaultAction::Ignore
           : CORES.contains(signal)   ? DefaultAction::Core
                                      : DefaultAction::Terminate;
}

bool dumps_core(const Process& ended) {
    return ended.exit_signal() != Signal::None && default_action(ended.exit_signal()) == DefaultAction::Core &&
           ended.limits()[Resource::Core].current >= PAGE_SIZE;
}

bool does_nothing(const SignalAction& action, Signal signal) {
    const DefaultAction by_default = default_action(signal);
    return action.ignores() ||
           (action.is_default() && (by_default == DefaultAction::Ignore || by_default == DefaultAction::Continue));
}

namespace {

/// Who is to take a signal to the process: the thread that was named, else the first that does not block it; null when all do.
Process* choose_thread(const Kernel& kernel, Process& named, Signal signal) {
    if (named.alive() && !named.signals.blocked.contains(signal)) {
        return &named;
    }
    for (Process* thread : kernel.threads_of(named.thread_group)) {
        if (!thread->signals.blocked.contains(signal)) {
            return thread;
        }
    }
    return nullptr;
}

void wake_who_awaits(Kernel& kernel, const Process& target, Signal signal) {
    for (Process* thread : kernel.threads_of(target.thread_group)) {
        if (thread->signals.awaited.contains(signal)) {
            kernel.interrupt(*thread);
            return;
        }
    }
}

}  // namespace

bool raise_signal(Kernel& kernel, Process& target, const SignalInfo& info, SignalTo to) {
    if (info.signal == Signal::Kill) {
        die_of(kernel, target, Signal::Kill);
        return true;
    }
    const bool goes_on = info.signal == Signal::Continue;
    if (goes_on || STOPS.contains(info.signal)) {
        for (Process* thread : kernel.threads_of(target.thread_group)) {
            thread->signals.forget(goes_on ? STOPS : SignalSet::of(Signal::Continue));
        }
    }
    if (goes_on) {
        kernel.resume(target);
    }
    Process* const taker = to == SignalTo::Process                        ? choose_thread(kernel, target, info.signal)
                           : target.signals.blocked.contains(info.signal) ? nullptr
                                                                          : &target;
    if (taker != nullptr && does_nothing(action_of(target, info.signal), info.signal)) {
        return true;
    }
    PendingSignals& pending = to == SignalTo::Process ? target.signals.shared->pending : target.signals.pending;
    if (!pending.add(info)) {
        return false;
    }
    if (taker != nullptr) {
        kernel.interrupt(*taker);
    } else {
        wake_who_awaits(kernel, target, info.signal);
    }
    return true;
}

void force_signal(Process& process, const SignalInfo& info) {
    SignalState& signals = process.signals;
    SignalAction& action = action_of(process, info.signal);
    if (action.ignores() || signals.blocked.contains(info.signal)) {
        action.handler = SignalAction::DEFAULT;
        signals.blocked = signals.blocked.without(SignalSet::of(info.signal));
    }
    signals.pending.remove(SignalSet::of(info.signal));
    static_cast<void>(signals.pending.add(info));
}

SignalInfo signal_of_exception(Kernel& kernel, std::uint8_t vector, VirtAddr eip) {
    switch (static_cast<Vector>(vector)) {
        case Vector::DivideError:
            return {.signal = Signal::FloatingPoint, .code = SignalCode::FPE_DIVIDE, .address = eip};
        case Vector::FloatingPoint:
        case Vector::SimdFloatingPoint:
            return {.signal = Signal::FloatingPoint,
                    .code = code_of_float_exception(kernel.machine().cpu().floating_point(),
                                                    static_cast<Vector>(vector) == Vector::SimdFloatingPoint),
                    .address = eip};
        case Vector::Debug: {
            const bool stepped = (kernel.machine().cpu().registers().eflags & Eflags::TRAP) != 0;
            return {.signal = Signal::Trap,
                    .code = stepped ? SignalCode::TRAP_STEP : SignalCode::TRAP_BREAKPOINT,
                    .address = eip};
        }
        case Vector::Breakpoint:
            return {.signal = Signal::Trap, .code = SignalCode::KERNEL};
        case Vector::InvalidOpcode:
            return {.signal = Signal::Ill, .code = SignalCode::ILL_OPERAND, .address = eip};
        case Vector::AlignmentCheck:
            return {.signal = Signal::Bus, .code = SignalCode::BUS_ALIGNMENT};
        case Vector::MachineCheck:
        case Vector::SegmentNotPresent:
        case Vector::StackFault:
            return {.signal = Signal::Bus, .code = SignalCode::KERNEL};
        default:
            return {.signal = Signal::Segv, .code = SignalCode::KERNEL};
    }
}

void raise_for_trap(Kernel& kernel, Process& process, const SignalInfo& info, const TrapRecord& trap, VirtAddr at) {
    process.signals.trap = trap;
    kernel.tracer().emit(process.pid(), SignalEvent{.signal = static_cast<std::uint32_t>(info.signal),
                                                    .vector = trap.vector,
                                                    .error = trap.error,
                                                    .address = at});
    force_signal(process, info);
}

void die_of(Kernel& kernel, Process& process, Signal signal) { kernel.end_threads(process, 0, signal); }

namespace {

/// A call that a signal interrupted: it begins again, or says so.
void settle_call(Process& process, const SignalAction* handled_by) {
    const auto call = std::exchange(process.signals.interrupted, std::nullopt);
    if (!call) {
        return;
    }
    TrapFrame frame = process.trap_frame();
    const auto how = static_cast<OnSignal>(call->how);
    const bool restarts = handled_by == nullptr || how == OnSignal::RestartAlways ||
                          (how == OnSignal::Restart && (handled_by->flags & ActionFlags::RESTART) != 0);
    const bool again = restarts && how != OnSignal::Never;
    if (again) {
        constexpr std::uint32_t INT_80_BYTES = 2;
        frame.eip -= INT_80_BYTES;
        constexpr std::uint32_t RESTART_SYSCALL = 0;
        const bool goes_on = how == OnSignal::GoOn;
        process.signals.restarted = call->number;
        frame.eax = goes_on ? RESTART_SYSCALL : call->number;
    } else {
        frame.eax = SyscallResult(Errno::INTR).eax;
    }
    process.set_trap_frame(frame);
}

void run_handler(Kernel& kernel, Process& process, const SignalInfo& info) {
    SignalState& signals = process.signals;
    SignalAction& kept = action_of(process, info.signal);
    const SignalAction action = kept;
    settle_call(process, &action);
    if ((action.flags & ActionFlags::RESETHAND) != 0) {
        kept.handler = SignalAction::DEFAULT;
    }
    const SignalSet before = std::exchange(signals.blocked_before, std::nullopt).value_or(signals.blocked);
    if (!push_signal_frame(kernel, process, info, action, before)) {
        if (info.signal == Signal::Segv) {
            action_of(process, Signal::Segv).handler = SignalAction::DEFAULT;  // no second one can be handled either
        }
        force_signal(process, {.signal = Signal::Segv, .code = SignalCode::KERNEL});
        return;
    }
    SignalSet blocked = signals.blocked.with(action.mask);
    if ((action.flags & ActionFlags::NODEFER) == 0) {
        blocked = blocked.with(SignalSet::of(info.signal));
    }
    set_blocked(process, blocked);
    kernel.tracer().emit(process.pid(), SignalDeliveredEvent{.signal = static_cast<std::uint32_t>(info.signal),
                                                             .code = static_cast<std::uint32_t>(info.code),
                                                             .handler = action.handler,
                                                             .frame = process.trap_frame().esp});
}

}  // namespace

void deliver_signals(Kernel& kernel, Process& process) {
    SignalState& signals = process.signals;
    while (auto info = signals.take(SignalSet{~signals.blocked.bits}, SYNCHRONOUS)) {
        take_from_timer(kernel, process, *info);
        const SignalAction& action = action_of(process, info->signal);
        if (action.has_handler()) {
            run_handler(kernel, process, *info);
            return;
        }
        if (does_nothing(action, info->signal)) {
            continue;
        }
        if (default_action(info->signal) != DefaultAction::Stop) {
            die_of(kernel, process, info->signal);
            return;
        }
        if (info->signal == Signal::Stop || !is_orphaned_group(kernel, process.group)) {
            kernel.stop(process, info->signal);
            return;  // what else there is waits until it goes on
        }
    }
    settle_call(process, nullptr);
    unblock_after_call(process);
}

ChildReport report_of(const Kernel& kernel, const Process& child) {
    if (kernel.has_threads(child.pid())) {
        const bool stopped = child.news == ChildNews::Stopped;
        return {stopped ? SignalCode::CHILD_STOPPED : SignalCode::CHILD_CONTINUED,
                static_cast<std::uint32_t>(stopped ? child.stopped_by : Signal::Continue)};
    }
    if (child.exit_signal() == Signal::None) {
        return {SignalCode::CHILD_EXITED, child.exit_status()};
    }
    return {dumps_core(child) ? SignalCode::CHILD_DUMPED : SignalCode::CHILD_KILLED,
            static_cast<std::uint32_t>(child.exit_signal())};
}

void tell_of_child(Kernel& kernel, Process& child, Process& parent) {
    const SignalAction& action = action_of(parent, Signal::Child);
    const ChildReport report = report_of(kernel, child);
    SignalInfo info{.signal = Signal::Child, .code = report.code, .pid = child.pid(), .status = report.status};
    if (kernel.has_threads(child.pid())) {
        if ((action.flags & ActionFlags::NOCLDSTOP) == 0) {
            raise_signal(kernel, parent, info);
        }
        return;
    }
    leave_group(kernel, child, parent);
    if (child.end_signal == Signal::None) {
        return;
    }
    if (child.end_signal == Signal::Child && (action.ignores() || (action.flags & ActionFlags::NOCLDWAIT) != 0)) {
        child.set_reaped();
    }
    info.signal = child.end_signal;
    raise_signal(kernel, parent, info);
}

SyscallResult interrupted(Syscall& call, OnSignal how) {
    const auto number = static_cast<std::uint32_t>(how);
    call.process.signals.interrupted = {call.number, number};
    return static_cast<Errno>(number);
}

SyscallResult wait_for(Syscall& call, Wait wait, OnSignal how) {
    return unless_interrupted(call, how, [&] { call.kernel.block(call.process, wait); });
}

SyscallResult sleep_until(Syscall& call, std::uint64_t time, OnSignal how) {
    return unless_interrupted(call, how, [&] { call.kernel.sleep_until(call.process, time); });
}

void set_blocked(Process& process, SignalSet signals) { process.signals.blocked = signals.without(UNCATCHABLE); }

void block_during_call(Syscall& call, SignalSet signals) {
    if (!call.resumed) {
        call.process.signals.blocked_before = call.process.signals.blocked;
        set_blocked(call.process, signals);
    }
}

void unblock_after_call(Process& process) {
    if (const auto before = std::exchange(process.signals.blocked_before, std::nullopt)) {
        process.signals.blocked = *before;
    }
}

}  // namespace vmlab::linux_abi
