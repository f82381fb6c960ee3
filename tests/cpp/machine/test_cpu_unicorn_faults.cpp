// SPDX-License-Identifier: GPL-2.0-only
// UnicornCpu: page faults to the byte, with the processor's error codes, restartable.
#include <doctest/doctest.h>

#include "machine/unicorn_machine.hpp"
#include "machine/vector.hpp"

using namespace vmlab;
using vmlab::test::UnicornMachine;

namespace {
constexpr VirtAddr DATA{0x00500000};
constexpr std::uint32_t CODE = UnicornMachine::CODE.value;

void check_fault(const CpuExit& exit, std::uint32_t address, std::uint32_t error, std::uint32_t eip) {
    REQUIRE(exit.kind == ExitKind::PageFault);
    CHECK(exit.vector == 14);
    CHECK(exit.address.value == address);
    CHECK(exit.error_code == error);
    CHECK(exit.instruction.value == eip);
}
}  // namespace

TEST_CASE("push at a page's end faults once, then goes on: the stack exercise of lecture 002") {
    UnicornMachine m;
    m.code({0x50, 0x50, 0xCC});  // push eax; push eax; int3
    m.registers.esp = 0x7FEC;
    check_fault(m.run(), 0x7FE8, 6, CODE);
    CHECK(m.registers.esp == 0x7FEC);
    CHECK(m.registers.eip == CODE);
    m.map(VirtAddr(0x7000), UnicornMachine::USER_WRITABLE);
    const CpuExit exit = m.run();
    CHECK(exit.kind == ExitKind::SoftwareInterrupt);
    CHECK(exit.vector == 3);
    CHECK(m.registers.esp == 0x7FE4);
    CHECK(m.machine.cpu().instructions() == 3);
}

TEST_CASE("the error code says present or not, read or write") {
    UnicornMachine m;
    m.registers.ebx = DATA.value + 0x123;
    m.code({0x8B, 0x03, 0x89, 0x03});  // mov eax,[ebx]; mov [ebx],eax
    check_fault(m.run(), DATA.value + 0x123, 4, CODE);
    m.map(DATA, UnicornMachine::USER);
    check_fault(m.run(), DATA.value + 0x123, 7, CODE + 2);
    CHECK(m.pte(DATA).accessed());
    CHECK_FALSE(m.pte(DATA).dirty());
    m.change(DATA, m.pte(DATA).with(PteBits::WRITABLE));
    m.write(UnicornMachine::CODE + 4, {0xCC});
    CHECK(m.run().vector == 3);
    CHECK(m.pte(DATA).dirty());
}

TEST_CASE("a supervisor page is a protection fault for ring 3") {
    UnicornMachine m;
    m.map(DATA, PteBits::PRESENT | PteBits::WRITABLE);
    m.registers.ebx = DATA.value;
    m.code({0x8B, 0x03});
    check_fault(m.run(), DATA.value, 5, CODE);
}

TEST_CASE("a read-modify-write on an absent page is a write") {
    struct Form {
        std::initializer_list<int> code;
        std::uint32_t offset;
    };
    for (const Form& form :
         {Form{{0x01, 0x03}, 0}, Form{{0xFF, 0x03}, 0}, Form{{0x87, 0x03}, 0}, Form{{0x0F, 0xAB, 0x0B}, 4 * 3},
          Form{{0x0F, 0xB1, 0x0B}, 0}, Form{{0x0F, 0xC7, 0x0B}, 0}, Form{{0x0F, 0xA4, 0x0B, 0x04}, 0}}) {
        UnicornMachine m;
        m.registers.ebx = DATA.value + 0x40;
        m.registers.ecx = 3 * 32 + 1;  // bts reaches three words further
        m.code(form.code);
        check_fault(m.run(), DATA.value + 0x40 + form.offset, 6, CODE);
    }
}

TEST_CASE("a comparison with memory and bt stay reads") {
    for (const auto code : {std::initializer_list<int>{0x39, 0x03}, {0x83, 0x3B, 0x01}, {0x0F, 0xA3, 0x03}}) {
        UnicornMachine m;
        m.registers.ebx = DATA.value;
        m.code(code);
        check_fault(m.run(), DATA.value, 4, CODE);
    }
}

