// SPDX-License-Identifier: GPL-2.0-only
#include "vm/device_pager.hpp"
#include "vm/vm_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr VirtAddr AT = VmFixture::AT;
constexpr std::uint32_t FRAMES = 64, DMA_FRAMES = 16;
constexpr std::size_t DMA = 0, NORMAL = 1;

VmConfig zoned(std::uint32_t low = 0, std::uint32_t high = 0) {
    VmConfig config{.swap_slots = 128};
    config.profile.dma_frames = DMA_FRAMES;
    config.profile.low_watermark = low;
    config.profile.high_watermark = high;
    return config;
}

struct ZoneFixture : VmFixture {
    explicit ZoneFixture(const VmConfig& config = zoned()) : VmFixture(FRAMES, config) { map(100, READ_WRITE); }

    [[nodiscard]] const FrameZone& zone(std::size_t number) { return machine.frames().zones()[number]; }
    [[nodiscard]] FrameNumber frame_of(std::uint32_t page) {
        return space->pmap().lookup(AT + page * PAGE_SIZE).frame();
    }
    void write_pages(std::uint32_t first, std::uint32_t end) {
        for (std::uint32_t page = first; page < end; ++page) {
            CHECK(write(AT + page * PAGE_SIZE, page + 1).has_value());
        }
    }
    void expect_content(std::uint32_t pages) {
        for (std::uint32_t page = 0; page < pages; ++page) {
            CHECK(value_at(AT + page * PAGE_SIZE) == page + 1);
        }
    }
};

}  // namespace

TEST_CASE_FIXTURE(ZoneFixture, "pages come from the upper zone, and from the lower one when that has none") {
    write_pages(0, 50);
    CHECK(zone(NORMAL).available() == 0);
    std::uint32_t lower = 0;
    for (std::uint32_t page = 0; page < 50; ++page) {
        lower += zone(DMA).contains(frame_of(page)) ? 1U : 0U;
    }
    CHECK(lower == 50 - (FRAMES - DMA_FRAMES - 2));  // a page directory and a table
    CHECK(tracer.of_kind(EventKind::zone_fallback).size() == lower);
    CHECK(zone(DMA).contains(frame_of(49)));
    CHECK(zone(NORMAL).contains(frame_of(0)));
    check();
}

TEST_CASE("each zone has its share of the watermarks, and leaves its reserve to others while they have more") {
    ZoneFixture f(zoned(8, 16));
    CHECK(f.vm.watermarks(DMA).low == 2);
    CHECK(f.vm.watermarks(DMA).high == 4);
    CHECK(f.vm.watermarks(NORMAL).low == 6);
    CHECK(f.vm.watermarks(NORMAL).high == 12);
    f.write_pages(0, 42);
    CHECK(f.zone(NORMAL).available() == 5);
    CHECK(f.zone(DMA).contains(f.frame_of(41)));
    CHECK_FALSE(f.zone(DMA).contains(f.frame_of(40)));
    f.check();
}

TEST_CASE("the pageout daemon turns to the zone that is short, and to no other") {
    ZoneFixture f(zoned(8, 16));
    f.write_pages(0, 42);
    REQUIRE(f.zone(NORMAL).available() < f.vm.watermarks(NORMAL).low);
    f.vm.daemon().run();
    CHECK(f.zone(NORMAL).available() + f.vm.standby_in(NORMAL) == f.vm.watermarks(NORMAL).high);
    CHECK(f.vm.evicted_from(NORMAL) == 7);
    CHECK(f.vm.evicted_from(DMA) == 0);
    CHECK(f.tracer.of_kind(EventKind::zone_balance).size() == 1);
    CHECK(f.vm.work_done(Worker::PageoutDaemon).pages == 7);
    CHECK(f.vm.work_done(Worker::ModifiedPageWriter).pages == 7);
    f.check();
    f.vm.daemon().run();
    CHECK(f.tracer.of_kind(EventKind::zone_balance).size() == 1);
    f.expect_content(42);
}

TEST_CASE("zones that are all short are balanced one after the other, the highest first") {
    ZoneFixture f(zoned(8, 16));
    f.write_pages(0, 60);
    REQUIRE(f.zone(DMA).available() < f.vm.watermarks(DMA).low);
    f.vm.daemon().run();
    const auto balanced = f.tracer.of_kind(EventKind::zone_balance);
    REQUIRE(balanced.size() == 2);
    CHECK(f.tracer.at(balanced[0]).fields[0].bits == static_cast<std::uint32_t>(Zone::Normal));
    CHECK(f.tracer.at(balanced[1]).fields[0].bits == static_cast<std::uint32_t>(Zone::Dma));
    for (const std::size_t number : {DMA, NORMAL}) {
        CHECK(f.zone(number).available() + f.vm.standby_in(number) >= f.vm.watermarks(number).high);
    }
    f.check();
    f.expect_content(60);
}

TEST_CASE_FIXTURE(ZoneFixture, "without watermarks each zone gives pages in proportion to those it has") {
    write_pages(0, 61);
    REQUIRE(machine.frames().available() == 0);
    write_pages(61, 85);
    CHECK(vm.evicted_from(DMA) == 6);
    CHECK(vm.evicted_from(NORMAL) == 18);
    check();
    expect_content(85);
}

TEST_CASE_FIXTURE(ZoneFixture, "a device's frames are in the zone that old devices can reach") {
    const auto pager = DevicePager::create(machine, 4);
    REQUIRE(pager);
    CHECK(zone(DMA).contains(pager->first_frame()));
    CHECK(zone(DMA).contains(FrameNumber(pager->first_frame().value + 3)));
    CHECK_FALSE(DevicePager::create(machine, DMA_FRAMES));
}

TEST_CASE("with local replacement a zone that is short takes its frames from whoever has them") {
    VmConfig config = zoned(8, 16);
    config.profile.scope = ReplacementScope::Local;
    ZoneFixture f(config);
    f.run_in(f.space);
    f.write_pages(0, 42);
    f.vm.daemon().run();
    CHECK(f.vm.evicted_from(DMA) == 0);
    CHECK(f.zone(NORMAL).available() + f.vm.standby_in(NORMAL) == f.vm.watermarks(NORMAL).high);
    f.check();
    f.expect_content(42);
}

TEST_CASE("RAM that ends below the boundary is one zone, and so it is without a boundary") {
    VmConfig config = zoned();
    config.profile.dma_frames = 4096;
    VmFixture small(FRAMES, config);
    REQUIRE(small.machine.frames().zones().size() == 1);
    CHECK(small.machine.frames().zones().front().name() == Zone::Dma);
    VmFixture plain(FRAMES);
    REQUIRE(plain.machine.frames().zones().size() == 1);
    CHECK(plain.machine.frames().zones().front().name() == Zone::Normal);
    CHECK(plain.machine.frames().zones().front().frames() == FRAMES);
}
