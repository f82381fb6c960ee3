// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/signal_state.hpp"

#include <algorithm>

namespace vmlab {

void SignalActions::reset_handlers() {
    for (SignalAction& action : actions_) {
        action = {.handler = action.ignores() ? SignalAction::IGNORE : SignalAction::DEFAULT};
    }
}

bool PendingSignals::add(const SignalInfo& info) {
    const bool realtime = static_cast<std::uint32_t>(info.signal) >= FIRST_REALTIME_SIGNAL;
    if (!realtime && info.timer == 0 && set_.contains(info.signal)) {
        return true;  // it is known that it came, not how often
    }
    if (realtime && queue_.size() >= LIMIT) {
        return false;
    }
    set_ = set_.with(SignalSet::of(info.signal));
    queue_.push_back(info);
    return true;
}

std::optional<SignalInfo> PendingSignals::take(SignalSet wanted, SignalSet first) {
    const SignalSet all = set_.both(wanted);
    if (all.empty()) {
        return std::nullopt;
    }
    const SignalSet preferred = all.both(first);
    const Signal signal = preferred.empty() ? all.first() : preferred.first();
    const auto found = std::ranges::find(queue_, signal, &SignalInfo::signal);
    const SignalInfo info = *found;
    queue_.erase(found);
    if (std::ranges::find(queue_, signal, &SignalInfo::signal) == queue_.end()) {
        set_ = set_.without(SignalSet::of(signal));
    }
    return info;
}

bool PendingSignals::holds(const SignalInfo& of_timer) const {
    return std::ranges::find(queue_, of_timer.timer, &SignalInfo::timer) != queue_.end();
}

void PendingSignals::remove(SignalSet signals) {
    std::erase_if(queue_, [signals](const SignalInfo& info) { return signals.contains(info.signal); });
    set_ = set_.without(signals);
}

std::optional<SignalInfo> SignalState::take(SignalSet wanted, SignalSet first) {
    auto info = pending.take(wanted, first);
    return info ? info : shared->pending.take(wanted, first);
}

void SignalState::forget(SignalSet signals) {
    pending.remove(signals);
    shared->pending.remove(signals);
}

void SignalState::inherit(const SignalState& parent, const ForkSharing& shares) {
    actions = shares.actions ? parent.actions : parent.actions->copy();
    if (shares.thread) {
        shared = parent.shared;
    }
    blocked = parent.blocked;
    stack = shares.memory ? SignalStack{} : parent.stack;
    trap = parent.trap;
}

void SignalState::reset_for_exec() {
    actions = actions->copy();  // threads that shared them keep theirs
    actions->reset_handlers();
    stack = {};
    trap = {};
}

}  // namespace vmlab
