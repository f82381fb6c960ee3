// SPDX-License-Identifier: GPL-2.0-only
// UnicornCpu: exceptions and software interrupts, segments, single steps, budgets, contexts.
#include <doctest/doctest.h>

#include "machine/unicorn_machine.hpp"
#include "machine/vector.hpp"

using namespace vmlab;
using vmlab::test::UnicornMachine;

namespace {
constexpr VirtAddr DATA{0x00500000};
constexpr std::uint32_t CODE = UnicornMachine::CODE.value;

void check_exception(const CpuExit& exit, Vector vector, std::uint32_t error, std::uint32_t instruction) {
    REQUIRE(exit.kind == ExitKind::Exception);
    CHECK(exit.vector == static_cast<std::uint8_t>(vector));
    CHECK(exit.error_code == error);
    CHECK(exit.instruction.value == instruction);
}
}  // namespace

TEST_CASE("privileged instructions, ports and fast system calls raise what ring 3 raises") {
    struct Case {
        std::initializer_list<int> code;
        Vector vector;
    };
    for (const Case& c :
         {Case{{0xFA}, Vector::GeneralProtection}, Case{{0xF4}, Vector::GeneralProtection},
          Case{{0xE4, 0x60}, Vector::GeneralProtection}, Case{{0xEF}, Vector::GeneralProtection},
          Case{{0x6C}, Vector::GeneralProtection}, Case{{0xF3, 0x6F}, Vector::GeneralProtection},
          Case{{0xF0, 0xEC}, Vector::InvalidOpcode}, Case{{0xF0, 0x0F, 0x31}, Vector::InvalidOpcode},
          Case{{0x0F, 0x05}, Vector::InvalidOpcode}, Case{{0x0F, 0x34}, Vector::InvalidOpcode},
          Case{{0x0F, 0x0B}, Vector::InvalidOpcode}, Case{{0x0F, 0x22, 0xD8}, Vector::GeneralProtection},
          Case{{0xF7, 0xF1}, Vector::DivideError}}) {
        UnicornMachine m;
        m.code({0x40, 0x41});  // inc eax; inc ecx ... but ecx must be 0 for the division
        m.registers.ecx = 0xFFFFFFFF;
        m.write(UnicornMachine::CODE + 2, c.code);
        check_exception(m.run(), c.vector, 0, CODE + 2);
        CHECK(m.registers.eip == CODE + 2);
        CHECK(m.registers.eax == 1);
        CHECK(m.machine.cpu().instructions() == 2);
    }
}

TEST_CASE("exceptions one after another do not become a double fault") {
    UnicornMachine m;
    for (int i = 0; i < 4; ++i) {
        m.code({0xFA});
        check_exception(m.run(), Vector::GeneralProtection, 0, CODE);
        m.code({0xF7, 0xF1});
        check_exception(m.run(), Vector::DivideError, 0, CODE);
    }
}

TEST_CASE("a bad selector's error code is the selector") {
    UnicornMachine m;
    m.registers.eax = 0x1235;
    m.code({0x8E, 0xE8});  // mov gs,ax
    check_exception(m.run(), Vector::GeneralProtection, 0x1234, CODE);
    m.registers.eax = m.machine.descriptors().layout().kernel_ss();
    check_exception(m.run(), Vector::GeneralProtection, m.machine.descriptors().layout().kernel_ss(), CODE);
}

TEST_CASE("int n is a software interrupt for every n, and data that looks like one before an exception is none") {
    UnicornMachine m;
    for (int n = 0; n < 256; ++n) {
        CAPTURE(n);
        m.code({0x90, 0xCD, n});
        const CpuExit exit = m.run();
        CHECK(exit.kind == ExitKind::SoftwareInterrupt);
        CHECK(exit.vector == n);
        CHECK(exit.instruction.value == CODE + 1);
        CHECK(m.registers.eip == CODE + 3);
    }
    m.code({0xEB, 0x02, 0xCD, 0x0D, 0xFA});  // jump over "int 13" to cli
    check_exception(m.run(), Vector::GeneralProtection, 0, CODE + 4);
    CHECK(m.machine.cpu().instructions() == 256 * 2 + 1);
}

