// SPDX-License-Identifier: GPL-2.0-only
// Processes that wait for a time, and what time brings next when there is nobody to run.
#include <algorithm>

#include "kernel/kernel.hpp"

namespace vmlab {

void Kernel::sleep_until(Process& process, std::uint64_t time) {
    process.wake_at = time;
    block(process, Wait::Time);
    find_next_wake();
}

void Kernel::find_next_wake() {
    next_wake_ = NEVER;
    for (const auto& process : processes_) {
        if (process->alive() && process->wait == Wait::Time) {
            next_wake_ = std::min(next_wake_, process->wake_at);
        }
    }
}

void Kernel::wake_sleepers() {
    if (next_wake_ > now()) {
        return;
    }
    for (const auto& process : processes_) {
        if (process->wait == Wait::Time && process->wake_at <= now()) {
            wake(Wait::Time, process->pid());
        }
    }
    find_next_wake();
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
