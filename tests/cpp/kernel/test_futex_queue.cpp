// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/futex_queue.hpp"

#include <doctest/doctest.h>

using namespace vmlab;

namespace {

using Pids = std::vector<std::uint32_t>;
constexpr int MEMORY = 0;
constexpr FutexKey WORD{&MEMORY, 4}, OTHER{&MEMORY, 8};

}  // namespace

TEST_CASE("who came first is woken first, and no more than asked for") {
    FutexQueue queue;
    for (const std::uint32_t pid : {5U, 3U, 4U}) {
        queue.add(pid, WORD, FutexQueue::ANY);
    }
    queue.add(9, OTHER, FutexQueue::ANY);
    CHECK(queue.take(WORD, 2) == Pids{5, 3});
    CHECK(queue.contains(4));
    CHECK(queue.is_awaited(WORD));
    CHECK_FALSE(queue.contains(5));
    CHECK(queue.take(WORD, 7) == Pids{4});
    CHECK_FALSE(queue.is_awaited(WORD));
    CHECK(queue.take(WORD, 7).empty());
    CHECK(queue.contains(9));
}

TEST_CASE("bits choose among those who wait at one word") {
    FutexQueue queue;
    queue.add(1, WORD, 1);
    queue.add(2, WORD, 6);
    queue.add(3, WORD, 4);
    CHECK(queue.take(WORD, 9, 4) == Pids{2, 3});
    CHECK(queue.take(WORD, 9, 4).empty());
    CHECK(queue.take(WORD, 9, 1) == Pids{1});
}

TEST_CASE("waiters move to another word in their order, and one that ends is gone") {
    FutexQueue queue;
    for (const std::uint32_t pid : {1U, 2U, 3U}) {
        queue.add(pid, WORD, FutexQueue::ANY);
    }
    CHECK(queue.move(WORD, OTHER, 2) == 2);
    queue.remove(1);
    CHECK(queue.take(OTHER, 9) == Pids{2});
    CHECK(queue.take(WORD, 9) == Pids{3});
}
