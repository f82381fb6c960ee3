// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/owned_futexes.hpp"

#include <doctest/doctest.h>

using namespace vmlab;

namespace {

constexpr int MEMORY = 0;
constexpr FutexKey WORD{&MEMORY, 4}, OTHER{&MEMORY, 8};

}  // namespace

TEST_CASE("a lock goes from its owner to who has waited longest") {
    OwnedFutexes futexes;
    CHECK_FALSE(futexes.find_owner(WORD).has_value());
    futexes.add(WORD, 1, {5, VirtAddr(0x100)});
    futexes.add(WORD, 1, {3, VirtAddr(0x200)});
    futexes.add(OTHER, 1, {4, VirtAddr(0x300)});
    CHECK(futexes.find_owner(WORD) == 1);
    CHECK(futexes.owned_by(1) == std::vector{WORD, OTHER});
    CHECK(futexes.first(WORD).word == VirtAddr(0x100));
    CHECK(futexes.hand_over(WORD).pid == 5);
    CHECK(futexes.find_owner(WORD) == 5);
    CHECK_FALSE(futexes.waits(5));
    CHECK(futexes.waits(3));
    CHECK(futexes.hand_over(WORD).pid == 3);
    CHECK_FALSE(futexes.find_owner(WORD).has_value());
    CHECK(futexes.owned_by(1) == std::vector{OTHER});
}

TEST_CASE("nothing is left of a lock that nobody waits for any more") {
    OwnedFutexes futexes;
    futexes.add(WORD, 1, {5, VirtAddr(0x100)});
    futexes.remove(5);
    CHECK_FALSE(futexes.waits(5));
    CHECK_FALSE(futexes.find_owner(WORD).has_value());
    CHECK(futexes.owned_by(1).empty());
}
