// SPDX-License-Identifier: GPL-2.0-only
// IoPorts and IdeDisks: who answers at a port, sectors in and out, and what a disk refuses.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "base/panic.hpp"
#include "machine/ide_disks.hpp"

using namespace vmlab;

namespace {

constexpr std::uint16_t DATA = 0x1F0, ERROR = 0x1F1, COUNT = 0x1F2, LOW = 0x1F3, MIDDLE = 0x1F4, HIGH = 0x1F5,
                        DRIVE = 0x1F6, COMMAND = 0x1F7;
constexpr std::uint32_t READ = 0x20, WRITE = 0x30, SECOND_BY_BLOCKS = 0xF0;
constexpr std::uint32_t WORDS = IdeDisks::SECTOR_BYTES / 4;

/// Two disks behind ports; the user's has sectors whose bytes are their number.
struct Channel {
    explicit Channel(std::uint32_t sectors) {
        ports.attach(IdeDisks::FIRST_PORT, IdeDisks::PORTS, disks);
        std::vector<std::byte> bytes(std::size_t{sectors} * IdeDisks::SECTOR_BYTES);
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            bytes[at] = static_cast<std::byte>(at / IdeDisks::SECTOR_BYTES);
        }
        disks.insert(std::move(bytes));
    }
    void out(std::uint16_t port, std::uint32_t value) { ports.write(port, PortWidth::Byte, value); }
    std::uint32_t in(std::uint16_t port) { return ports.read(port, PortWidth::Byte); }
    void command(std::uint32_t what, std::uint32_t sector, std::uint32_t count,
                 std::uint32_t drive = SECOND_BY_BLOCKS) {
        out(COUNT, count);
        out(LOW, sector & 0xFF);
        out(MIDDLE, sector >> 8 & 0xFF);
        out(HIGH, sector >> 16 & 0xFF);
        out(DRIVE, drive | (sector >> 24 & 0xF));
        out(COMMAND, what);
    }
    IdeDisks disks;
    IoPorts ports;
};

}  // namespace

TEST_CASE("a port without a device reads as ones, and what is written there is lost") {
    IoPorts ports;
    CHECK(ports.read(0x1F0, PortWidth::Byte) == 0xFF);
    CHECK(ports.read(0x1F0, PortWidth::Word) == 0xFFFF);
    CHECK(ports.read(0x1F0, PortWidth::Long) == 0xFFFFFFFF);
    ports.write(0x1F0, PortWidth::Byte, 1);
    IdeDisks disks, others;
    ports.attach(0x1F0, 8, disks);
    CHECK(ports.read(0x1EF, PortWidth::Byte) == 0xFF);
    CHECK(ports.read(0x1F8, PortWidth::Byte) == 0xFF);
    CHECK(ports.read(COMMAND, PortWidth::Byte) == IdeDisks::Ready);
    CHECK_THROWS_AS(ports.attach(0x1F7, 1, others), Panic);
    CHECK_THROWS_AS(ports.attach(0xFFFF, 2, others), Panic);
}

TEST_CASE("a command reads so many sectors, and asks for no more") {
    Channel c(300);
    for (const auto& [count, sectors] : {std::pair(1U, 1U), std::pair(3U, 3U), std::pair(0U, 256U)}) {
        c.command(READ, 7, count);
        for (std::uint32_t sector = 7; sector < 7 + sectors; ++sector) {
            CHECK(c.in(COMMAND) == (IdeDisks::Ready | IdeDisks::DataRequest));
            for (std::uint32_t word = 0; word < WORDS; ++word) {
                REQUIRE(c.ports.read(DATA, PortWidth::Long) == (sector & 0xFF) * 0x01010101);
            }
        }
        CHECK(c.in(COMMAND) == IdeDisks::Ready);
        CHECK(c.ports.read(DATA, PortWidth::Long) == 0xFFFFFFFF);
    }
}

