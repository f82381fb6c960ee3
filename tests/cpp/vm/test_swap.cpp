// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/fifo.hpp"
#include "vm/vm_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr VirtAddr AT = VmFixture::AT;

constexpr auto page_at = VmFixture::page_at;

VmConfig small(std::uint32_t frames, std::uint32_t slots) {
    VmConfig config{.page_frame_limit = frames, .swap_slots = slots};
    config.profile.make_policy = [] { return std::make_unique<Fifo>(); };
    return config;
}

}  // namespace

TEST_CASE("more pages than frames: what leaves comes back with its bytes") {
    VmFixture f(64, small(3, 16));
    f.map(8, VmFixture::READ_WRITE);
    for (std::uint32_t page = 0; page < 8; ++page) {
        CHECK(f.write(page_at(page), page + 100) == FaultResult::ZeroFill);
    }
    CHECK(f.vm.page_frames() == 3);
    CHECK(f.vm.swap().used() == 5);
    for (std::uint32_t page = 0; page < 8; ++page) {
        CHECK(f.value_at(page_at(page)) == page + 100);
    }
    CHECK(f.vm.counters().pages_swapped_in == 8);
    f.check();
}

TEST_CASE("a clean page is dropped without a write, and a dirty one gives its old slot back") {
    VmFixture f(64, small(1, 4));
    f.map(2, VmFixture::READ_WRITE);
    (void)f.write(page_at(0), 1);
    (void)f.write(page_at(1), 2);
    CHECK(f.value_at(page_at(0)) == 1);
    CHECK(f.vm.counters().pages_swapped_out == 2);
    CHECK(f.value_at(page_at(1)) == 2);
    CHECK(f.vm.counters().pages_swapped_out == 2);  // page 0 was clean: its slot still holds it
    CHECK(f.vm.swap().used() == 2);
    (void)f.write(page_at(1), 3);
    (void)f.read(page_at(0));
    CHECK(f.vm.counters().pages_swapped_out == 3);
    CHECK(f.vm.swap().used() == 2);
    CHECK(f.value_at(page_at(1)) == 3);
}

TEST_CASE("an untouched or only read page of zeros needs no slot") {
    VmFixture f(64, small(1, 0));
    f.map(3, VmFixture::READ_WRITE);
    CHECK(f.read(page_at(0)) == FaultResult::ZeroFill);
    CHECK(f.read(page_at(1)) == FaultResult::ZeroFill);
    CHECK(f.value_at(page_at(0)) == 0);
}

TEST_CASE("out of frames and out of swap: out of memory, and nothing is lost") {
    VmFixture f(64, small(2, 1));
    f.map(4, VmFixture::READ_WRITE);
    for (std::uint32_t page = 0; page < 3; ++page) {
        CHECK(f.write(page_at(page), page + 1) == FaultResult::ZeroFill);
    }
    CHECK(f.write(page_at(3), 4) == FaultResult::OutOfMemory);
    CHECK(f.value_at(page_at(1)) == 2);
    CHECK(f.value_at(page_at(2)) == 3);
    f.check();
}

TEST_CASE("a page in memory gives its swap slot up when no other is free") {
    VmFixture f(64, small(2, 3));
    f.map(4, VmFixture::READ_WRITE);
    for (std::uint32_t page = 0; page < 4; ++page) {
        CHECK(f.write(page_at(page), page + 1) == FaultResult::ZeroFill);
    }
    for (std::uint32_t round = 0; round < 3; ++round) {
        for (std::uint32_t page = 0; page < 4; ++page) {
            CHECK(f.value_at(page_at(page)) == page + 1);
            f.check();
        }
    }
    CHECK(f.vm.swap().used() == 3);
    CHECK(f.write(page_at(0), 10) != FaultResult::OutOfMemory);
    CHECK(f.write(page_at(1), 11) != FaultResult::OutOfMemory);
    CHECK(f.value_at(page_at(0)) == 10);
}

TEST_CASE("with swap full a page that was written since it came in may still go back to its slot") {
    VmFixture f(64, small(2, 3));
    f.map(4, VmFixture::READ_WRITE);
    for (std::uint32_t page = 0; page < 4; ++page) {
        CHECK(f.write(page_at(page), page + 1) == FaultResult::ZeroFill);
    }
    for (std::uint32_t round = 0; round < 3; ++round) {
        for (std::uint32_t page = 0; page < 4; ++page) {
            CHECK(f.write(page_at(page), 10 * round + page) != FaultResult::OutOfMemory);
        }
    }
    CHECK(f.value_at(page_at(2)) == 22);
}

TEST_CASE("a swapped page of a forked process is shared by its object, and survives collapse") {
    VmFixture f(64, small(2, 8));
    f.map(4, VmFixture::READ_WRITE);
    f.write_numbers(4);
    auto child = f.fork(f.space);
    f.run_in(child);
    CHECK(f.value_at(page_at(0)) == 1);
    CHECK(f.write(page_at(1), 20) == FaultResult::CopyUp);
    f.run_in(f.space);
    f.exit(child);
    CHECK(f.vm.swap().used() <= 4);
    for (std::uint32_t page = 0; page < 4; ++page) {
        CHECK(f.value_at(page_at(page)) == page + 1);
    }
    f.check();
}

