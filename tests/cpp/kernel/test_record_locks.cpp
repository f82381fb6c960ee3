// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include "kernel/files/record_locks.hpp"

using namespace vmlab;

namespace {

struct Locks {
    using Kind = RecordLocks::Kind;
    const int one = 0, two = 0;  ///< owners, of which only the address counts
    int woken = 0;
    FileWaker wake = [this](const WaitChannel& channel, WakeWho who) {
        CHECK(channel == WaitChannel{WaitChannel::What::Unlock, 7});
        CHECK(who == WakeWho::All);
        ++woken;
    };
    RecordLocks locks;

    void add(const int& owner, Kind kind, std::uint64_t first, std::uint64_t last) {
        locks.add({.owner = &owner, .pid = 1, .kind = kind, .first = first, .last = last}, wake,
                  {WaitChannel::What::Unlock, 7});
    }
    [[nodiscard]] auto conflict(const int& owner, Kind kind, std::uint64_t first, std::uint64_t last) const {
        return locks.find_conflict({.owner = &owner, .kind = kind, .first = first, .last = last});
    }
};

}  // namespace

TEST_CASE_FIXTURE(Locks, "shared locks of two stand beside each other, an exclusive one alone") {
    add(one, Kind::Shared, 0, 9);
    CHECK(!conflict(two, Kind::Shared, 0, 9));
    CHECK(conflict(two, Kind::Exclusive, 9, 20));
    CHECK(!conflict(two, Kind::Exclusive, 10, 20));
    CHECK(!conflict(one, Kind::Exclusive, 0, 9));
    add(one, Kind::Exclusive, 5, 6);
    CHECK(conflict(two, Kind::Shared, 0, 9)->first == 5);
    CHECK(conflict(two, Kind::Shared, 0, 9)->last == 6);
    CHECK(!conflict(two, Kind::Shared, 0, 4));
    CHECK(!conflict(two, Kind::Shared, 7, 9));
    CHECK(conflict(two, Kind::Exclusive, 7, 7)->first == 7);
}

TEST_CASE_FIXTURE(Locks, "neighbours of one kind become one lock, and what is taken out of it leaves two") {
    add(one, Kind::Exclusive, 10, 19);
    add(one, Kind::Exclusive, 20, 29);
    add(one, Kind::Exclusive, 0, 9);
    CHECK(conflict(two, Kind::Shared, 15, 15)->first == 0);
    CHECK(conflict(two, Kind::Shared, 15, 15)->last == 29);
    locks.remove(&one, 5, 9);
    CHECK(conflict(two, Kind::Shared, 0, 99)->last == 4);
    CHECK(conflict(two, Kind::Shared, 5, 99)->first == 10);
    CHECK(!conflict(two, Kind::Shared, 5, 9));
    add(one, Kind::Exclusive, 29, RecordLocks::LAST_BYTE);
    CHECK(conflict(two, Kind::Shared, 1000, 1000)->first == 10);
}

TEST_CASE_FIXTURE(Locks, "who waits is woken when a lock goes, and only then") {
    locks.remove(&one);
    CHECK(woken == 0);
    add(one, Kind::Shared, 0, 9);
    CHECK(woken == 0);
    locks.remove(&two);
    locks.remove(&one, 10, 20);
    CHECK(woken == 0);
    locks.remove(&one);
    CHECK(woken == 1);
    CHECK(!conflict(two, Kind::Exclusive, 0, 9));
}

TEST_CASE_FIXTURE(Locks, "what an owner has itself is found apart from what others have") {
    add(one, Kind::Exclusive, 5, 9);
    add(two, Kind::Shared, 20, 29);
    const auto own = [this](const int& owner, std::uint64_t first, std::uint64_t last) {
        return locks.find_own({.owner = &owner, .first = first, .last = last});
    };
    CHECK(own(one, 0, 5)->last == 9);
    CHECK(!own(one, 10, 100));
    CHECK(own(two, 0, 100)->first == 20);
}
