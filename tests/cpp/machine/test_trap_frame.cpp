// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include <cstddef>
#include <string>

#include "machine/trap_frame.hpp"
#include "machine/vector.hpp"

using namespace vmlab;

namespace {

constexpr Registers REGISTERS{.eax = 1,
                              .ecx = 2,
                              .edx = 3,
                              .ebx = 4,
                              .esp = 5,
                              .ebp = 6,
                              .esi = 7,
                              .edi = 8,
                              .eip = 9,
                              .eflags = 0x246,
                              .cs = 0x1B,
                              .ss = 0x23,
                              .ds = 0x23,
                              .es = 0x23,
                              .fs = 0x33,
                              .gs = 0x3B};

}  // namespace

TEST_CASE("the frame lies on the stack as the lecture draws it from the top") {
    const auto below_top = [](std::size_t offset) { return static_cast<int>(sizeof(TrapFrame) - offset); };
    CHECK(below_top(offsetof(TrapFrame, ss)) == 4);
    CHECK(below_top(offsetof(TrapFrame, esp)) == 8);
    CHECK(below_top(offsetof(TrapFrame, eflags)) == 12);
    CHECK(below_top(offsetof(TrapFrame, cs)) == 16);
    CHECK(below_top(offsetof(TrapFrame, eip)) == 20);
    CHECK(below_top(offsetof(TrapFrame, err)) == 24);
    CHECK(below_top(offsetof(TrapFrame, trapno)) == 28);
    CHECK(below_top(offsetof(TrapFrame, ds)) == 32);
    CHECK(below_top(offsetof(TrapFrame, es)) == 36);
    CHECK(below_top(offsetof(TrapFrame, eax)) == 40);
    CHECK(below_top(offsetof(TrapFrame, edi)) == 68);
}

TEST_CASE("iret gives back what the trap took") {
    const TrapFrame frame = make_trap_frame(REGISTERS, 14, 6, 0xC0001FDC);
    CHECK(frame.trapno == 14);
    CHECK(frame.err == 6);
    CHECK(frame.oesp == 0xC0001FDC);
    Registers other;
    other.fs = REGISTERS.fs;
    other.gs = REGISTERS.gs;
    CHECK(registers_after_iret(frame, other) == REGISTERS);
}

TEST_CASE("popa takes no ESP from the frame") {
    TrapFrame frame = make_trap_frame(REGISTERS, 14, 6, 0);
    frame.oesp = 0xBAD;
    CHECK(registers_after_iret(frame, REGISTERS).esp == 5);
}

TEST_CASE("exceptions have the manual's names and error codes") {
    CHECK(std::string(mnemonic_of(14)) == "#PF");
    CHECK(std::string(mnemonic_of(20)) == "#VE");
    CHECK(std::string(mnemonic_of(15)).empty());
    CHECK(std::string(mnemonic_of(0x80)).empty());
    for (int vector = 0; vector < 256; ++vector) {
        const bool expected =
            vector == 8 || vector == 10 || vector == 11 || vector == 12 || vector == 13 || vector == 14 || vector == 17;
        CHECK(pushes_error_code(static_cast<std::uint8_t>(vector)) == expected);
    }
}
