// SPDX-License-Identifier: GPL-2.0-only
// TrapFrame: the 68 bytes that a trap from ring 3 leaves on the kernel stack, as lecture 000 draws them.
#pragma once

#include <cstdint>

#include "machine/registers.hpp"

namespace vmlab {

/// From the top of the stack: SS -4, ESP -8, EFLAGS -12, CS -16, EIP -20, error -24, trap number -28, DS -32, ES -36, then
/// the eight registers of pusha, EAX first. Elsewhere: struct Trapframe (JOS), struct trapframe (xv6), pt_regs, intr_frame.
struct TrapFrame {
    std::uint32_t edi = 0, esi = 0, ebp = 0, oesp = 0, ebx = 0, edx = 0, ecx = 0, eax = 0;
    std::uint16_t es = 0, padding1 = 0;
    std::uint16_t ds = 0, padding2 = 0;
    std::uint32_t trapno = 0;
    std::uint32_t err = 0;
    std::uint32_t eip = 0;
    std::uint16_t cs = 0, padding3 = 0;
    std::uint32_t eflags = 0;
    std::uint32_t esp = 0;
    std::uint16_t ss = 0, padding4 = 0;
    bool operator==(const TrapFrame&) const = default;
};
static_assert(sizeof(TrapFrame) == 68, "the lecture's frame has 68 bytes");

[[nodiscard]] inline TrapFrame make_trap_frame(const Registers& r, std::uint32_t trapno, std::uint32_t err,
                                               std::uint32_t esp_at_pusha) {
    return {.edi = r.edi,
            .esi = r.esi,
            .ebp = r.ebp,
            .oesp = esp_at_pusha,
            .ebx = r.ebx,
            .edx = r.edx,
            .ecx = r.ecx,
            .eax = r.eax,
            .es = r.es,
            .ds = r.ds,
            .trapno = trapno,
            .err = err,
            .eip = r.eip,
            .cs = r.cs,
            .eflags = r.eflags,
            .esp = r.esp,
            .ss = r.ss};
}

/// What popa, pop and iret make of the frame; FS and GS are not in it and stay as they are.
[[nodiscard]] inline Registers registers_after_iret(const TrapFrame& frame, const Registers& before) {
    Registers r = before;
    r.edi = frame.edi;
    r.esi = frame.esi;
    r.ebp = frame.ebp;
    r.ebx = frame.ebx;
    r.edx = frame.edx;
    r.ecx = frame.ecx;
    r.eax = frame.eax;
    r.es = frame.es;
    r.ds = frame.ds;
    r.eip = frame.eip;
    r.cs = frame.cs;
    r.eflags = frame.eflags;
    r.esp = frame.esp;
    r.ss = frame.ss;
    return r;
}

}  // namespace vmlab
