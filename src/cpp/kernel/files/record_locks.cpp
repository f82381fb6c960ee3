// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/record_locks.hpp"

#include <algorithm>
#include <utility>

#include "base/panic.hpp"

namespace vmlab {

namespace {

bool overlap(const RecordLocks::Lock& lock, std::uint64_t first, std::uint64_t last) {
    return lock.first <= last && first <= lock.last;
}

/// Whether they make one range together.
bool touch(const RecordLocks::Lock& one, const RecordLocks::Lock& other) {
    return overlap(one, other.first - std::min<std::uint64_t>(other.first, 1), other.last + 1);
}

}  // namespace

std::optional<RecordLocks::Lock> RecordLocks::find_conflict(const Lock& wanted) const {
    const auto found = std::ranges::find_if(locks_, [&](const Lock& lock) {
        return lock.owner != wanted.owner && overlap(lock, wanted.first, wanted.last) &&
               (lock.kind == Kind::Exclusive || wanted.kind == Kind::Exclusive);
    });
    return found == locks_.end() ? std::nullopt : std::optional(*found);
}

std::optional<RecordLocks::Lock> RecordLocks::find_own(const Lock& asked) const {
    const auto found = std::ranges::find_if(
        locks_, [&](const Lock& lock) { return lock.owner == asked.owner && overlap(lock, asked.first, asked.last); });
    return found == locks_.end() ? std::nullopt : std::optional(*found);
}

bool RecordLocks::holds(const Lock& lock) const {
    return std::ranges::any_of(locks_, [&](const Lock& other) {
        return other.owner == lock.owner && other.kind == lock.kind && other.first == lock.first &&
               other.last == lock.last;
    });
}

void RecordLocks::add(const Lock& lock, const FileWaker& wake, const WaitChannel& channel) {
    wake_ = &wake;
    channel_ = channel;
    require(!find_conflict(lock), "no lock of another stands in the way");
    Lock whole = lock;
    for (const Lock& other : locks_) {
        if (other.owner == lock.owner && other.kind == lock.kind && touch(other, lock)) {
            whole.first = std::min(whole.first, other.first);
            whole.last = std::max(whole.last, other.last);
        }
    }
    remove(lock.owner, whole.first, whole.last);
    const auto place = std::ranges::find_if(locks_, [&](const Lock& other) { return other.first > whole.first; });
    locks_.insert(place, whole);
}

void RecordLocks::remove(const void* owner, std::uint64_t first, std::uint64_t last) {
    std::vector<Lock> kept;
    bool removed = false;
    for (const Lock& lock : std::exchange(locks_, {})) {
        if (lock.owner != owner || !overlap(lock, first, last)) {
            kept.push_back(lock);
            continue;
        }
        removed = true;
        if (lock.first < first) {
            kept.push_back(lock);
            kept.back().last = first - 1;
        }
        if (lock.last > last) {
            kept.push_back(lock);
            kept.back().first = last + 1;
        }
    }
    locks_ = std::move(kept);
    if (removed) {
        (*wake_)(channel_, WakeWho::All);
    }
}

}  // namespace vmlab
