// SPDX-License-Identifier: GPL-2.0-only
// Registers: the integer registers of one i386 context, and the EFLAGS bits that have names here.
#pragma once

#include <cstdint>

namespace vmlab {

struct Registers {
    std::uint32_t eax = 0, ecx = 0, edx = 0, ebx = 0, esp = 0, ebp = 0, esi = 0, edi = 0;
    std::uint32_t eip = 0, eflags = 0x202;
    std::uint16_t cs = 0, ss = 0, ds = 0, es = 0, fs = 0, gs = 0;
    bool operator==(const Registers&) const = default;
};

struct Eflags {
    static constexpr std::uint32_t FIXED = 0x002;
    static constexpr std::uint32_t TRAP = 0x100;
    static constexpr std::uint32_t INTERRUPT = 0x200;
    static constexpr std::uint32_t DIRECTION = 0x400;
    static constexpr std::uint32_t IOPL = 0x3000;
    static constexpr std::uint32_t VM86 = 0x20000;
};

}  // namespace vmlab
