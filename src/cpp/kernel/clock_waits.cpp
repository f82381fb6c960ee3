// SPDX-License-Identifier: GPL-2.0-only
// Processes that wait for a time, and what time brings next when there is nobody to run.
#include <algorithm>

#include "kernel/kernel.hpp"

namespace vmlab {

void Kernel::block_until(Process& process, Wait wait, std::uint64_t time) {
    process.wake_at = time;
    block(process, wait);
    find_next_wake();
}

void Kernel::set_timer(Process& process, const IntervalTimer& timer) {
    process.timer = timer;
    find_next_wake();
}

void Kernel::find_next_wake() {
    next_wake_ = NEVER;
    for (const auto& process : processes_) {
        if (process->alive() && process->waits_for_time()) {
            next_wake_ = std::min(next_wake_, process->wake_at);
        }
        if (process->alive() && process->timer.at != 0) {
            next_wake_ = std::min(next_wake_, process->timer.at);
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

/// What expired several times since it was looked at last is told of once.
void Kernel::expire_timers() {
    for (const auto& process : processes_) {
        IntervalTimer& timer = process->timer;
        if (!process->alive() || timer.at == 0 || timer.at > now()) {
            continue;
        }
        if (timer.interval == 0) {
            timer.at = 0;
        } else {
            timer.at += ((now() - timer.at) / timer.interval + 1) * timer.interval;
        }
        personality_->timer_expired(*this, *process);
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
