// SPDX-License-Identifier: GPL-2.0-only
// SignalState: what a process does about signals, which of them wait for it, and what it was doing when one came.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/ref.hpp"
#include "kernel/signal.hpp"

namespace vmlab {

/// What a process does about one signal. Elsewhere: struct sigaction.
struct SignalAction {
    static constexpr std::uint32_t DEFAULT = 0, IGNORE = 1;

    std::uint32_t handler = DEFAULT;  ///< an address, DEFAULT or IGNORE
    std::uint32_t flags = 0;          ///< the ABI's
    std::uint32_t restorer = 0;
    SignalSet mask;  ///< blocked while the handler runs

    [[nodiscard]] bool is_default() const { return handler == DEFAULT; }
    [[nodiscard]] bool ignores() const { return handler == IGNORE; }
    [[nodiscard]] bool has_handler() const { return !is_default() && !ignores(); }
};

/// One for each signal; threads of a process share them. Elsewhere: sighand_struct (Linux), sigacts (BSD).
class SignalActions : public RefCounted {
public:
    SignalActions() = default;
    explicit SignalActions(const std::array<SignalAction, LAST_SIGNAL + 1>& actions) : actions_(actions) {}
    [[nodiscard]] Ref<SignalActions> copy() const { return make_ref<SignalActions>(actions_); }

    [[nodiscard]] SignalAction& operator[](Signal signal) { return actions_[static_cast<std::size_t>(signal)]; }
    [[nodiscard]] const SignalAction& operator[](Signal signal) const {
        return actions_[static_cast<std::size_t>(signal)];
    }
    /// What exec does: handlers are gone with the program, what was ignored stays so.
    void reset_handlers();

private:
    std::array<SignalAction, LAST_SIGNAL + 1> actions_{};
};

/// Signals that were sent and not yet delivered: of the first 31 one each, of the real-time signals as many as were sent.
/// Invariant: set() names exactly the signals that are queued.
class PendingSignals {
public:
    static constexpr std::size_t LIMIT = 1024;  ///< queued at a time; the first 31 always find room

    [[nodiscard]] SignalSet set() const { return set_; }
    /// False when the queue of real-time signals is full.
    [[nodiscard]] bool add(const SignalInfo& info);
    /// The next of these, `first` ones before others, then the lowest number, then the oldest.
    [[nodiscard]] std::optional<SignalInfo> take(SignalSet wanted, SignalSet first);
    void remove(SignalSet signals);
    /// Whether the signal of this timer is among them.
    [[nodiscard]] bool holds(const SignalInfo& of_timer) const;

private:
    SignalSet set_;
    std::deque<SignalInfo> queue_;  ///< in the order in which they were sent
};

/// Those that were sent to a process and not to one thread: the next thread that does not block one takes it.
struct SharedSignals : RefCounted {
    PendingSignals pending;
};

/// Where handlers run that ask for a stack of their own. Elsewhere: stack_t.
struct SignalStack {
    VirtAddr base;
    std::uint32_t size = 0;   ///< 0: there is none
    std::uint32_t flags = 0;  ///< the ABI's

    [[nodiscard]] bool contains(VirtAddr esp) const { return esp > base && esp.value - base.value <= size; }
};

/// The last exception that became a signal: what a handler finds in its context.
struct TrapRecord {
    std::uint32_t vector = 0;
    std::uint32_t error = 0;
    VirtAddr address;  ///< CR2
};

/// A system call that a signal interrupted, until it is known whether it begins again.
struct InterruptedCall {
    std::uint32_t number;
    std::uint32_t how;  ///< the ABI's
};

/// What a new process has in common with the one that made it. Elsewhere: clone's CLONE_ flags.
struct ForkSharing {
    bool memory = false;   ///< the address space; with vfork until it executes a program or ends
    bool files = false;    ///< the table of descriptors
    bool place = false;    ///< working directory and the like
    bool actions = false;  ///< on signals
    bool thread = false;   ///< it is one more thread of the same process
    bool parent = false;   ///< it is a sibling, not a child
};

/// Owner: its Process, which is a thread; all but actions and shared are the thread's own.
/// Invariant: blocked never holds a signal that cannot be blocked.
struct SignalState {
    Ref<SignalActions> actions = make_ref<SignalActions>();
    Ref<SharedSignals> shared = make_ref<SharedSignals>();
    PendingSignals pending;
    SignalSet blocked;
    std::optional<SignalSet> blocked_before;  ///< what a call that waits with another set will put back
    SignalSet awaited;                        ///< what a call waits for that takes them itself, blocked or not
    SignalStack stack;
    TrapRecord trap;
    std::optional<InterruptedCall> interrupted;
    std::uint32_t restarted = 0;  ///< the number of the call that began again last

    [[nodiscard]] SignalSet sent() const { return pending.set().with(shared->pending.set()); }
    [[nodiscard]] SignalSet deliverable() const { return sent().without(blocked); }
    /// The thread's own before those of the process; see PendingSignals::take.
    [[nodiscard]] std::optional<SignalInfo> take(SignalSet wanted, SignalSet first);
    /// From both.
    void forget(SignalSet signals);
    /// Whether something is to be done before the process goes on in ring 3.
    [[nodiscard]] bool need_attention() const { return !deliverable().empty() || interrupted || blocked_before; }
    /// What a forked child has: all but what was sent to its parent; and what a thread has.
    void inherit(const SignalState& parent, const ForkSharing& shares);
    void reset_for_exec();
};

}  // namespace vmlab