TEST_CASE("a software interrupt is told from an exception also where the decoder cannot follow the code") {
    UnicornMachine m;
    m.code({0x0F, 0xA6, 0xC0, 0x90, 0xCD, 0x0D});  // an instruction that neither knows: nothing after it runs
    check_exception(m.run(), Vector::InvalidOpcode, 0, CODE);
    // The code changes itself under the block that was looked at: nop; nop becomes int 0x31.
    const FrameNumber frame = m.pte(UnicornMachine::CODE).frame();
    m.map(UnicornMachine::CODE, frame, UnicornMachine::USER_WRITABLE);
    m.machine.mmu().invalidate(UnicornMachine::CODE, m.directory.address());
    m.registers.ebx = CODE + 5;
    m.code({0x66, 0xC7, 0x03, 0xCD, 0x31, 0x90, 0x90, 0xFA});  // mov word [ebx],0x31CD; nop; nop; cli
    const CpuExit exit = m.run();
    CHECK(exit.kind == ExitKind::SoftwareInterrupt);
    CHECK(exit.vector == 0x31);
    CHECK(exit.instruction.value == CODE + 5);
}

TEST_CASE("a segment is loaded from the descriptor table, which ring 3 itself cannot read") {
    UnicornMachine m;
    const GdtLayout& layout = m.machine.descriptors().layout();
    m.map(DATA, UnicornMachine::USER_WRITABLE);
    m.write(DATA + 4, {0x2A});
    m.machine.descriptors().set_segment(layout.first_tls,
                                        SegmentDescriptor{.base = DATA.value, .dpl = Ring::User}.encode());
    m.registers.eax = layout.first_tls * 8U + 3;
    m.code({0x8E, 0xE8, 0x65, 0x8B, 0x0D, 4, 0, 0, 0, 0xCC});  // mov gs,ax; mov ecx,gs:[4]; int3
    CHECK(m.run().vector == 3);
    CHECK(m.registers.ecx == 0x2A);

    const VirtAddr table = m.machine.kernel_address(m.machine.descriptors().frame().address());
    m.map(table, m.machine.descriptors().frame(), PteBits::PRESENT | PteBits::WRITABLE);
    m.registers.ebx = table.value + 8;
    m.code({0x8E, 0xE8, 0x8B, 0x13});  // mov gs,ax; mov edx,[ebx]
    const CpuExit exit = m.run();
    REQUIRE(exit.kind == ExitKind::PageFault);
    CHECK(exit.address == table + 8);
    CHECK(exit.error_code == 5);
}

TEST_CASE("a segment whose descriptor changes is seen changed once it is loaded anew, and by nobody before") {
    UnicornMachine m;
    const GdtLayout& layout = m.machine.descriptors().layout();
    const auto set_base = [&](VirtAddr base) {
        m.machine.descriptors().set_segment(layout.first_tls,
                                            SegmentDescriptor{.base = base.value, .dpl = Ring::User}.encode());
    };
    m.map(DATA, UnicornMachine::USER_WRITABLE);
    m.write(DATA + 4, {0x2A, 0, 0, 0, 0x2B});
    set_base(DATA);
    m.registers.gs = static_cast<std::uint16_t>(layout.first_tls * 8U + 3);
    m.code({0x65, 0x8B, 0x0D, 4, 0, 0, 0, 0xCC});  // mov ecx,gs:[4]; int3
    CHECK(m.run().vector == 3);
    CHECK(m.registers.ecx == 0x2A);
    const auto saved = m.machine.cpu().save_context();
    const auto look = [&] {
        m.registers.eip = CODE;
        CHECK(m.run().vector == 3);
        return m.registers.ecx;
    };
    set_base(DATA + 4);
    CHECK(look() == 0x2A);
    m.machine.cpu().load_segments();
    CHECK(look() == 0x2B);
    m.machine.cpu().restore_context(*saved);
    CHECK(look() == 0x2A);
    m.machine.descriptors().set_segment(layout.first_tls, 0);
    m.machine.cpu().load_segments();
    m.code({0xCC});
    CHECK(m.run().vector == 3);
    CHECK(m.registers.gs == 0);
}

TEST_CASE("the guest's own trap flag raises #DB after each instruction") {
    UnicornMachine m;
    m.code({0x40, 0x40});
    m.registers.eflags |= Eflags::TRAP;
    check_exception(m.run(), Vector::Debug, 0, CODE);
    CHECK(m.registers.eip == CODE + 1);
    CHECK((m.registers.eflags & Eflags::TRAP) != 0);
    check_exception(m.run(1), Vector::Debug, 0, CODE + 1);
    CHECK(m.registers.eax == 2);
}

TEST_CASE("icebp raises #DB with EIP after it") {
    UnicornMachine m;
    m.code({0x40, 0xF1});
    check_exception(m.run(), Vector::Debug, 0, CODE + 1);
    CHECK(m.registers.eip == CODE + 2);
}

