// SPDX-License-Identifier: GPL-2.0-only
// FutexQueue: who waits at which word of memory.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

namespace vmlab {

/// A word of memory, the same for all who share it: an address in an address space, or a place in an object that several map.
struct FutexKey {
    const void* memory = nullptr;  ///< compared, never followed
    std::uint64_t place = 0;
    bool operator==(const FutexKey&) const = default;
};

/// Elsewhere: futex_q (Linux), sleep queues with a channel (BSD, xv6).
/// Owner: the Kernel. Invariant: a pid stands in it at most once; who came first is woken first.
class FutexQueue {
public:
    static constexpr std::uint32_t ANY = ~0U;

    void add(std::uint32_t pid, FutexKey key, std::uint32_t bits);
    void remove(std::uint32_t pid);
    [[nodiscard]] bool contains(std::uint32_t pid) const;
    /// Whether anybody waits at the word.
    [[nodiscard]] bool is_awaited(FutexKey key) const;
    /// Takes at most `most` waiters at the word that have a bit in common with `bits`; returns their pids.
    [[nodiscard]] std::vector<std::uint32_t> take(FutexKey key, std::uint32_t most, std::uint32_t bits = ANY);
    /// Lets at most `most` waiters wait at another word; returns how many.
    std::uint32_t move(FutexKey from, FutexKey to, std::uint32_t most);

private:
    struct Waiter {
        std::uint32_t pid;
        FutexKey key;
        std::uint32_t bits;
    };
    std::deque<Waiter> waiters_;
};

}  // namespace vmlab