TEST_CASE("a page that moves up takes its swap slot along") {
    VmFixture f(64, small(2, 8));
    f.map(3, VmFixture::READ_WRITE);
    (void)f.write(page_at(0), 1);
    (void)f.write(page_at(1), 2);
    (void)f.write(page_at(2), 3);
    auto child = f.fork(f.space);
    (void)f.write(page_at(0), 10);
    (void)f.read(page_at(1));
    (void)f.read(page_at(2));
    f.run_in(child);
    CHECK(f.write(page_at(0), 11) == FaultResult::PageIn);
    CHECK(f.vm.counters().pages_copied == 1);
    CHECK(f.value_at(page_at(0)) == 11);
    f.run_in(f.space);
    CHECK(f.value_at(page_at(0)) == 10);
    f.check();
}

TEST_CASE("a shared file page that was written goes back to its file, not to swap") {
    VmFixture f(64, small(1, 4));
    const auto file = f.file(std::string(2 * PAGE_SIZE, 'a'));
    f.map_file(file, 2, Sharing::Shared);
    (void)f.write(page_at(0), 0x62626262);
    CHECK(f.read(page_at(1)) == FaultResult::PageIn);
    CHECK(f.vm.counters().pages_written_back == 1);
    CHECK(f.vm.swap().used() == 0);
    CHECK(f.value_at(page_at(0)) == 0x62626262);
    CHECK(f.value_at(page_at(0) + 4) == 0x61616161);
}

TEST_CASE("a disk that fails a read is a bus error, and the page is still there for the next try") {
    VmFixture f(64, small(1, 4));
    f.map(2, VmFixture::READ_WRITE);
    (void)f.write(page_at(0), 7);
    (void)f.write(page_at(1), 8);
    f.vm.swap().disk().fail_next(IoDirection::Read, 1);
    CHECK(f.read(page_at(0)) == FaultResult::BusError);
    f.check();
    CHECK(f.value_at(page_at(0)) == 7);
}

TEST_CASE("a disk that fails a write keeps the page in memory and takes another") {
    VmFixture f(64, small(2, 4));
    f.map(3, VmFixture::READ_WRITE);
    (void)f.write(page_at(0), 7);
    (void)f.write(page_at(1), 8);
    f.vm.swap().disk().fail_next(IoDirection::Write, 1);
    CHECK(f.write(page_at(2), 9) == FaultResult::ZeroFill);
    CHECK(f.vm.swap().used() == 1);
    CHECK(f.value_at(page_at(0)) == 7);
    CHECK(f.value_at(page_at(1)) == 8);
    CHECK(f.value_at(page_at(2)) == 9);
    (void)f.write(page_at(1), 80);
    (void)f.write(page_at(2), 90);
    f.vm.swap().disk().fail_next(IoDirection::Write, 100);
    CHECK(f.write(page_at(0), 70) == FaultResult::OutOfMemory);
    f.vm.swap().disk().fail_next(IoDirection::Write, 0);
    CHECK(f.write(page_at(0), 70) == FaultResult::PageIn);
}

TEST_CASE("a page that nobody can see is freed before anything is written to swap") {
    VmFixture f(64, small(4, 4));
    f.map(3, VmFixture::READ_WRITE);
    for (std::uint32_t page = 0; page < 3; ++page) {
        (void)f.write(page_at(page), page);
    }
    auto first = f.fork(f.space);
    auto second = f.fork(f.space);
    (void)f.write(page_at(0), 10);  // covered in the parent
    f.run_in(first);
    REQUIRE(first->unmap({page_at(0), std::uint64_t{page_at(1).value}}).ok());
    f.run_in(f.space);
    f.exit(second);
    f.map(1, VmFixture::READ_WRITE, page_at(20));
    CHECK(f.write(page_at(20), 1) == FaultResult::ZeroFill);
    CHECK(f.vm.counters().pages_swapped_out == 0);
    f.check();
}

TEST_CASE("wired pages stay, and count against no limit") {
    VmFixture f(64, small(2, 4));
    f.map(4, VmFixture::READ_WRITE);
    REQUIRE(f.space->set_wiring({page_at(0), page_at(2).value}, Wiring::Wired).ok());
    CHECK(f.vm.wired_pages() == 2);
    (void)f.write(page_at(0), 5);
    (void)f.write(page_at(2), 6);
    (void)f.write(page_at(3), 7);
    CHECK(f.vm.page_frames() == 4);
    CHECK(f.vm.counters().pages_swapped_out == 0);
    f.check();
    REQUIRE(f.space->set_wiring({page_at(0), page_at(2).value}, Wiring::Pageable).ok());
    CHECK(f.vm.wired_pages() == 0);
    CHECK(f.value_at(page_at(0)) == 5);
}