TEST_CASE("our own steps are not seen by the guest") {
    UnicornMachine m;
    m.code({0x9C, 0x58, 0x9D, 0xCC});  // pushf; pop eax; popf; int3
    m.registers.esp -= 4;
    REQUIRE(m.run(1).kind == ExitKind::BudgetSpent);
    CHECK(m.registers.eip == CODE + 1);
    CHECK((m.registers.eflags & Eflags::TRAP) == 0);
    REQUIRE(m.run(1).kind == ExitKind::BudgetSpent);
    CHECK((m.registers.eax & Eflags::TRAP) == 0);
    CHECK(m.registers.eax != 0);
    // popf that sets the trap flag: the trap comes after the next instruction.
    UnicornMachine n;
    n.write(UnicornMachine::STACK - 4, {0x02, 0x03, 0, 0});
    n.registers.esp -= 4;
    n.code({0x9D, 0x40, 0x40});
    REQUIRE(n.run(1).kind == ExitKind::BudgetSpent);
    CHECK((n.registers.eflags & Eflags::TRAP) != 0);
    check_exception(n.run(), Vector::Debug, 0, CODE + 1);
    CHECK(n.registers.eax == 1);
}

TEST_CASE("a budget ends after exactly that many instructions, and slicing changes no count") {
    // mov ecx,7; loop: push ecx; pushf; popf; pop ecx; dec ecx; jnz loop; mov ecx,5; rep stosd; rdtsc; int3
    const auto load = [](UnicornMachine& m) {
        m.map(DATA, UnicornMachine::USER_WRITABLE);
        m.registers.edi = DATA.value;
        m.code({0xB9, 7,    0, 0, 0, 0x51, 0x9C, 0x9D, 0x59, 0x49, 0x75,
                0xF9, 0xB9, 5, 0, 0, 0,    0xF3, 0xAB, 0x0F, 0x31, 0xCC});
    };
    UnicornMachine whole;
    load(whole);
    REQUIRE(whole.run(1000000).vector == 3);
    const std::uint64_t expected = whole.machine.cpu().instructions();
    CHECK(expected == 1 + 7 * 6 + 1 + 6 + 1 + 1);
    for (const std::uint64_t budget : {1U, 2U, 3U, 5U, 13U, 40U}) {
        CAPTURE(budget);
        UnicornMachine m;
        load(m);
        CpuExit exit;
        do {
            const std::uint64_t before = m.machine.cpu().instructions();
            exit = m.run(budget);
            if (exit.kind == ExitKind::BudgetSpent) {
                // A repeated string's last look may exceed the budget by one.
                CHECK(m.machine.cpu().instructions() - before <= budget + 1);
                CHECK(m.machine.cpu().instructions() - before >= budget);
            }
        } while (exit.kind == ExitKind::BudgetSpent);
        CHECK(exit.vector == 3);
        CHECK(m.machine.cpu().instructions() == expected);
        CHECK(m.registers == whole.registers);
    }
}

TEST_CASE("an endless loop stops at its budget") {
    UnicornMachine m;
    m.code({0xEB, 0xFE});
    CHECK(m.run(100000).kind == ExitKind::BudgetSpent);
    CHECK(m.machine.cpu().instructions() == 100000);
    CHECK(m.registers.eip == CODE);
    CHECK(m.run(0).kind == ExitKind::BudgetSpent);
}

TEST_CASE("code that the kernel overwrites runs as written") {
    UnicornMachine m;
    m.code({0xB8, 1, 0, 0, 0, 0xCC});
    CHECK(m.run().vector == 3);
    CHECK(m.registers.eax == 1);
    for (int value = 2; value < 5; ++value) {
        m.code({0xB8, value, 0, 0, 0, 0xCC});
        CHECK(m.run().vector == 3);
        CHECK(m.registers.eax == static_cast<std::uint32_t>(value));
    }
    // Another count in the same place.
    const std::uint64_t before = m.machine.cpu().instructions();
    m.code({0x40, 0x40, 0x40, 0x40, 0x40, 0xCC});
    CHECK(m.run().vector == 3);
    CHECK(m.machine.cpu().instructions() - before == 6);
}