TEST_CASE("what is written is there, sector by sector, by bytes and by words") {
    Channel c(4);
    c.command(WRITE, 1, 2);
    for (std::uint32_t byte = 0; byte < IdeDisks::SECTOR_BYTES; ++byte) {
        CHECK(c.in(COMMAND) == (IdeDisks::Ready | IdeDisks::DataRequest));
        c.out(DATA, 0xAB);
    }
    for (std::uint32_t word = 0; word < IdeDisks::SECTOR_BYTES / 2; ++word) {
        c.ports.write(DATA, PortWidth::Word, 0x3412);
    }
    CHECK(c.in(COMMAND) == IdeDisks::Ready);
    c.out(DATA, 0x77);  // nobody asked for it
    const auto bytes = c.disks.bytes();
    CHECK(bytes[511] == std::byte{0});
    CHECK(bytes[512] == std::byte{0xAB});
    CHECK(bytes[1023] == std::byte{0xAB});
    CHECK(bytes[1024] == std::byte{0x12});
    CHECK(bytes[1535] == std::byte{0x34});
    CHECK(bytes[1536] == std::byte{3});
}

TEST_CASE("a sector that is not there ends the command with the error bit") {
    Channel c(4);
    for (const std::uint32_t what : {READ, WRITE}) {
        for (const std::uint32_t sector : {4U, 0x0FFFFFFFU}) {
            c.command(what, sector, 1);
            CHECK(c.in(COMMAND) == (IdeDisks::Ready | IdeDisks::Error));
            CHECK(c.in(ERROR) == IdeDisks::NoSuchSector);
        }
    }
    c.command(READ, 3, 2);
    for (std::uint32_t word = 0; word < WORDS; ++word) {
        CHECK(c.ports.read(DATA, PortWidth::Long) == 0x03030303);
    }
    CHECK(c.in(COMMAND) == (IdeDisks::Ready | IdeDisks::Error));
    c.command(READ, 0, 1);
    CHECK(c.in(ERROR) == 0);
    CHECK(c.in(COMMAND) == (IdeDisks::Ready | IdeDisks::DataRequest));
}

TEST_CASE("unknown commands, cylinders and heads, and the first disk are refused") {
    Channel c(4);
    c.command(0xEC, 0, 1);
    CHECK(c.in(COMMAND) == (IdeDisks::Ready | IdeDisks::Error));
    CHECK(c.in(ERROR) == IdeDisks::Aborted);
    c.command(READ, 0, 1, 0xB0);
    CHECK(c.in(ERROR) == IdeDisks::Aborted);
    c.command(READ, 0, 1, 0xE0);
    CHECK(c.in(COMMAND) == (IdeDisks::Ready | IdeDisks::Error));
    CHECK(c.in(ERROR) == IdeDisks::NoSuchSector);
    c.out(DRIVE, SECOND_BY_BLOCKS);
    CHECK(c.in(COMMAND) == (IdeDisks::Ready | IdeDisks::Error));  // the one that it had
}

TEST_CASE("the other disk gets nothing of a transfer, and a new command ends it") {
    Channel c(4);
    c.command(WRITE, 2, 1);
    c.out(DRIVE, 0xE0);
    CHECK(c.in(COMMAND) == IdeDisks::Ready);
    for (std::uint32_t word = 0; word < WORDS; ++word) {
        c.ports.write(DATA, PortWidth::Long, ~0U);
    }
    c.out(DRIVE, SECOND_BY_BLOCKS);
    CHECK(c.in(COMMAND) == (IdeDisks::Ready | IdeDisks::DataRequest));
    c.command(READ, 2, 1);
    CHECK(c.ports.read(DATA, PortWidth::Long) == 0x02020202);
    c.command(READ, 0, 1, 0xE0);
    c.out(DRIVE, SECOND_BY_BLOCKS);
    CHECK(c.in(COMMAND) == IdeDisks::Ready);
    CHECK(std::ranges::count(c.disks.bytes(), std::byte{0xFF}) == 0);
}

TEST_CASE("a disk has whole sectors") {
    IdeDisks disks;
    CHECK(disks.bytes().empty());
    CHECK_THROWS_AS(disks.insert(std::vector<std::byte>(513)), Panic);
}