TEST_CASE("a straddling read-modify-write asks the low page for writing first") {
    UnicornMachine m;
    m.map(DATA, UnicornMachine::USER);  // read-only, and the next page absent
    m.registers.ebx = DATA.value + 0xFFE;
    m.code({0x01, 0x03});
    check_fault(m.run(), DATA.value + 0xFFE, 7, CODE);
    m.change(DATA, m.pte(DATA).with(PteBits::WRITABLE));
    check_fault(m.run(), DATA.value + 0x1000, 6, CODE);
}

TEST_CASE("a fetch fault names EIP; in the middle of an instruction it names the page's start") {
    UnicornMachine m;
    m.registers.eip = 0x00600123;
    check_fault(m.run(), 0x00600123, 4, 0x00600123);
    m.write(UnicornMachine::CODE + 0xFFE, {0xB8, 0x01});  // mov eax, imm32 that continues on the next page
    m.registers.eip = CODE + 0xFFE;
    check_fault(m.run(), CODE + 0x1000, 4, CODE + 0xFFE);
}

TEST_CASE("a fetch fault on a block's second page comes after the instructions before it") {
    UnicornMachine m;
    m.write(UnicornMachine::CODE + 0xFFD, {0x40, 0x40, 0x40});  // inc eax three times
    m.registers.eip = CODE + 0xFFD;
    check_fault(m.run(), CODE + 0x1000, 4, CODE + 0x1000);
    CHECK(m.registers.eax == 3);
    CHECK(m.machine.cpu().instructions() == 3);
    m.map(VirtAddr(CODE + 0x1000), UnicornMachine::USER);
    m.write(VirtAddr(CODE + 0x1000), {0x40, 0xCC});
    CHECK(m.run().vector == 3);
    CHECK(m.registers.eax == 4);
}

TEST_CASE("a string instruction stops at the element that faults and goes on there") {
    UnicornMachine m;
    m.map(DATA, UnicornMachine::USER_WRITABLE);
    m.registers.edi = DATA.value + 0xFF8;
    m.registers.ecx = 4;
    m.registers.eax = 0x01020304;
    m.code({0xF3, 0xAB, 0xCC});
    check_fault(m.run(), DATA.value + 0x1000, 6, CODE);
    CHECK(m.registers.ecx == 2);
    m.map(DATA + 0x1000, UnicornMachine::USER_WRITABLE);
    CHECK(m.run().vector == 3);
    CHECK(m.registers.ecx == 0);
    CHECK(m.read32(DATA + 0x1004) == 0x01020304);
}

TEST_CASE("bisection finds the same addresses as the engine's own copy") {
    UnicornMachine by_copy;
    UnicornMachine by_bisection({.shortcuts = EngineShortcuts::Never});
    for (UnicornMachine* m : {&by_copy, &by_bisection}) {
        m->code({0x89, 0x03});
        for (std::uint32_t offset = 0; offset < PAGE_SIZE - 4; offset += 321) {
            m->registers.ebx = DATA.value + offset;
            check_fault(m->run(), DATA.value + offset, 6, CODE);
        }
        CHECK(m->machine.cpu().instructions() == 0);
    }
}

TEST_CASE("a copy-on-write break needs no flush when the store that faulted is retried") {
    UnicornMachine m;
    const FrameNumber old = m.map(DATA, UnicornMachine::USER);
    m.write(DATA, {7});
    m.registers.ebx = DATA.value;
    m.code({0x8B, 0x03, 0x89, 0x43, 0x04, 0x8B, 0x0B, 0xCC});  // load, store, load
    check_fault(m.run(), DATA.value + 4, 7, CODE + 2);
    const FrameNumber copy = m.map(DATA, UnicornMachine::USER_WRITABLE);
    m.write(DATA, {9});
    m.machine.mmu().invalidate_retried(DATA, m.directory.address());
    CHECK(m.run().vector == 3);
    CHECK(m.registers.eax == 7);
    CHECK(m.registers.ecx == 9);
    CHECK(m.machine.memory().read32(old.address() + 4) == 0);
    CHECK(m.machine.memory().read32(copy.address() + 4) == 7);
}