TEST_CASE("code that the guest overwrites runs as written, through its own page and through an alias") {
    for (const VirtAddr alias : {UnicornMachine::CODE, DATA}) {
        CAPTURE(alias.value);
        UnicornMachine m;
        const FrameNumber frame = m.pte(UnicornMachine::CODE).frame();
        m.map(UnicornMachine::CODE, frame, UnicornMachine::USER_WRITABLE);
        m.map(DATA, frame, UnicornMachine::USER_WRITABLE);
        // again: mov byte [ebx],cl; jmp +0; mov eax,imm8...; add edx,eax; inc ecx; cmp ecx,9; jne again; int3
        m.code({0x88, 0x0B, 0xEB, 0x00, 0xB8, 0, 0, 0, 0, 0x01, 0xC2, 0x41, 0x83, 0xF9, 9, 0x75, 0xEF, 0xCC});
        m.registers.ebx = alias.value + 5;
        m.registers.ecx = 1;
        CHECK(m.run(10000).vector == 3);
        CHECK(m.registers.edx == 36);
    }
}

TEST_CASE("code that the guest overwrites again and again is counted as it is each time") {
    for (const VirtAddr alias : {UnicornMachine::CODE, DATA}) {
        CAPTURE(alias.value);
        UnicornMachine m;
        const FrameNumber frame = m.pte(UnicornMachine::CODE).frame();
        m.map(UnicornMachine::CODE, frame, UnicornMachine::USER_WRITABLE);
        m.map(DATA, frame, UnicornMachine::USER_WRITABLE);
        // again: xor byte [ebx],0xF6; jmp +0; xchg ax,ax or nop and nop; dec ecx; jnz again; int3
        m.code({0x80, 0x33, 0xF6, 0xEB, 0x00, 0x66, 0x90, 0x49, 0x75, 0xF6, 0xCC});
        m.registers.ebx = alias.value + 5;
        m.registers.ecx = 10;
        CHECK(m.run(10000).vector == 3);
        CHECK(m.machine.cpu().instructions() == 10 * 4 + 5 * 1 + 5 * 2 + 1);
    }
}

TEST_CASE("a store through an alias that was writable before the code was translated is seen") {
    UnicornMachine m;
    const FrameNumber frame = m.pte(UnicornMachine::CODE).frame();
    const VirtAddr other{0x00600000};
    m.map(DATA, frame, UnicornMachine::USER_WRITABLE);
    m.map(other, UnicornMachine::USER_WRITABLE);
    m.write(other, {0xC6, 0x03, 0x90, 0xC6, 0x03, 2, 0xFF, 0xE6});  // two stores through DATA, jmp esi
    m.code({0xB8, 1, 0, 0, 0, 0xCC});
    m.registers.ebx = DATA.value + 1;
    m.registers.esi = CODE;
    for (int value = 2; value < 6; ++value) {
        m.write(other + 5, {value});
        m.registers.eip = other.value;
        CHECK(m.run().vector == 3);
        CHECK(m.registers.eax == static_cast<std::uint32_t>(value));
    }
}

TEST_CASE("contexts keep x87, SSE and segment state, and start as after reset") {
    UnicornMachine m;
    m.code({0xD9, 0xE8, 0x0F, 0x57, 0xC0, 0xCC});  // fld1; xorps xmm0,xmm0; int3
    CHECK(m.run().vector == 3);
    const auto with_one = m.machine.cpu().save_context();
    m.map(DATA, UnicornMachine::USER_WRITABLE);
    m.code({0xD9, 0xEE, 0xD9, 0xEE, 0xCC});  // fldz twice
    CHECK(m.run().vector == 3);
    m.machine.cpu().restore_context(*with_one);
    m.registers = m.machine.cpu().registers();
    m.registers.ebx = DATA.value;
    m.code({0xD9, 0x1B, 0xD9, 0x7B, 0x04, 0xCC});  // fstp dword [ebx]; fnstcw [ebx+4]
    CHECK(m.run().vector == 3);
    CHECK(m.read32(DATA) == 0x3F800000);
    CHECK((m.read32(DATA + 4) & 0xFFFF) == 0x37F);
    m.machine.cpu().restore_context(*m.machine.cpu().initial_context());
    CHECK(m.machine.cpu().registers().eax == 0);
    CHECK(m.machine.cpu().registers().eflags == 0x202);
}

TEST_CASE("an iret that claims virtual-8086 mode is refused, and the machine goes on in ring 3") {
    UnicornMachine m;
    const GdtLayout& layout = m.machine.descriptors().layout();
    m.registers.esp -= 36;
    m.write(VirtAddr(m.registers.esp), {0, 0, 0, 0, layout.user_cs(), 0, 0, 0, 0x02, 0x02, 0x02, 0});
    m.code({0xCF});
    check_exception(m.run(), Vector::GeneralProtection, 0, 0);  // where the iret led
    CHECK(m.registers.cs == layout.user_cs());
    CHECK((m.registers.eflags & Eflags::VM86) == 0);
    m.registers.esp = UnicornMachine::STACK.value;
    m.code({0x50, 0x40, 0xCC});
    CHECK(m.run().vector == 3);
}

