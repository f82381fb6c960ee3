// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

#include "machine/physical_memory.hpp"

using namespace vmlab;

namespace {

struct Recorder : CodeFrameListener {
    explicit Recorder(PhysicalMemory& watched) : memory(watched) { memory.set_code_listener(this); }
    void code_frame_written(FrameNumber frame) override {
        written.push_back(frame.value);
        memory.clear_code_mark(frame);
    }
    PhysicalMemory& memory;
    std::vector<std::uint32_t> written;
};

}  // namespace

TEST_CASE("RAM is whole pages up to 1 GiB") {
    CHECK_THROWS_AS(PhysicalMemory(0), std::invalid_argument);
    CHECK_THROWS_AS(PhysicalMemory(4097), std::invalid_argument);
    CHECK_THROWS_AS(PhysicalMemory((std::uint64_t{1} << 30) + PAGE_SIZE), std::invalid_argument);
    CHECK(PhysicalMemory(std::uint64_t{1} << 30).frame_count() == 1U << 18);
}

TEST_CASE("untouched RAM reads zero and words are little-endian") {
    PhysicalMemory memory(2 * PAGE_SIZE);
    CHECK(memory.read32(PhysAddr(0x1000)) == 0);
    memory.write32(PhysAddr(0x1000), 0x11223344);
    CHECK(memory.frame(FrameNumber(1))[0] == std::byte{0x44});
    CHECK(memory.read32(PhysAddr(0x1000)) == 0x11223344);
}

TEST_CASE("an access outside RAM is a bug of ours") {
    PhysicalMemory memory(PAGE_SIZE);
    CHECK_THROWS_AS(static_cast<void>(memory.read32(PhysAddr(PAGE_SIZE - 3))), Panic);
    CHECK_THROWS_AS(memory.write32(PhysAddr(0xFFFFFFFE), 0), Panic);
    CHECK_THROWS_AS(static_cast<void>(memory.frame(FrameNumber(1))), Panic);
}

TEST_CASE("bytes are copied across frames") {
    PhysicalMemory memory(3 * PAGE_SIZE);
    std::vector<std::byte> bytes(PAGE_SIZE + 2, std::byte{7});
    memory.write(PhysAddr(PAGE_SIZE - 1), bytes);
    std::vector<std::byte> back(bytes.size());
    memory.read(PhysAddr(PAGE_SIZE - 1), back);
    CHECK(back == bytes);
    CHECK(memory.frame(FrameNumber(0))[PAGE_SIZE - 2] == std::byte{0});
    CHECK(memory.frame(FrameNumber(2))[1] == std::byte{0});
    CHECK_THROWS_AS(memory.write(PhysAddr(2 * PAGE_SIZE), bytes), Panic);
}

TEST_CASE("the keeper of a frame is told before it changes next, and once") {
    struct Keeper : FrameKeeper {
        explicit Keeper(PhysicalMemory& kept) : memory(kept) { memory.set_keeper(this); }
        void frame_about_to_change(FrameNumber frame) override { seen.push_back(memory.frame(frame)[0]); }
        PhysicalMemory& memory;
        std::vector<std::byte> seen;
    };
    PhysicalMemory memory(4 * PAGE_SIZE);
    Keeper keeper(memory);
    for (std::uint32_t frame = 0; frame < 4; ++frame) {
        memory.writable_frame(FrameNumber(frame))[0] = std::byte(frame + 1);
        memory.keep(FrameNumber(frame));
    }
    CHECK(keeper.seen.empty());
    for (int again = 0; again < 2; ++again) {
        memory.write32(PhysAddr(0), 0);
        memory.zero_frame(FrameNumber(1));
        memory.write(PhysAddr(2 * PAGE_SIZE), std::vector<std::byte>(2));
        memory.before_guest_write(FrameNumber(3));
    }
    CHECK(keeper.seen == std::vector<std::byte>{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}});
    CHECK_FALSE(memory.is_kept(FrameNumber(0)));
}

TEST_CASE("every kind of write to a frame of code is told first, once for each frame") {
    PhysicalMemory memory(4 * PAGE_SIZE);
    Recorder recorder(memory);
    for (std::uint32_t frame = 0; frame < 4; ++frame) {
        memory.mark_code(FrameNumber(frame));
    }
    memory.write32(PhysAddr(0), 1);
    memory.zero_frame(FrameNumber(1));
    const std::vector<std::byte> two(2);
    memory.write(PhysAddr(3 * PAGE_SIZE - 1), two);
    CHECK(recorder.written == std::vector<std::uint32_t>{0, 1, 2, 3});
    memory.write32(PhysAddr(0), 2);
    CHECK(recorder.written.size() == 4);
    memory.set_code_listener(nullptr);
}
