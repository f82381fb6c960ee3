// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/random.hpp"

#include <array>

#include "vm/policy/policy_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

Order order_of(std::uint64_t seed) {
    PolicyFixture<Random> pages(seed);
    pages.insert({0, 1, 2, 3, 4, 5, 6, 7});
    return pages.evict_all();
}

}  // namespace

TEST_CASE("the choices follow from the seed, on every machine alike") {
    CHECK(order_of(0) == Order{7, 3, 0, 4, 5, 6, 2, 1});
    CHECK(order_of(0) == order_of(0));
    CHECK(order_of(0) != order_of(1));
}

TEST_CASE("each page has about the same chance") {
    PolicyFixture<Random> pages(std::uint64_t{7});
    pages.insert({0, 1, 2, 3});
    std::array<int, 4> chosen{};
    for (int turn = 0; turn < 4000; ++turn) {
        ++chosen.at(*pages.select());
    }
    for (const int times : chosen) {
        CHECK(times > 900);
        CHECK(times < 1100);
    }
}

TEST_CASE("among busy pages the others have the same chance too") {
    PolicyFixture<Random> pages(std::uint64_t{7});
    pages.insert({0, 1, 2, 3});
    pages.candidates.frames[1].busy = pages.candidates.frames[2].busy = true;
    std::array<int, 4> chosen{};
    for (int turn = 0; turn < 2000; ++turn) {
        ++chosen.at(*pages.select());
    }
    CHECK(chosen[1] + chosen[2] == 0);
    CHECK(chosen[0] > 900);
    CHECK(chosen[3] > 900);
}
