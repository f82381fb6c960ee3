// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/frame_list.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace vmlab;

namespace {

std::vector<std::uint32_t> forwards(const FrameList& list) {
    std::vector<std::uint32_t> order;
    for (auto frame = list.front(); frame; frame = list.after(*frame)) {
        order.push_back(frame->value);
    }
    std::vector<std::uint32_t> backwards;
    for (auto frame = list.back(); frame; frame = list.before(*frame)) {
        backwards.insert(backwards.begin(), frame->value);
    }
    CHECK(order == backwards);
    CHECK(order.size() == list.size());
    return order;
}

using Order = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("a frame list keeps its order through every change") {
    FrameList list;
    CHECK(list.empty());
    CHECK_FALSE(list.front().has_value());
    for (const std::uint32_t frame : {5, 0, 7, 3}) {
        list.push_back(FrameNumber(frame));
    }
    CHECK(forwards(list) == Order{5, 0, 7, 3});
    list.move_to_back(FrameNumber(5));
    CHECK(forwards(list) == Order{0, 7, 3, 5});
    list.move_to_back(FrameNumber(5));
    list.move_to_back(FrameNumber(7));
    CHECK(forwards(list) == Order{0, 3, 5, 7});
    list.remove(FrameNumber(3));
    list.remove(FrameNumber(7));
    CHECK(forwards(list) == Order{0, 5});
    CHECK_FALSE(list.contains(FrameNumber(7)));
    CHECK_FALSE(list.contains(FrameNumber(1000)));
    list.remove(FrameNumber(0));
    list.remove(FrameNumber(5));
    CHECK(forwards(list).empty());
    list.push_back(FrameNumber(7));
    CHECK(forwards(list) == Order{7});
}

TEST_CASE("a frame is in a list once") {
    FrameList list;
    list.push_back(FrameNumber(1));
    CHECK_THROWS_AS(list.push_back(FrameNumber(1)), Panic);
    CHECK_THROWS_AS(list.remove(FrameNumber(0)), Panic);
    CHECK_THROWS_AS(list.move_to_back(FrameNumber(2)), Panic);
    CHECK(forwards(list) == Order{1});
}
