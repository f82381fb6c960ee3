// SPDX-License-Identifier: GPL-2.0-only
#include "vm/vm_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr VirtAddr AT = VmFixture::AT;

VirtRange pages_at(VirtAddr start, std::uint32_t pages) {
    return {start, std::uint64_t{start.value} + std::uint64_t{pages} * PAGE_SIZE};
}

}  // namespace

TEST_CASE("advice about a misaligned range is refused and splits nothing") {
    VmFixture f;
    f.map(3, VmFixture::READ_WRITE);
    for (const Advice advice : {Advice::Random, Advice::WillNeed, Advice::DontNeed, Advice::Free}) {
        CHECK(f.space->advise({AT + 100, AT.value + PAGE_SIZE}, advice).error() == VmError::Invalid);
    }
    CHECK(f.space->mappings().size() == 1);
}

TEST_CASE("pages that a program freed leave without a write, unless it writes them again") {
    VmConfig config{.page_frame_limit = 2, .swap_slots = 4};
    VmFixture f(64, config);
    f.map(4, VmFixture::READ_WRITE);
    (void)f.write(AT, 1);
    (void)f.write(AT + PAGE_SIZE, 2);
    REQUIRE(f.space->advise(pages_at(AT, 2), Advice::Free).ok());
    f.check();
    (void)f.write(AT + PAGE_SIZE, 3);
    (void)f.write(AT + 2 * PAGE_SIZE, 4);
    (void)f.write(AT + 3 * PAGE_SIZE, 5);
    CHECK(f.vm.counters().pages_swapped_out == 1);
    CHECK(f.value_at(AT) == 0);
    CHECK(f.value_at(AT + PAGE_SIZE) == 3);
}

TEST_CASE("a page on the modified list that is written to its file goes on to standby") {
    VmConfig config;
    config.profile.dont_need = DontNeed::Deactivate;
    config.profile.low_watermark = config.profile.high_watermark = 1000;
    VmFixture f(64, config);
    const auto file = f.file(std::string(PAGE_SIZE, 'a'));
    f.map_file(file, 1, Sharing::Shared);
    (void)f.write(AT, 17);
    REQUIRE(f.space->advise(pages_at(AT, 1), Advice::DontNeed).ok());
    CHECK(f.vm.modified().size() == 1);
    REQUIRE(f.space->synchronize(pages_at(AT, 1)).ok());
    f.check();
    f.vm.daemon().balance();
    CHECK(f.vm.counters().pages_written_back == 1);
    CHECK(f.value_at(AT) == 17);
}

TEST_CASE("a page on the modified list that a program freed goes on to standby") {
    VmConfig config;
    config.profile.dont_need = DontNeed::Deactivate;
    config.profile.low_watermark = config.profile.high_watermark = 1000;
    VmFixture f(64, config);
    f.map(1, VmFixture::READ_WRITE);
    (void)f.write(AT, 17);
    REQUIRE(f.space->advise(pages_at(AT, 1), Advice::DontNeed).ok());
    REQUIRE(f.space->advise(pages_at(AT, 1), Advice::Free).ok());
    f.check();
    f.vm.daemon().balance();
    CHECK(f.vm.counters().pages_swapped_out == 0);
}
