// SPDX-License-Identifier: GPL-2.0-only
// InstructionDecoder and Opcode: lengths, text, and what an opcode says about its memory operand.
#include <doctest/doctest.h>

#include <vector>

#include "machine/instruction.hpp"
#include "machine/unicorn_machine.hpp"

using namespace vmlab;

namespace {

using Bytes = std::vector<std::uint8_t>;

Opcode opcode_of(const Bytes& bytes) { return Opcode::read(bytes).value(); }

}  // namespace

TEST_CASE("an instruction has a length, a text and the registers it names") {
    const InstructionDecoder decoder(test::engines_for_tests().capstone);
    const Bytes code = {0x89, 0x44, 0x8B, 0x04, 0x90};
    CHECK(decoder.length_of(code) == 4);
    const auto instruction = decoder.decode(code, VirtAddr(0x1000));
    REQUIRE(instruction.has_value());
    CHECK(instruction->text == "mov dword ptr [ebx + ecx*4 + 4], eax");
    CHECK(instruction->length == 4);
    CHECK(instruction->registers == std::vector<std::string>{"ebx", "ecx", "eax"});
    CHECK(decoder.length_of(Bytes{0x0F, 0x04}) == 0);
    CHECK_FALSE(decoder.decode(Bytes{0xB8, 1}, VirtAddr(0)).has_value());
    CHECK(decoder.decode(Bytes{0xEB, 0xFE}, VirtAddr(0x400))->text == "jmp 0x400");
}

TEST_CASE("prefixes are told from the opcode") {
    const Opcode opcode = opcode_of({0xF3, 0x66, 0x65, 0x67, 0xA5});
    CHECK(opcode.code == 0xA5);
    CHECK(opcode.repeat == 0xF3);
    CHECK(opcode.operand16);
    CHECK(opcode.address16);
    CHECK(opcode.segment == SegmentName::Gs);
    CHECK(opcode.is_repeated_string());
    CHECK(opcode_of({0x0F, 0x38, 0x00, 0xC1}).code == 0x0F3800);
    CHECK_FALSE(Opcode::read(Bytes{0x66, 0x0F}).has_value());
}

TEST_CASE("a repetition ends by its condition only for cmps and scas") {
    CHECK(opcode_of({0xF3, 0xA6}).repetition_ends(0x00));
    CHECK_FALSE(opcode_of({0xF3, 0xA6}).repetition_ends(0x40));
    CHECK(opcode_of({0xF2, 0xAE}).repetition_ends(0x40));
    CHECK_FALSE(opcode_of({0xF3, 0xA5}).repetition_ends(0x00));
}

TEST_CASE("the operand of a read-modify-write is found under every form of address") {
    Registers r;
    r.eax = 0x10;
    r.ebx = 0x1000;
    r.ecx = 0x20;
    r.ebp = 0x3000;
    r.esp = 0x5000;
    r.esi = 0x12345;
    const auto operand = [&](const Bytes& bytes) {
        const Opcode opcode = opcode_of(bytes);
        REQUIRE(opcode.is_read_modify_write());
        return read_modify_write_operand(opcode, bytes, r);
    };
    struct Case {
        Bytes bytes;
        std::uint32_t offset;
        SegmentName segment;
        std::uint32_t size;
    };
    for (const Case& c :
         {Case{{0x01, 0x03}, 0x1000, SegmentName::Ds, 4}, Case{{0x00, 0x43, 0xFF}, 0xFFF, SegmentName::Ds, 1},
          Case{{0x66, 0x01, 0x44, 0x8B, 0x08}, 0x1088, SegmentName::Ds, 2},
          Case{{0x01, 0x45, 0x04}, 0x3004, SegmentName::Ss, 4}, Case{{0x01, 0x04, 0x24}, 0x5000, SegmentName::Ss, 4},
          Case{{0x01, 0x05, 0x78, 0x56, 0x34, 0x12}, 0x12345678, SegmentName::Ds, 4},
          Case{{0x01, 0x04, 0x8D, 0x00, 0x10, 0, 0}, 0x1080, SegmentName::Ds, 4},
          Case{{0x26, 0x01, 0x45, 0x00}, 0x3000, SegmentName::Es, 4},
          Case{{0x67, 0x01, 0x00}, 0x3345, SegmentName::Ds, 4},
          Case{{0x67, 0x01, 0x06, 0x34, 0x12}, 0x1234, SegmentName::Ds, 4},
          Case{{0x0F, 0xC7, 0x0B}, 0x1000, SegmentName::Ds, 8}, Case{{0x0F, 0xAB, 0x0B}, 0x1004, SegmentName::Ds, 4},
          Case{{0x66, 0x0F, 0xAB, 0x0B}, 0x1004, SegmentName::Ds, 2}}) {
        CAPTURE(c.offset);
        const auto found = operand(c.bytes);
        REQUIRE(found.has_value());
        CHECK(found->offset == c.offset);
        CHECK(found->segment == c.segment);
        CHECK(found->size == c.size);
    }
    CHECK_FALSE(operand({0x01, 0xC3}).has_value());
    r.ecx = 0xFFFFFFFF;  // bit -1: the word before
    CHECK(operand({0x0F, 0xAB, 0x0B})->offset == 0xFFC);
}

TEST_CASE("reads and plain writes are no read-modify-writes") {
    for (const Bytes& bytes : {Bytes{0x39, 0x03}, Bytes{0x89, 0x03}, Bytes{0x83, 0x3B, 1}, Bytes{0xF7, 0x23},
                               Bytes{0xFF, 0x33}, Bytes{0x0F, 0xBA, 0x23, 1}, Bytes{0x8F, 0x03}}) {
        CHECK_FALSE(opcode_of(bytes).is_read_modify_write());
    }
}
