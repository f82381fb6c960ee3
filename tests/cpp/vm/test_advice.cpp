// SPDX-License-Identifier: GPL-2.0-only
#include "vm/vm_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr VirtAddr AT = VmFixture::AT;

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

TEST_CASE("a child gets nothing, or zeros, where its parent said so; and so does its own child") {
    VmFixture f;
    f.map(3, VmFixture::READ_WRITE);
    f.write_numbers(3);
    REQUIRE(f.space->advise(pages_at(AT, 1), Advice::LeaveOnFork).ok());
    REQUIRE(f.space->advise(pages_at(AT + PAGE_SIZE, 1), Advice::WipeOnFork).ok());
    auto child = f.fork(f.space);
    f.run_in(child);
    CHECK(f.read(AT) == FaultResult::NoMapping);
    CHECK(f.value_at(AT + PAGE_SIZE) == 0);
    CHECK(f.value_at(AT + 2 * PAGE_SIZE) == 3);
    (void)f.write(AT + PAGE_SIZE, 9);
    auto grandchild = f.fork(child);
    f.run_in(grandchild);
    CHECK(f.value_at(AT + PAGE_SIZE) == 0);
    f.run_in(f.space);
    CHECK(f.value_at(AT) == 1);
    CHECK(f.value_at(AT + PAGE_SIZE) == 2);
    f.exit(grandchild);
    f.exit(child);
    REQUIRE(f.space->advise(pages_at(AT, 3), Advice::Inherit).ok());
    child = f.fork(f.space);
    f.run_in(child);
    CHECK(f.value_at(AT) == 1);
    CHECK(f.value_at(AT + PAGE_SIZE) == 2);
    f.run_in(f.space);
    f.exit(child);
}

TEST_CASE("pages that are to leave go to swap or to their file, but for those that others show") {
    VmFixture f(64, {.swap_slots = 8});
    f.map(2, VmFixture::READ_WRITE);
    (void)f.write(AT, 1);
    (void)f.write(AT + PAGE_SIZE, 2);
    REQUIRE(f.space->advise(pages_at(AT, 2), Advice::PageOut).ok());
    CHECK(f.vm.swap().used() == 2);
    CHECK(f.space->resident(pages_at(AT, 2)) == std::vector<bool>{false, false});
    f.check();
    CHECK(f.value_at(AT) == 1);
    auto child = f.fork(f.space);
    REQUIRE(f.space->advise(pages_at(AT, 1), Advice::PageOut).ok());
    CHECK(f.space->resident(pages_at(AT, 1)) == std::vector<bool>{true});
    f.exit(child);
    const auto file = f.file(std::string(PAGE_SIZE, 'a'));
    f.map_file(file, 1, Sharing::Shared, AT + 16 * PAGE_SIZE);
    (void)f.write(AT + 16 * PAGE_SIZE, 5);
    REQUIRE(f.space->advise(pages_at(AT + 16 * PAGE_SIZE, 1), Advice::PageOut).ok());
    CHECK(f.vm.counters().pages_written_back == 1);
    CHECK(f.value_at(AT + 16 * PAGE_SIZE) == 5);
}

TEST_CASE("without swap what is dirty stays, whatever is said of it") {
    VmFixture f(64);
    f.map(1, VmFixture::READ_WRITE);
    (void)f.write(AT, 1);
    REQUIRE(f.space->advise(pages_at(AT, 1), Advice::PageOut).ok());
    f.check();
    CHECK(f.value_at(AT) == 1);
}

TEST_CASE("a hole in shared memory is zeros for all, and in nobody's own memory") {
    VmFixture f;
    const auto file = f.file(std::string(2 * PAGE_SIZE, 'a'));
    f.map_file(file, 2, Sharing::Shared);
    f.map_file(file, 2, Sharing::Private, AT + 16 * PAGE_SIZE);
    (void)f.write(AT + 17 * PAGE_SIZE, 3);
    REQUIRE(f.space->punch_hole(pages_at(AT, 2)).ok());
    CHECK(f.value_at(AT) == 0);
    CHECK(f.value_at(AT + 16 * PAGE_SIZE) == 0);
    CHECK(f.value_at(AT + 17 * PAGE_SIZE) == 3);
    CHECK(f.space->punch_hole(pages_at(AT, 3)).error() == VmError::NotMapped);
    f.map(1, VmFixture::READ_WRITE, AT + 32 * PAGE_SIZE);
    CHECK(f.space->punch_hole(pages_at(AT + 32 * PAGE_SIZE, 1)).error() == VmError::Invalid);
}
