// SPDX-License-Identifier: GPL-2.0-only
// BlockTable: what a block is known by, and that two which share a slot stay known.
#include <doctest/doctest.h>

#include <vector>

#include "machine/cpu_unicorn_blocks.hpp"
#include "machine/unicorn_machine.hpp"

using namespace vmlab;

namespace {

const std::vector<std::uint8_t> THREE_INSTRUCTIONS = {0x40, 0x89, 0xD8, 0xCD, 0x80};  // inc eax; mov eax, ebx; int 0x80

}  // namespace

TEST_CASE("a block's instructions are counted, and where they start is known") {
    InstructionDecoder decoder(test::engines_for_tests().capstone);
    BlockTable table(decoder);
    Block& block = table.assign(7, 0x1000, 5, 0x5000);
    CHECK_FALSE(block.frame_version.has_value());
    table.decode(block, 0x1000, THREE_INSTRUCTIONS);
    CHECK(block.count == 3);
    CHECK(block.last_start == 0x1003);
    CHECK(block.software_interrupt == 0x80);
    CHECK(block.instructions_before(0x1003) == 2);
    CHECK(&table.block(7) == &block);
}

TEST_CASE("blocks that share a slot, or an address in two programs, are decoded once each") {
    InstructionDecoder decoder(test::engines_for_tests().capstone);
    BlockTable table(decoder);
    Block& first = table.assign(7, 0x1000, 5, 0x5000);
    table.decode(first, 0x1000, THREE_INSTRUCTIONS);
    Block& other_place = table.assign(7, 0x9000, 5, 0x5000);
    Block& other_program = table.assign(7, 0x1000, 5, 0x6000);
    CHECK(other_place.count == 0);
    CHECK(other_program.count == 0);
    CHECK(&table.assign(7, 0x1000, 5, 0x5000) == &first);
    CHECK(table.block(7).count == 3);
}

TEST_CASE("a table of very many blocks begins again") {
    InstructionDecoder decoder(test::engines_for_tests().capstone);
    BlockTable table(decoder);
    table.decode(table.assign(7, 0x1000, 5, 0x5000), 0x1000, THREE_INSTRUCTIONS);
    table.trim();
    CHECK(table.block(7).count == 3);
    for (std::uint32_t address = 0; address < 70'000; ++address) {
        static_cast<void>(table.assign(7, address, 1, address));
    }
    table.key(7) = {.address = 1, .size = 1, .epoch = 1, .count = 1};
    table.trim();
    CHECK(table.key(7).epoch == 0);
    CHECK(table.assign(7, 0x1000, 5, 0x5000).count == 0);
}
