// SPDX-License-Identifier: GPL-2.0-only
// Signals as programs ask for them: actions, masks, stacks, waiting, sending.
#include <array>

#include "abi/linux/signal_frame.hpp"
#include "abi/linux/signals.hpp"
#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

namespace {

/// struct sigaction of rt_sigaction; the old call's has the mask's lower half second.
struct ActionRecord {
    std::uint32_t handler, flags, restorer;
    SignalSet::Words mask;
};
struct OldActionRecord {
    std::uint32_t handler, mask, flags, restorer;
};

SignalAction action_of(const ActionRecord& record) {
    return {record.handler, record.flags, record.restorer, SignalSet::of_words(record.mask)};
}
SignalAction action_of(const OldActionRecord& record) {
    return {record.handler, record.flags, record.restorer, {record.mask}};
}
ActionRecord record_of(const SignalAction& action, const ActionRecord&) {
    return {action.handler, action.flags, action.restorer, action.mask.words()};
}
OldActionRecord record_of(const SignalAction& action, const OldActionRecord&) {
    return {action.handler, action.mask.words()[0], action.flags, action.restorer};
}

std::optional<Signal> signal_from(std::uint32_t number) {
    return number >= 1 && number <= LAST_SIGNAL ? std::optional(static_cast<Signal>(number)) : std::nullopt;
}

void set_action(Process& process, Signal signal, SignalAction action) {
    action.flags &= ActionFlags::KNOWN;
    action.mask = action.mask.without(UNCATCHABLE);
    (*process.signals.actions)[signal] = action;
    if (does_nothing(action, signal)) {
        process.signals.forget(SignalSet::of(signal));
    }
}

template <typename Record>
SyscallResult change_action(Syscall& call) {
    const auto signal = signal_from(call.argument(0));
    std::optional<Record> wanted;
    if (call.argument(1) != 0) {
        wanted = call.memory.read<Record>(call.pointer(1));
        if (!wanted) {
            return Errno::FAULT;
        }
    }
    if (!signal || (wanted && UNCATCHABLE.contains(*signal))) {
        return Errno::INVAL;
    }
    const SignalAction before = (*call.process.signals.actions)[*signal];
    if (wanted) {
        set_action(call.process, *signal, action_of(*wanted));
    }
    return call.argument(2) == 0 ? SyscallResult(0U)
                                 : SyscallResult(call.memory.write(call.pointer(2), record_of(before, Record{})));
}

/// SIG_BLOCK, SIG_UNBLOCK and SIG_SETMASK; nothing for any other.
std::optional<SignalSet> mask_after(std::uint32_t how, SignalSet before, SignalSet set) {
    constexpr std::uint32_t BLOCK = 0, UNBLOCK = 1, SET = 2;
    switch (how) {
        case BLOCK:
            return before.with(set);
        case UNBLOCK:
            return before.without(set);
        case SET:
            return set;
        default:
            return std::nullopt;
    }
}

/// With sigset_t of Word's size: of the old calls only the first 32 signals.
template <typename Word>
SyscallResult change_mask(Syscall& call) {
    const SignalSet before = call.process.signals.blocked;
    if (call.argument(1) != 0) {
        const auto word = call.memory.read<Word>(call.pointer(1));
        if (!word) {
            return Errno::FAULT;
        }
        constexpr std::uint64_t SEEN = Word(~Word{0});
        const auto after = mask_after(call.argument(0), {before.bits & SEEN}, {*word});
        if (!after) {
            return Errno::INVAL;
        }
        set_blocked(call.process, {after->bits | (before.bits & ~SEEN)});
    }
    return call.argument(2) == 0 ? SyscallResult(0U)
                                 : SyscallResult(call.memory.write(call.pointer(2), static_cast<Word>(before.bits)));
}

SyscallResult suspend_with(Syscall& call, SignalSet set) {
    block_during_call(call, set);
    return wait_for(call, Wait::Signal, OnSignal::RestartNoHandler);
}

}  // namespace

// Goes on with what a stop interrupted: the arguments are still where they were.
SyscallResult sys_restart_syscall(Syscall& call) {
    const SyscallHandler handler =
        call.process.signals.restarted != 0 ? find_syscall(call.process.signals.restarted) : nullptr;
    if (handler == nullptr) {
        return Errno::INTR;
    }
    call.number = call.process.signals.restarted;
    call.resumed = true;
    return handler(call);
}

SyscallResult sys_rt_sigaction(Syscall& call) {
    return call.argument(3) != SIGNAL_SET_BYTES ? SyscallResult(Errno::INVAL) : change_action<ActionRecord>(call);
}

SyscallResult sys_sigaction(Syscall& call) { return change_action<OldActionRecord>(call); }

SyscallResult sys_signal(Syscall& call) {
    const auto signal = signal_from(call.argument(0));
    if (!signal || UNCATCHABLE.contains(*signal)) {
        return Errno::INVAL;
    }
    const std::uint32_t before = (*call.process.signals.actions)[*signal].handler;
    set_action(call.process, *signal,
               {.handler = call.argument(1), .flags = ActionFlags::RESETHAND | ActionFlags::NODEFER});
    return before;
}

SyscallResult sys_rt_sigprocmask(Syscall& call) {
    return call.argument(3) != SIGNAL_SET_BYTES ? SyscallResult(Errno::INVAL) : change_mask<std::uint64_t>(call);
}

SyscallResult sys_sigprocmask(Syscall& call) { return change_mask<std::uint32_t>(call); }

SyscallResult sys_rt_sigpending(Syscall& call) {
    const SignalState& signals = call.process.signals;
    const std::uint64_t waiting = signals.sent().both(signals.blocked).bits;
    if (call.argument(1) > SIGNAL_SET_BYTES) {
        return Errno::INVAL;
    }
    const auto bytes = std::as_bytes(std::span(&waiting, 1)).first(call.argument(1));
    return call.memory.copy_out(call.pointer(0), bytes);
}

SyscallResult sys_sigpending(Syscall& call) {
    const SignalState& signals = call.process.signals;
    return call.memory.write(call.pointer(0), static_cast<std::uint32_t>(signals.sent().both(signals.blocked).bits));
}

SyscallResult sys_rt_sigsuspend(Syscall& call) {
    if (call.argument(1) != SIGNAL_SET_BYTES) {
        return Errno::INVAL;
    }
    const auto set = call.memory.read<std::uint64_t>(call.pointer(0));
    return set ? suspend_with(call, {*set}) : SyscallResult(Errno::FAULT);
}

SyscallResult sys_sigsuspend(Syscall& call) { return suspend_with(call, {call.argument(2)}); }

SyscallResult sys_pause(Syscall& call) { return wait_for(call, Wait::Signal, OnSignal::RestartNoHandler); }

SyscallResult sys_sigaltstack(Syscall& call) {
    const StackRecord before = signal_stack_of(call.process);
    if (call.argument(0) != 0) {
        const auto wanted = call.memory.read<StackRecord>(call.pointer(0));
        if (!wanted) {
            return Errno::FAULT;
        }
        if (call.process.signals.stack.contains(VirtAddr(call.process.trap_frame().esp))) {
            return Errno::PERM;
        }
        if (const SyscallResult set = set_signal_stack(call.process, *wanted); set.eax != 0) {
            return set;
        }
    }
    return call.argument(1) == 0 ? SyscallResult(0U) : SyscallResult(call.memory.write(call.pointer(1), before));
}

}  // namespace vmlab::linux_abi
