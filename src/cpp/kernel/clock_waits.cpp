// SPDX-License-Identifier: GPL-2.0-only
// Processes that wait for a time, timers, and what time brings next when there is nobody to run.
#include <algorithm>

#include "kernel/kernel.hpp"

namespace vmlab {

namespace {

/// How long a process may execute, in units of simulated time.
std::uint64_t time_limit(const Process& process) {
    const std::uint64_t seconds = process.limits()[Resource::CpuTime].current;
    return seconds > NEVER / SECOND ? NEVER : seconds * SECOND;
}

}  // namespace

void Kernel::block_until(Process& process, Wait wait, std::uint64_t time) {
    process.wake_at = time;
    block(process, wait);
    find_next_wake();
}

void Kernel::set_timer(Process& process, TimerKind kind, const IntervalTimer& timer) {
    leader_of(process).timer(kind) = timer;
    note_timer_set(kind);
}

void Kernel::note_timer_set(TimerKind kind) {
    own_timers_used_ = own_timers_used_ || kind != TimerKind::Real;
    find_next_wake();
}

const IntervalTimer& Kernel::timer_of(const Process& process, TimerKind kind) const {
    return leader_of(process).timer(kind);
}

std::uint64_t Kernel::time_of(const Process& process, TimerKind kind) const {
    return kind == TimerKind::Real ? now() : use_of(process).time;
}

std::uint64_t Kernel::time_of(const Process& process, const MadeTimer& timer) const {
    if (timer.by_thread == 0) {
        return time_of(process, timer.kind);
    }
    const Process* const thread = find_process(timer.by_thread);
    return thread == nullptr ? 0 : thread->executed_instructions;
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
        for (const MadeTimer& timer : process->made_timers) {
            if (timer.kind == TimerKind::Real && timer.times.at != 0 && !timer.waits && has_threads(process->pid())) {
                next_wake_ = std::min(next_wake_, timer.times.at);
            }
        }
    }
}

void Kernel::wake_sleepers() {
    filesystem_->timers().expire(now());
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
        expire_made_timers(*process);
    }
}

/// With an interval it expires again at once if nobody heard it, but not more than a hundred times a second.
void Kernel::expire_made_timers(Process& leader) {
    constexpr std::uint64_t SHORTEST_UNHEARD = 10'000'000;
    for (MadeTimer& timer : leader.made_timers) {
        const std::uint64_t now = time_of(leader, timer);
        if (timer.times.at == 0 || timer.waits || timer.times.at > now || !has_threads(leader.pid())) {
            continue;
        }
        timer.waits = personality_->made_timer_expired(*this, leader, timer);
        if (timer.waits) {
            continue;
        }
        if (timer.times.interval == 0) {
            timer.times.at = 0;
        } else {
            const std::uint64_t step = std::max(timer.times.interval, SHORTEST_UNHEARD);
            timer.times.at += ((now - timer.times.at) / step + 1) * step;
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
    if (const std::uint64_t limit = time_limit(process); limit != NEVER) {
        left = std::min(left, limit - std::min(limit, use_of(process).time));
    }
    for (const MadeTimer& timer : leader_of(process).made_timers) {
        const bool counts = timer.kind != TimerKind::Real && (timer.by_thread == 0 || timer.by_thread == process.pid());
        if (counts && timer.times.at != 0 && !timer.waits) {
            left = std::min(left, timer.times.at - std::min(timer.times.at, time_of(process, timer)));
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
    expire_made_timers(leader_of(process));
    expire_limit(process);
}

void Kernel::expire_limit(Process& process) {
    if (has_threads(process.thread_group) && use_of(process).time >= time_limit(process)) {
        personality_->time_limit_reached(*this, process);
    }
}

std::uint64_t Kernel::next_interrupt() {
    return std::min({vm_.transfers().next_end(), next_wake_, filesystem_->timers().next(), next_swap_out()});
}

bool Kernel::wait_for_interrupt() {
    if (terminal_->types_control_next()) {
        return terminal_->type_next();
    }
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