TEST_CASE("pause goes on") {
    UnicornMachine m;
    m.code({0xF3, 0x90, 0x40, 0xF3, 0x90, 0x40, 0xCC});
    CHECK(m.run().vector == 3);
    CHECK(m.registers.eax == 2);
    CHECK(m.machine.cpu().instructions() == 5);
}

TEST_CASE("every reference reaches the Mmu and the observer when asked for") {
    struct Recorder : AccessObserver {
        std::vector<std::pair<std::uint32_t, Access>> seen;
        void on_access(VirtAddr page, Access access) override { seen.emplace_back(page.value, access); }
    } recorder;
    UnicornMachine m({.tracing = AccessTracing::EveryReference, .observer = &recorder});
    m.map(DATA, UnicornMachine::USER_WRITABLE);
    m.registers.ebx = DATA.value;
    m.code({0x8B, 0x03, 0x8B, 0x03, 0x01, 0x03, 0x0F, 0x31, 0xCC});  // load, load, add to memory, rdtsc
    CHECK(m.run().vector == 3);
    using Seen = std::pair<std::uint32_t, Access>;
    const std::vector<Seen> expected = {
        {CODE, Access::Fetch}, {DATA.value, Access::Read},  {CODE, Access::Fetch}, {DATA.value, Access::Read},
        {CODE, Access::Fetch}, {DATA.value, Access::Write}, {CODE, Access::Fetch}};
    CHECK(recorder.seen == expected);
}

TEST_CASE("stale entries answer when the modelled TLB is told to honour them") {
    UnicornMachine m({}, {.stale = StaleEntries::Honoured});
    const FrameNumber old = m.map(DATA, UnicornMachine::USER_WRITABLE);
    const FrameNumber other = m.take_frame();
    m.write(DATA, {1});
    m.machine.memory().write32(other.address(), 2);
    m.registers.ebx = DATA.value;
    m.code({0x8B, 0x03, 0x8B, 0x0B, 0xCC});
    REQUIRE(m.run(1).kind == ExitKind::BudgetSpent);
    CHECK(m.registers.eax == 1);
    m.map(DATA, other, UnicornMachine::USER_WRITABLE);  // and nobody says so
    REQUIRE(m.run(1).kind == ExitKind::BudgetSpent);
    CHECK(m.registers.ecx == 1);
    m.machine.mmu().invalidate(DATA, m.directory.address());
    m.registers.eip = CODE;
    REQUIRE(m.run(1).kind == ExitKind::BudgetSpent);
    CHECK(m.registers.eax == 2);
    CHECK(m.machine.memory().read32(old.address()) == 1);
}

TEST_CASE("cmpxchg8b in the middle of a block changes no flag but ZF") {
    UnicornMachine m;
    m.map(DATA, UnicornMachine::USER_WRITABLE);
    m.registers.ebx = DATA.value;
    m.registers.ecx = 0x80;
    m.code({0x83, 0xE9, 0x01, 0x0F, 0xC7, 0x0B, 0xCC});  // sub ecx,1; cmpxchg8b [ebx]; int3
    CHECK(m.run().vector == 3);
    CHECK((m.registers.eflags & 0x8D5) == 0x50);  // ZF of the comparison, AF of the subtraction
}

TEST_CASE("the time stamp is the number of instructions, and no instruction tells the host's time or chance") {
    UnicornMachine m;
    m.code({0x40, 0x40, 0x0F, 0x31, 0x40, 0xCC});  // inc eax twice; rdtsc; inc eax; int3
    CHECK(m.run().vector == 3);
    CHECK(m.registers.eax == 3);
    CHECK(m.registers.edx == 0);
    CHECK(m.machine.cpu().instructions() == 5);
    for (const auto code : {std::initializer_list<int>{0x0F, 0x01, 0xF9}, {0x0F, 0xC7, 0xF0}, {0x0F, 0xC7, 0xF8}}) {
        m.code(code);  // rdtscp, rdrand, rdseed
        check_exception(m.run(), Vector::InvalidOpcode, 0, CODE);
    }
}

TEST_CASE("flags that the processor does not have are not set") {
    UnicornMachine m;
    m.registers.eflags = 0xFFC08228;
    m.code({0x9C, 0x58, 0xCC});  // pushf; pop eax
    CHECK(m.run().vector == 3);
    CHECK(m.registers.eax == 0x202);
}
