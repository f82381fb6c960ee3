// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/futex_queue.hpp"

#include <algorithm>

namespace vmlab {

void FutexQueue::add(std::uint32_t pid, FutexKey key, std::uint32_t bits) { waiters_.push_back({pid, key, bits}); }

void FutexQueue::remove(std::uint32_t pid) {
    std::erase_if(waiters_, [pid](const Waiter& waiter) { return waiter.pid == pid; });
}

bool FutexQueue::contains(std::uint32_t pid) const { return std::ranges::count(waiters_, pid, &Waiter::pid) != 0; }

bool FutexQueue::is_awaited(FutexKey key) const { return std::ranges::count(waiters_, key, &Waiter::key) != 0; }

std::vector<std::uint32_t> FutexQueue::take(FutexKey key, std::uint32_t most, std::uint32_t bits) {
    std::vector<std::uint32_t> taken;
    std::erase_if(waiters_, [&](const Waiter& waiter) {
        const bool meant = taken.size() < most && waiter.key == key && (waiter.bits & bits) != 0;
        if (meant) {
            taken.push_back(waiter.pid);
        }
        return meant;
    });
    return taken;
}

std::uint32_t FutexQueue::move(FutexKey from, FutexKey to, std::uint32_t most) {
    std::uint32_t moved = 0;
    for (Waiter& waiter : waiters_) {
        if (moved < most && waiter.key == from) {
            waiter.key = to;
            ++moved;
        }
    }
    return moved;
}

}  // namespace vmlab
