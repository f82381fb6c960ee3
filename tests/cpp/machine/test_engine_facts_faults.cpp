// SPDX-License-Identifier: GPL-2.0-only
// What UnicornCpu relies on in the engine: page faults, permissions, translated code. One case a fact.
#include <doctest/doctest.h>

#include "machine/bare_engine.hpp"

using vmlab::test::BareEngine;

namespace {
constexpr std::uint32_t DATA = 0x00500000;
constexpr int RW = UC_PROT_READ | UC_PROT_WRITE;
}  // namespace

TEST_CASE("engine: a denied fill stops on the instruction with nothing committed, and a retry repeats it") {
    BareEngine engine;
    engine.enter_ring3();
    engine.code({0x40, 0x50, 0x41, 0xF4});  // inc eax; push eax; inc ecx; hlt
    engine.set(UC_X86_REG_ESP, DATA + 8);
    engine.set(UC_X86_REG_EAX, 6);
    CHECK(engine.run() == UC_ERR_EXCEPTION);
    CHECK(engine.get(UC_X86_REG_EIP) == BareEngine::CODE + 1);
    CHECK(engine.get(UC_X86_REG_ESP) == DATA + 8);
    CHECK(engine.get(UC_X86_REG_EAX) == 7);
    CHECK(engine.get(UC_X86_REG_ECX) == 0);
    CHECK(engine.fills.back().type == UC_MEM_WRITE);
    CHECK_FALSE(engine.fills.back().granted);
    CHECK(engine.interrupts.empty());

    engine.pages[DATA] = {8, RW};
    engine.run(engine.get(UC_X86_REG_EIP));
    CHECK(engine.get(UC_X86_REG_ESP) == DATA + 4);
    CHECK(engine.get(UC_X86_REG_EAX) == 7);
    CHECK(engine.frame(8)[4] == 7);
    CHECK(engine.get(UC_X86_REG_ECX) == 1);
}

TEST_CASE("engine: the full address of a denied access lies in the engine object, the hook sees the page") {
    BareEngine engine;
    engine.enter_ring3();
    engine.code({0x8B, 0x03, 0x89, 0x03});  // mov eax,[ebx]; mov [ebx],eax
    engine.set(UC_X86_REG_EBX, DATA + 0x123);
    engine.run();
    CHECK(engine.fills.back().page == DATA);
    CHECK(engine.invalid_address() == DATA + 0x123);
    engine.set(UC_X86_REG_EBX, DATA + 0x7FF);
    engine.run(BareEngine::CODE + 2);
    CHECK(engine.invalid_address() == DATA + 0x7FF);
}

TEST_CASE("engine: a straddling access names the first byte of its second page") {
    BareEngine engine;
    engine.enter_ring3();
    engine.pages[DATA] = {8, RW};
    engine.code({0x89, 0x03});
    engine.set(UC_X86_REG_EBX, DATA + 0xFFE);
    engine.run();
    CHECK(engine.invalid_address() == DATA + 0x1000);
    CHECK(engine.frame(8)[0xFFE] == 0);
}

TEST_CASE("engine: a read-modify-write on an absent page arrives as a read") {
    BareEngine engine;
    engine.enter_ring3();
    engine.code({0x01, 0x03});  // add [ebx],eax
    engine.set(UC_X86_REG_EBX, DATA);
    engine.run();
    CHECK(engine.fills.back().type == UC_MEM_READ);
    engine.pages[DATA] = {8, UC_PROT_READ};
    engine.run();
    CHECK(engine.fills.back().type == UC_MEM_WRITE);
}

TEST_CASE("engine: fills ask for read, write and fetch separately, and a read-only entry asks again on a write") {
    BareEngine engine;
    engine.enter_ring3();
    engine.pages[DATA] = {8, UC_PROT_READ};
    engine.code({0x8B, 0x03, 0x8B, 0x03, 0x89, 0x03, 0xF4});
    engine.set(UC_X86_REG_EBX, DATA);
    engine.run();
    REQUIRE(engine.fills.size() == 3);  // code, one read, the denied write
    CHECK(engine.fills[0].type == UC_MEM_FETCH);
    CHECK(engine.fills[1].type == UC_MEM_READ);
    CHECK(engine.fills[2].type == UC_MEM_WRITE);
    CHECK(engine.get(UC_X86_REG_EIP) == BareEngine::CODE + 4);

    // Read-only to writable, another frame too, needs no flush when that very store is retried.
    engine.frame(9)[0] = 0x55;
    engine.pages[DATA] = {9, RW};
    engine.code({0x8B, 0x0B, 0xF4}, 6);  // mov ecx,[ebx]; hlt
    engine.run(BareEngine::CODE + 4);
    CHECK(engine.frame(9)[0] == 0);  // eax, read from frame 8
    CHECK(engine.get(UC_X86_REG_ECX) == 0);
    CHECK(engine.fills.size() == 4);
}

TEST_CASE("engine: string instructions restart with ecx, esi and edi at the faulting element") {
    BareEngine engine;
    engine.enter_ring3();
    engine.pages[DATA] = {8, RW};
    engine.code({0xF3, 0xAB});  // rep stosd
    engine.set(UC_X86_REG_EDI, DATA + 0xFF0);
    engine.set(UC_X86_REG_ECX, 10);
    CHECK(engine.run() == UC_ERR_EXCEPTION);
    CHECK(engine.get(UC_X86_REG_EIP) == BareEngine::CODE);
    CHECK(engine.get(UC_X86_REG_ECX) == 6);
    CHECK(engine.get(UC_X86_REG_EDI) == DATA + 0x1000);
}

