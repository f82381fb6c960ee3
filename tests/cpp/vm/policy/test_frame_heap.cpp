// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/frame_heap.hpp"

#include <algorithm>
#include <map>
#include <random>

#include "vm/policy/policy_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

TEST_CASE("a frame heap answers as a search through all frames does") {
    std::mt19937 dice(3);
    FrameHeap<std::uint32_t> heap;
    ScriptedFrames candidates;
    std::map<std::uint32_t, std::uint32_t> keys;
    for (int step = 0; step < 20'000; ++step) {
        const auto frame = static_cast<std::uint32_t>(dice() % 40);
        const auto key = static_cast<std::uint32_t>(dice() % 1000) * 40 + frame;  // no two alike
        if (!keys.contains(frame)) {
            heap.insert(FrameNumber(frame), key);
            candidates.frames[frame].busy = dice() % 4 == 0;
            keys[frame] = key;
        } else if (dice() % 3 != 0) {
            heap.update(FrameNumber(frame), key);
            keys[frame] = key;
        } else {
            CHECK(heap.key(FrameNumber(frame)) == keys[frame]);
            heap.remove(FrameNumber(frame));
            keys.erase(frame);
        }
        std::optional<std::uint32_t> least;
        for (const auto& [each, its_key] : keys) {
            if (!candidates.frames[each].busy && (!least || its_key < keys[*least])) {
                least = each;
            }
        }
        const auto found = heap.least_evictable(candidates);
        REQUIRE(found.has_value() == least.has_value());
        if (found) {
            REQUIRE(found->value == *least);
        }
    }
}

TEST_CASE("a frame that is not in the heap cannot be changed or removed") {
    FrameHeap<int> heap;
    heap.insert(FrameNumber(2), 1);
    heap.insert(FrameNumber(0), 1);
    heap.remove(FrameNumber(2));
    CHECK_THROWS_AS(heap.remove(FrameNumber(2)), Panic);
    CHECK_THROWS_AS(heap.update(FrameNumber(2), 5), Panic);
}
