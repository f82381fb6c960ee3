// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/active_inactive.hpp"

#include "vm/policy/policy_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

TEST_CASE("a third of the pages is made inactive with the A bit cleared") {
    PolicyFixture<ActiveInactive> pages;
    pages.insert({1, 2, 3, 4, 5, 6});
    CHECK(pages.policy.inactive() == 0);
    CHECK(pages.select() == 1U);
    CHECK(pages.policy.inactive() == 2);
    CHECK(pages.policy.active() == 4);
    CHECK_FALSE(pages.candidates.frames[2].accessed);
    CHECK(pages.candidates.frames[3].accessed);
}

TEST_CASE("an inactive page that is accessed becomes active again") {
    PolicyFixture<ActiveInactive> pages;
    pages.insert({1, 2, 3, 4, 5, 6});
    CHECK(pages.select() == 1U);
    pages.access({1});
    CHECK(pages.evict() == 2U);
    // 1 stands behind 3 to 6 now.
    CHECK(pages.evict_all() == Order{3, 4, 5, 6, 1});
}

TEST_CASE("an access to an active page does not help it") {
    PolicyFixture<ActiveInactive> pages;
    pages.insert({1, 2, 3});
    pages.access({1});
    CHECK(pages.evict() == 1U);
}

TEST_CASE("where all inactive pages are busy an active one is made inactive") {
    PolicyFixture<ActiveInactive> pages;
    pages.insert({1, 2, 3});
    CHECK(pages.select() == 1U);
    pages.candidates.frames[1].busy = true;
    CHECK(pages.evict() == 2U);
    pages.candidates.frames[3].busy = true;
    CHECK(pages.evict() == std::nullopt);
}