TEST_CASE("engine: a fetch fault on a block's second page shows the block's start, and nothing of the block ran") {
    BareEngine engine;
    engine.enter_ring3();
    engine.code({0x40, 0x40}, 0xFFE);  // inc eax; inc eax; then the next page
    CHECK(engine.run(BareEngine::CODE + 0xFFE) == UC_ERR_EXCEPTION);
    CHECK(engine.fills.back().page == BareEngine::CODE + 0x1000);
    CHECK(engine.fills.back().type == UC_MEM_FETCH);
    CHECK(engine.get(UC_X86_REG_EIP) == BareEngine::CODE + 0xFFE);
    CHECK(engine.get(UC_X86_REG_EAX) == 0);

    // The trap flag makes blocks of one instruction, so that the real fault is reached.
    std::uint32_t eip = BareEngine::CODE + 0xFFE;
    for (int step = 0; step < 2; ++step) {
        engine.set(UC_X86_REG_EFLAGS, engine.get(UC_X86_REG_EFLAGS) | 0x100);
        engine.run(eip);
        eip = engine.get(UC_X86_REG_EIP);
    }
    CHECK(eip == BareEngine::CODE + 0x1000);
    CHECK(engine.get(UC_X86_REG_EAX) == 2);
}

TEST_CASE("engine: host writes leave translated code as it was, a TLB flush too") {
    BareEngine engine;
    engine.enter_ring3();
    engine.code({0xB8, 1, 0, 0, 0, 0xF4});  // mov eax,1; hlt
    engine.run();
    engine.code({2}, 1);
    engine.run();
    CHECK(engine.get(UC_X86_REG_EAX) == 1);
    engine.flush_tlb();
    engine.run();
    CHECK(engine.get(UC_X86_REG_EAX) == 1);
}

TEST_CASE("engine: removing a block's translation goes by virtual address, also through another mapping of the frame") {
    BareEngine engine;
    engine.enter_ring3();
    engine.code({0xB8, 1, 0, 0, 0, 0xF4});
    engine.run();
    constexpr std::uint32_t WINDOW = 0xE0000000;
    engine.pages[WINDOW] = {BareEngine::CODE_FRAME, UC_PROT_READ | UC_PROT_EXEC};
    engine.code({2}, 1);
    CHECK(engine.control(UC_CTL_WRITE(UC_CTL_TB_REMOVE_CACHE, 2), std::uint64_t{WINDOW},
                         std::uint64_t{WINDOW + BareEngine::PAGE}) == UC_ERR_OK);
    CHECK(engine.fills.back().page == WINDOW);
    engine.run();
    CHECK(engine.get(UC_X86_REG_EAX) == 2);
}

TEST_CASE("engine: dropping every translation makes changed code run") {
    BareEngine engine;
    engine.enter_ring3();
    engine.code({0xB8, 1, 0, 0, 0, 0xF4});
    engine.run();
    engine.code({2}, 1);
    engine.flush_code();
    engine.run();
    CHECK(engine.get(UC_X86_REG_EAX) == 2);
}

TEST_CASE(
    "engine: writes through an entry with X are seen by translated code, later ones through one without X are not") {
    for (const bool with_x : {true, false}) {
        CAPTURE(with_x);
        BareEngine engine;
        engine.enter_ring3();
        engine.pages[DATA] = {BareEngine::CODE_FRAME, with_x ? static_cast<int>(UC_PROT_ALL) : RW};
        engine.code({0xB8, 1, 0, 0, 0, 0xF4});                              // mov eax,1; hlt
        engine.code({0xC6, 0x03, 3, 0xE9, 0xF8, 0xFE, 0xFF, 0xFF}, 0x100);  // mov byte [ebx],3; jmp CODE
        engine.set(UC_X86_REG_EBX, DATA + 1);
        engine.run();
        engine.run(BareEngine::CODE + 0x100);  // the first write through an entry is always seen
        CHECK(engine.get(UC_X86_REG_EAX) == 3);
        engine.code({4}, 0x102);
        engine.flush_code();
        engine.run();
        engine.run(BareEngine::CODE + 0x100);
        CHECK(engine.frame(BareEngine::CODE_FRAME)[1] == 4);
        CHECK(engine.get(UC_X86_REG_EAX) == (with_x ? 4 : 3));
    }
}

TEST_CASE("engine: entries filled in ring 0 do not serve ring 3") {
    BareEngine engine;
    engine.lenient = true;
    engine.set(UC_X86_REG_CS, 0x08);
    engine.set(UC_X86_REG_SS, 0x10);
    engine.set(UC_X86_REG_DS, 0x10);
    engine.pages[DATA] = {8, RW};
    engine.code({0x8B, 0x03, 0xCC});
    engine.set(UC_X86_REG_EBX, DATA);
    engine.run();
    engine.enter_ring3();
    engine.run();
    REQUIRE(engine.fills.size() == 2);
    CHECK(engine.fills[1].page == DATA);
    CHECK(engine.fills[1].cs == 0x1B);
}
