// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux_fixture.hpp"
#include "abi/linux_numbers.hpp"

using namespace vmlab;
using namespace vmlab_test;

TEST_CASE_FIXTURE(ProcessFixture, "nobody can be another than user 0 and group 0") {
    for (const std::uint32_t set_one : {23, 46, 213, 214}) {
        CHECK(call(set_one, 0) == 0);
        CHECK(call(set_one, 5) == INVAL);
    }
    for (const std::uint32_t set_two : {70, 71, 203, 204}) {
        CHECK(call(set_two, 5, 0) == INVAL);
        CHECK(call(set_two, -1, 5) == INVAL);
    }
    for (const std::uint32_t set_three : {164, 170, 208, 210}) {
        CHECK(call(set_three, 5, 0, 0) == INVAL);
        CHECK(call(set_three, 0, -1, 0x10005) == INVAL);
    }
    for (const std::uint32_t set_for_files : {138, 139, 215, 216}) {
        CHECK(call(set_for_files, 5) == 0);
    }
    CHECK(call(213, 0x10000) == INVAL);
    CHECK(call(208, 0xFFFF, 0, 0) == INVAL);
    CHECK(call(199) == 0);
}

TEST_CASE_FIXTURE(ProcessFixture, "a list of groups has no other than group 0") {
    put_value(SCRATCH, std::array<std::uint32_t, 3>{0, 0, 5});
    CHECK(call(206, 2, SCRATCH) == 0);
    CHECK(call(206, 3, SCRATCH) == INVAL);
    CHECK(call(205, 0, 0) == 2);
    put_value(SCRATCH, std::array<std::uint16_t, 3>{0, 5, 0});
    CHECK(call(81, 3, SCRATCH) == INVAL);
    CHECK(call(80, 0, 0) == 2);
}

TEST_CASE_FIXTURE(ProcessFixture, "root has all capabilities at first") {
    constexpr std::uint32_t ALL_LOW = 0xFFFFFFFF, ALL_HIGH = 0x1FF;
    put_value(SCRATCH, std::array<std::uint32_t, 2>{0x20080522, 0});
    CHECK(call(184, SCRATCH, SCRATCH + 8) == 0);
    CHECK(get<std::array<std::uint32_t, 6>>(SCRATCH + 8) ==
          std::array<std::uint32_t, 6>{ALL_LOW, ALL_LOW, 0, ALL_HIGH, ALL_HIGH, 0});
    put_value(SCRATCH + 8, std::array<std::uint32_t, 6>{ALL_LOW, ALL_LOW, 0, ~0U, ~0U, 0});
    CHECK(call(185, SCRATCH, SCRATCH + 8) == 0);
    CHECK(call(184, SCRATCH, SCRATCH + 8) == 0);
    CHECK(get<std::uint32_t>(SCRATCH + 20) == ALL_HIGH);
}

TEST_CASE_FIXTURE(ProcessFixture, "no realtime policy is given, to nobody") {
    constexpr std::uint32_t SETSCHEDULER = 156, GETSCHEDULER = 157, FIFO = 1, ROUND_ROBIN = 2;
    put_value(SCRATCH, 1U);
    CHECK(call(SETSCHEDULER, 0, FIFO, SCRATCH) == PERM);
    CHECK(call(SETSCHEDULER, 0, ROUND_ROBIN, SCRATCH) == PERM);
    CHECK(call(GETSCHEDULER, 0) == 0);
}

TEST_CASE_FIXTURE(ProcessFixture, "there is one processor") {
    constexpr std::uint32_t SETAFFINITY = 241, GETAFFINITY = 242;
    put_value(SCRATCH, std::array<std::uint32_t, 2>{7, 7});
    CHECK(call(GETAFFINITY, 0, 8, SCRATCH) == 4);
    CHECK(get<std::array<std::uint32_t, 2>>(SCRATCH) == std::array<std::uint32_t, 2>{1, 7});
    put_value(SCRATCH, std::array<std::uint32_t, 2>{2, 1});
    CHECK(call(SETAFFINITY, 0, 8, SCRATCH) == INVAL);
    put_value(SCRATCH, std::array<std::uint32_t, 2>{3, 0});
    CHECK(call(SETAFFINITY, 0, 8, SCRATCH) == 0);
}

TEST_CASE_FIXTURE(ProcessFixture, "a personality that would change what there is is refused") {
    constexpr std::uint32_t PERSONALITY = 136, ASK = 0xFFFFFFFF, PER_LINUX32 = 8, PER_SVR4 = 1, PAGE_ZERO = 0x100000;
    CHECK(call(PERSONALITY, ASK) == 0);
    CHECK(call(PERSONALITY, PER_LINUX32) == 0);
    CHECK(call(PERSONALITY, PER_SVR4) == INVAL);
    CHECK(call(PERSONALITY, PAGE_ZERO) == INVAL);
    CHECK(call(PERSONALITY, ASK) == PER_LINUX32);
}
