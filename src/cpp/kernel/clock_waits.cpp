// SPDX-License-Identifier: GPL-2.0-only
// Processes that wait for a time, timers, and what time brings next when there is nobody to run.
#include <algorithm>

#include "kernel/kernel.hpp"

namespace vmlab {

void Kernel::block_until(Process& process, Wait wait, std::uint64_t time) {
    process.wake_at = time;
    block(process, wait);
    find_next_wake();
}

void Kernel::set_timer(Process& process, TimerKind kind, const IntervalTimer& timer) {
    leader_of(process).timer(kind) = timer;
    own_timers_used_ = own_timers_used_ || kind != TimerKind::Real;
    find_next_wake();
}

const IntervalTimer& Kernel::timer_of(const Process& process, TimerKind kind) const {
    return leader_of(process).timer(kind);
}

std::uint64_t Kernel::time_of(const Process& process, TimerKind kind) const {
    return kind == TimerKind::Real ? now() : use_of(process).time;
}

void Kernel::find_next_wake() {
    next_wake_ = NEVER;
    for (const auto& process : processes_) {
        if (process->alive() && process->waits_for_time()) {
            next_wake_ = std::min(next_wake_, process->wake_at);
        }
        const std::uint64_t at = process->timer(TimerKind::Real).at;
        if (at != 0 && has_threads(process->pid())) {
            next_wake_ = std::min(next_wake_, at);
        }
    }
}

void Kernel::wake_sleepers() {
    if (next_wake_ > now()) {
        return;
    }
    for (const auto& process : processes_) {
        if (process->waits_for_time() && process->wake_at <= now()) {
            wake(process->wait, process->pid());
        }
    }
    expire_timers();
    find_next_wake();
}

void Kernel::expire_timers() {
    for (const auto& process : processes_) {
        const std::uint64_t at = process->timer(TimerKind::Real).at;
        if (at != 0 && at <= now() && has_threads(process->pid())) {
            expire(*process, TimerKind::Real);
        }
    }
}

/// What expired several times since it was looked at last is told of once.
void Kernel::expire(Process& leader, TimerKind kind) {
    IntervalTimer& timer = leader.timer(kind);
    if (timer.interval == 0) {
        timer.at = 0;
    } else {
        timer.at += ((time_of(leader, kind) - timer.at) / timer.interval + 1) * timer.interval;
    }
    personality_->timer_expired(*this, leader, kind);
}

std::uint64_t Kernel::left_of_own_time(const Process& process) const {
    std::uint64_t left = NEVER;
    if (!own_timers_used_) {
        return left;
    }
    for (const TimerKind kind : {TimerKind::Virtual, TimerKind::Profile}) {
        if (const std::uint64_t at = timer_of(process, kind).at; at != 0) {
            left = std::min(left, at - std::min(at, time_of(process, kind)));
        }
    }
    return left;
}

void Kernel::expire_own_timers(Process& process) {
    if (!own_timers_used_) {
        return;
    }
    for (const TimerKind kind : {TimerKind::Virtual, TimerKind::Profile}) {
        const std::uint64_t at = timer_of(process, kind).at;
        if (at != 0 && has_threads(process.thread_group) && at <= time_of(process, kind)) {
            expire(leader_of(process), kind);
        }
    }
}

std::uint64_t Kernel::next_interrupt() { return std::min({vm_.transfers().next_end(), next_wake_, next_swap_out()}); }

bool Kernel::wait_for_interrupt() {
    const std::uint64_t next = next_interrupt();
    if (next == NEVER) {
        return false;
    }
    vm_.set_current({});
    vm_.advance_to(next);
    finish_transfers();
    swap_out_idle();
    return true;
}

}  // namespace vmlab
