// SPDX-License-Identifier: GPL-2.0-only
#include "vm/page_numbering.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>

using namespace vmlab;

TEST_CASE("pages are numbered in the order in which they are met") {
    for (const std::uint64_t small : {0, 10, 3000}) {
        CAPTURE(small);
        PageNumbering numbering(small);
        std::map<std::uint64_t, std::uint32_t> expected;
        std::mt19937_64 dice(1);
        for (int step = 0; step < 50'000; ++step) {
            const std::uint64_t key = step % 2 == 0 ? dice() % 5000 : ~std::uint64_t{0} - dice() % 5000 * 4096;
            const auto number = static_cast<std::uint32_t>(expected.size());
            const auto [met, is_new] = expected.emplace(key, number);
            REQUIRE(numbering.number_of(key) == met->second);
            REQUIRE(numbering.key_of(met->second) == key);
        }
        CHECK(numbering.size() == expected.size());
    }
}

TEST_CASE("a page's identity and its key name each other") {
    const PageIdentity page{7, PageIndex(0xFFFF'FFFE)};
    CHECK(page_key(page) == 0x7'FFFF'FFFE);
    CHECK(page_identity(page_key(page)) == page);
}