TEST_CASE("a copy-on-write break of a page that holds the running code runs the copy") {
    UnicornMachine m;
    m.code({0xC6, 0x03, 0x42, 0x90, 0xEB, 0x00, 0x90, 0xCC});  // mov byte [ebx],0x42; nop; jmp +0; nop -> inc edx
    m.registers.ebx = CODE + 6;
    check_fault(m.run(), CODE + 6, 7, CODE);
    const FrameNumber old = m.pte(UnicornMachine::CODE).frame();
    const FrameNumber copy = m.take_frame();
    const auto bytes = m.machine.memory().frame(old);
    std::copy(bytes.begin(), bytes.end(), m.machine.memory().writable_frame(copy).begin());
    m.map(UnicornMachine::CODE, copy, UnicornMachine::USER_WRITABLE);
    m.machine.mmu().invalidate_retried(UnicornMachine::CODE, m.directory.address());
    CHECK(m.run().vector == 3);
    CHECK(m.registers.edx == 1);
    CHECK(m.machine.memory().frame(old)[6] == std::byte{0x90});
}

TEST_CASE("a table outside RAM is a machine check") {
    UnicornMachine m;
    m.map(DATA, FrameNumber(0x80000), UnicornMachine::USER_WRITABLE);
    m.registers.ebx = DATA.value;
    m.code({0x8B, 0x03});
    const CpuExit exit = m.run();
    CHECK(exit.kind == ExitKind::Exception);
    CHECK(exit.vector == static_cast<std::uint8_t>(Vector::MachineCheck));
}

TEST_CASE("a rotate through carry restarts with the carry it began with") {
    UnicornMachine m;
    m.map(DATA, UnicornMachine::USER);
    m.write(DATA, {0x01, 0, 0, 0x80});
    m.registers.ebx = DATA.value;
    m.registers.eflags |= 1;           // carry
    m.code({0x40, 0xD1, 0x13, 0xCC});  // inc eax (keeps the carry); rcl dword [ebx],1
    check_fault(m.run(), DATA.value, 7, CODE + 1);
    CHECK((m.registers.eflags & 1) == 1);
    CHECK(m.registers.eax == 1);
    m.change(DATA, m.pte(DATA).with(PteBits::WRITABLE));
    CHECK(m.run().vector == 3);
    CHECK(m.read32(DATA) == 3);
    CHECK(m.machine.cpu().instructions() == 3);
}

TEST_CASE("a straddling read-modify-write through a segment adds the segment's base") {
    UnicornMachine m;
    const GdtLayout& layout = m.machine.descriptors().layout();
    m.machine.descriptors().set_segment(layout.first_tls,
                                        SegmentDescriptor{.base = 0x1010, .dpl = Ring::User}.encode());
    m.registers.gs = static_cast<std::uint16_t>(layout.first_tls * 8 + 3);
    m.registers.ebx = DATA.value + 0xFFE - 0x1010;
    m.map(DATA, UnicornMachine::USER);
    m.code({0x65, 0x01, 0x03});  // add gs:[ebx],eax
    check_fault(m.run(), DATA.value + 0xFFE, 7, CODE);
    m.change(DATA, m.pte(DATA).with(PteBits::WRITABLE));
    check_fault(m.run(), DATA.value + 0x1000, 6, CODE);
}

TEST_CASE("a condition set into memory restarts with the flags it began with") {
    UnicornMachine m;
    m.map(DATA, UnicornMachine::USER);
    m.registers.ebx = DATA.value;
    m.registers.eax = 3;
    m.code({0x83, 0xE8, 0x04, 0x0F, 0x9A, 0x03, 0x0F, 0x98, 0x43, 0x01, 0xCC});  // sub eax,4; setp [ebx]; sets [ebx+1]
    check_fault(m.run(), DATA.value, 7, CODE + 3);
    CHECK((m.registers.eflags & 0x8D5) == 0x95);  // SF, AF, PF, CF of 3 - 4
    m.change(DATA, m.pte(DATA).with(PteBits::WRITABLE));
    CHECK(m.run().vector == 3);
    CHECK(m.read32(DATA) == 0x0101);
}