TEST_CASE("local replacement takes a process's own pages, global anybody's") {
    for (const ReplacementScope scope : {ReplacementScope::Local, ReplacementScope::Global}) {
        VmConfig config = small(4, 16);
        config.profile.scope = scope;
        config.profile.process_frames = 2;
        VmFixture f(64, config);
        f.map(2, VmFixture::READ_WRITE);
        f.run_in(f.space);
        (void)f.write(page_at(0), 1);
        (void)f.write(page_at(1), 2);
        auto other = AddressSpace::create(f.vm, SpaceLayout{});
        f.others.push_back(other);
        MapRequest request{.address = AT, .length = 4 * PAGE_SIZE, .placement = Placement::Fixed};
        request.protection = {VmFixture::READ_WRITE};
        REQUIRE(other->map(std::move(request)).ok());
        f.run_in(other);
        for (std::uint32_t page = 0; page < 4; ++page) {
            (void)f.write(page_at(page), page);
        }
        const bool kept = f.space->pmap().lookup(page_at(0)).present();
        CHECK(kept == (scope == ReplacementScope::Local));
        f.check();
        f.run_in(f.space);
        f.exit(other);
    }
}

TEST_CASE("with local replacement a frame is found with any process that has one to give") {
    VmConfig config = small(6, 0);
    config.profile.scope = ReplacementScope::Local;
    VmFixture f(64, config);
    const auto file = f.file(std::string(2 * PAGE_SIZE, 'a'));
    f.map_file(file, 2, Sharing::Shared);
    f.run_in(f.space);
    (void)f.read(page_at(0));
    (void)f.read(page_at(1));
    std::vector<Ref<AddressSpace>> others;
    for (const std::uint32_t pages : {3U, 2U}) {
        others.push_back(AddressSpace::create(f.vm, SpaceLayout{}));
        f.others.push_back(others.back());
        MapRequest request{.address = AT, .length = pages * PAGE_SIZE, .placement = Placement::Fixed};
        request.protection = {VmFixture::READ_WRITE};
        REQUIRE(others.back()->map(std::move(request)).ok());
        f.run_in(others.back());
        for (std::uint32_t page = 0; page < pages; ++page) {
            CHECK(f.write(page_at(page), page + 1) == FaultResult::ZeroFill);  // nothing of ours can leave: no swap
        }
    }
    CHECK(f.vm.page_frames() == 6);
    f.run_in(f.space);
    f.exit(others[0]);
    f.exit(others[1]);
}

TEST_CASE("standby and modified pages come back by a soft fault") {
    VmConfig config = small(8, 16);
    config.profile.low_watermark = 2;
    config.profile.high_watermark = 6;
    VmFixture f(64, config);
    f.map(8, VmFixture::READ_WRITE);
    f.write_numbers(7);
    f.vm.daemon().balance();
    CHECK(f.vm.standby().size() == 5);
    CHECK(f.vm.counters().pages_swapped_out == 5);
    CHECK(f.vm.page_of(*f.vm.standby().front())->state() == PageState::Standby);
    CHECK(f.read(page_at(0)) == FaultResult::Reclaim);
    CHECK(f.vm.counters().major_faults == 0);
    CHECK(f.value_at(page_at(0)) == 1);
    f.check();
}

TEST_CASE("the daemon ends also when swap is full") {
    VmConfig config = small(8, 3);
    config.profile.low_watermark = 7;
    config.profile.high_watermark = 8;
    VmFixture f(64, config);
    f.map(8, VmFixture::READ_WRITE);
    for (std::uint32_t round = 0; round < 3; ++round) {
        for (std::uint32_t page = 0; page < 7; ++page) {
            (void)f.write(page_at(page), page + round);
        }
        f.vm.daemon().balance();
        f.check();
    }
    for (std::uint32_t page = 0; page < 7; ++page) {
        CHECK(f.value_at(page_at(page)) == page + 2);
    }
}

TEST_CASE("the frame of zeros serves every read of untouched private memory") {
    VmFixture f(64, {.profile = {.zero_page = ZeroPage::On}});
    f.map(3, VmFixture::READ_WRITE);
    CHECK(f.read(page_at(0)) == FaultResult::ZeroPage);
    CHECK(f.read(page_at(1)) == FaultResult::ZeroPage);
    CHECK(f.vm.page_frames() == 0);
    auto child = f.fork(f.space);
    CHECK(f.write(page_at(0), 4) == FaultResult::ZeroFill);
    f.check();
    f.run_in(child);
    CHECK(f.value_at(page_at(0)) == 0);
    f.run_in(f.space);
    CHECK(f.value_at(page_at(0)) == 4);
    REQUIRE(f.space->set_wiring({page_at(0), page_at(3).value}, Wiring::Wired).ok());
    f.check();
}
