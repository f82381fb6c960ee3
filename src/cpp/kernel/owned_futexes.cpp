// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/owned_futexes.hpp"

#include <algorithm>

#include "base/panic.hpp"

namespace vmlab {

std::optional<std::uint32_t> OwnedFutexes::find_owner(FutexKey key) const {
    const auto word = std::ranges::find(words_, key, &Word::key);
    return word == words_.end() ? std::nullopt : std::optional(word->owner);
}

std::vector<FutexKey> OwnedFutexes::owned_by(std::uint32_t pid) const {
    std::vector<FutexKey> keys;
    for (const Word& word : words_) {
        if (word.owner == pid) {
            keys.push_back(word.key);
        }
    }
    return keys;
}

bool OwnedFutexes::waits(std::uint32_t pid) const {
    return std::ranges::any_of(
        words_, [pid](const Word& word) { return std::ranges::count(word.waiters, pid, &Waiter::pid) != 0; });
}

const OwnedFutexes::Waiter& OwnedFutexes::first(FutexKey key) const {
    const auto word = std::ranges::find(words_, key, &Word::key);
    require(word != words_.end(), "somebody waits for the lock");
    return word->waiters.front();
}

void OwnedFutexes::add(FutexKey key, std::uint32_t owner, const Waiter& waiter) {
    const auto word = std::ranges::find(words_, key, &Word::key);
    (word == words_.end() ? words_.emplace_back(key, owner) : *word).waiters.push_back(waiter);
}

OwnedFutexes::Waiter OwnedFutexes::hand_over(FutexKey key) {
    const auto word = std::ranges::find(words_, key, &Word::key);
    const Waiter next = first(key);
    word->waiters.pop_front();
    word->owner = next.pid;
    if (word->waiters.empty()) {
        words_.erase(word);
    }
    return next;
}

void OwnedFutexes::remove(std::uint32_t pid) {
    for (Word& word : words_) {
        std::erase_if(word.waiters, [pid](const Waiter& waiter) { return waiter.pid == pid; });
    }
    std::erase_if(words_, [](const Word& word) { return word.waiters.empty(); });
}

}  // namespace vmlab
