// SPDX-License-Identifier: GPL-2.0-only
// OwnedFutexes: words of memory that say who has a lock, and who waits for it to be handed over.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <vector>

#include "base/address.hpp"
#include "kernel/futex_queue.hpp"

namespace vmlab {

/// Elsewhere: futex_pi_state with its rt_mutex (Linux), umtx_pi (FreeBSD).
/// Owner: the Kernel. Invariants: a word is in it while somebody waits; a pid waits at most once, and who came first is the
/// next owner.
class OwnedFutexes {
public:
    struct Waiter {
        std::uint32_t pid = 0;
        VirtAddr word;  ///< where it has the word in its memory
    };

    /// Who has the lock; nothing where nobody waits for it.
    [[nodiscard]] std::optional<std::uint32_t> find_owner(FutexKey key) const;
    [[nodiscard]] std::vector<FutexKey> owned_by(std::uint32_t pid) const;
    [[nodiscard]] bool waits(std::uint32_t pid) const;
    /// Requires: somebody waits.
    [[nodiscard]] const Waiter& first(FutexKey key) const;
    /// `owner` counts where nobody waited before.
    void add(FutexKey key, std::uint32_t owner, const Waiter& waiter);
    /// The first one that waits is the owner from now on. Requires: somebody waits.
    [[nodiscard]] Waiter hand_over(FutexKey key);
    /// It waits no longer.
    void remove(std::uint32_t pid);

private:
    struct Word {
        FutexKey key;
        std::uint32_t owner;
        std::deque<Waiter> waiters;
    };
    std::list<Word> words_;
};

}  // namespace vmlab
