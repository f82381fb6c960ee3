// SPDX-License-Identifier: GPL-2.0-only
#include "machine/frame_copies.hpp"

#include <doctest/doctest.h>

#include <optional>

using namespace vmlab;

namespace {

constexpr FrameNumber FIRST{1}, SECOND{2};

void fill(PhysicalMemory& ram, FrameNumber frame, std::uint32_t word) { ram.write32(frame.address(), word); }

std::uint32_t word_in(FrameCopies& copies, FrameNumber frame) { return copies.memory().read32(frame.address()); }

struct Ram {
    PhysicalMemory memory{4 * PAGE_SIZE};
    FrameCopyist copyist{memory};
};

}  // namespace

TEST_CASE("a copy has what the frame had when it was wanted, whether or not it changed since") {
    Ram ram;
    fill(ram.memory, FIRST, 11);
    fill(ram.memory, SECOND, 22);
    FrameCopies copies(ram.copyist, PhysicalMemory::Density::Sparse);
    copies.want(FIRST);
    copies.want(SECOND);
    copies.want(SECOND);
    fill(ram.memory, FIRST, 12);
    fill(ram.memory, FIRST, 13);
    CHECK(word_in(copies, FIRST) == 11);
    CHECK(word_in(copies, SECOND) == 22);
    fill(ram.memory, SECOND, 23);
    CHECK(word_in(copies, SECOND) == 22);
}

TEST_CASE("what a guest is about to write is copied before") {
    Ram ram;
    fill(ram.memory, FIRST, 11);
    FrameCopies copies(ram.copyist, PhysicalMemory::Density::Sparse);
    copies.want(FIRST);
    ram.memory.before_guest_write(FIRST);
    ram.memory.data()[FIRST.address().value] = std::byte{99};
    CHECK(word_in(copies, FIRST) == 11);
}

TEST_CASE("several want one frame at several times, and some of them go") {
    Ram ram;
    fill(ram.memory, FIRST, 1);
    FrameCopies early(ram.copyist, PhysicalMemory::Density::Sparse);
    early.want(FIRST);
    std::optional<FrameCopies> gone(std::in_place, ram.copyist, PhysicalMemory::Density::Sparse);
    gone->want(FIRST);
    gone->want(SECOND);
    fill(ram.memory, FIRST, 2);
    FrameCopies late(ram.copyist, PhysicalMemory::Density::Sparse);
    late.want(FIRST);
    gone.reset();
    fill(ram.memory, FIRST, 3);
    fill(ram.memory, SECOND, 3);
    CHECK(word_in(early, FIRST) == 1);
    CHECK(word_in(late, FIRST) == 2);
    late.want(FIRST);
    fill(ram.memory, FIRST, 4);
    CHECK(word_in(late, FIRST) == 3);
}

TEST_CASE("a frame outside RAM is a bug of ours") {
    Ram ram;
    FrameCopies copies(ram.copyist, PhysicalMemory::Density::Sparse);
    CHECK_THROWS_AS(copies.want(FrameNumber(4)), Panic);
}
