// SPDX-License-Identifier: GPL-2.0-only
// What the engine remembers of a page goes when the Mmu says so, page by page or all at once.
#include <doctest/doctest.h>

#include <vector>

#include "machine/vector.hpp"
#include "unicorn_machine.hpp"

using namespace vmlab;
using namespace vmlab::test;

namespace {

constexpr VirtAddr CODE = UnicornMachine::CODE;
constexpr VirtAddr DATA{0x00500000};
constexpr auto BREAKPOINT = static_cast<std::uint8_t>(Vector::Breakpoint);

/// One that forgets single pages, and one that forgets all.
struct BothWays {
    UnicornMachine by_page;
    UnicornMachine all{{.shortcuts = EngineShortcuts::Never}};

    template <typename Act>
    void each(const Act& act) {
        act(by_page);
        act(all);
        CHECK(by_page.machine.cpu().instructions() == all.machine.cpu().instructions());
    }
};

/// Runs `mov eax, [ebx]; int3`.
std::uint32_t load(UnicornMachine& m, VirtAddr from) {
    m.code({0x8B, 0x03, 0xCC});
    m.registers.ebx = from.value;
    CHECK(m.run().vector == BREAKPOINT);
    return m.registers.eax;
}

CpuExit jump(UnicornMachine& m, VirtAddr to) {
    m.registers.eip = to.value;
    return m.run();
}

}  // namespace

TEST_CASE("a page that was changed shows what it is now, to loads and to stores") {
    BothWays().each([](UnicornMachine& m) {
        m.map(DATA, UnicornMachine::USER_WRITABLE);
        m.write(DATA, {7});
        CHECK(load(m, DATA) == 7);
        const FrameNumber other = m.take_frame();
        m.change(DATA, Pte(other, UnicornMachine::USER));
        m.write(DATA, {9});
        CHECK(load(m, DATA) == 9);
        m.code({0x89, 0x03, 0xCC});  // mov [ebx], eax
        const CpuExit exit = m.run();
        CHECK(exit.kind == ExitKind::PageFault);
        CHECK(exit.error_code == 7);
    });
}

TEST_CASE("more pages are changed at a time than are remembered one by one") {
    BothWays().each([](UnicornMachine& m) {
        constexpr std::uint32_t PAGES = 3 * Mmu::PAGES_REMEMBERED;
        for (std::uint32_t i = 0; i < PAGES; ++i) {
            m.map(DATA + i * PAGE_SIZE, UnicornMachine::USER_WRITABLE);
            CHECK(load(m, DATA + i * PAGE_SIZE) == 0);
        }
        for (const std::uint32_t changed : {PAGES, std::uint32_t{1}, std::uint32_t{Mmu::PAGES_REMEMBERED}}) {
            for (std::uint32_t i = 0; i < changed; ++i) {
                m.change(DATA + i * PAGE_SIZE, Pte(m.take_frame(), UnicornMachine::USER));
                m.write(DATA + i * PAGE_SIZE, {static_cast<int>(changed)});
            }
            for (std::uint32_t i = 0; i < changed; ++i) {
                CHECK(load(m, DATA + i * PAGE_SIZE) == changed);
            }
        }
    });
}

TEST_CASE("what a forgotten page holds is what runs when the guest jumps there") {
    BothWays().each([](UnicornMachine& m) {
        const FrameNumber frame = m.map(DATA, UnicornMachine::USER_WRITABLE);
        m.write(DATA, {0xB8, 5, 0, 0, 0, 0xCC});  // mov eax, 5; int3
        CHECK(load(m, DATA) == 0x05B8);
        m.change(DATA, Pte(frame, UnicornMachine::USER));
        CHECK(jump(m, DATA).vector == BREAKPOINT);
        CHECK(m.registers.eax == 5);
    });
}

TEST_CASE("a jump to a forgotten page that is absent faults") {
    BothWays().each([](UnicornMachine& m) {
        m.map(DATA, UnicornMachine::USER_WRITABLE);
        CHECK(load(m, DATA) == 0);
        m.change(DATA, Pte());
        const CpuExit exit = jump(m, DATA + 0x40);
        CHECK(exit.kind == ExitKind::PageFault);
        CHECK(exit.error_code == 4);
        CHECK(exit.access == Access::Fetch);
        CHECK(exit.address == DATA + 0x40);
    });
}

TEST_CASE("an instruction that goes on in a forgotten page is read from that page") {
    BothWays().each([](UnicornMachine& m) {
        const VirtAddr second = CODE + PAGE_SIZE;
        const FrameNumber frame = m.map(second, UnicornMachine::USER_WRITABLE);
        m.write(second, {0x33, 0x22, 0x11, 0xCC});
        m.write(second - 2, {0xB8, 0x44});  // mov eax, 0x11223344; int3
        CHECK(load(m, second) == 0xCC112233);
        m.change(second, Pte(frame, UnicornMachine::USER));
        CHECK(jump(m, second - 2).vector == BREAKPOINT);
        CHECK(m.registers.eax == 0x11223344);
    });
}

TEST_CASE("code that ran is forgotten with its page") {
    BothWays().each([](UnicornMachine& m) {
        m.map(DATA, UnicornMachine::USER);
        m.write(DATA, {0xB8, 5, 0, 0, 0, 0xCC});
        CHECK(jump(m, DATA).vector == BREAKPOINT);
        m.change(DATA, Pte(m.take_frame(), UnicornMachine::USER));
        m.write(DATA, {0xB8, 6, 0, 0, 0, 0xCC});
        CHECK(jump(m, DATA).vector == BREAKPOINT);
        CHECK(m.registers.eax == 6);
    });
}

TEST_CASE("an entry that allows more than before is asked for when it is needed") {
    BothWays().each([](UnicornMachine& m) {
        const FrameNumber frame = m.map(DATA, UnicornMachine::USER);
        CHECK(load(m, DATA) == 0);
        m.map(DATA, frame, UnicornMachine::USER_WRITABLE);
        m.machine.mmu().invalidate_widened(DATA, m.directory.address());
        m.code({0x89, 0x1B, 0xCC});  // mov [ebx], ebx
        CHECK(m.run().vector == BREAKPOINT);
        CHECK(m.read32(DATA) == DATA.value);
    });
}

TEST_CASE("a frame that is to be kept is told of before a guest writes it, though the guest wrote it before") {
    struct Keeper : FrameKeeper {
        void frame_about_to_change(FrameNumber frame) override { told.push_back(frame); }
        std::vector<FrameNumber> told;
    };
    BothWays().each([](UnicornMachine& m) {
        Keeper keeper;
        m.machine.memory().set_keeper(&keeper);
        const FrameNumber frame = m.map(DATA, UnicornMachine::USER_WRITABLE);
        m.registers.ebx = DATA.value;
        m.code({0x89, 0x1B, 0xCC});
        CHECK(m.run().vector == BREAKPOINT);
        m.machine.memory().keep(frame);
        m.machine.mmu().revoke_grants();
        CHECK(load(m, DATA) == DATA.value);
        CHECK(keeper.told.empty());
        m.code({0x89, 0x1B, 0x89, 0x1B, 0xCC});
        CHECK(m.run().vector == BREAKPOINT);
        CHECK(keeper.told == std::vector<FrameNumber>{frame});
        m.machine.memory().set_keeper(nullptr);
    });
}

TEST_CASE("registers, flags and the floating-point state are the same by the shortcut as by the interface") {
    BothWays both;
    std::vector<Registers> seen;
    std::vector<FloatingPoint> floating;
    both.each([&](UnicornMachine& m) {
        FloatingPoint state{.control = 0x27F, .status = 5U << 11, .tags = 0x0FFF, .mxcsr = 0x1FA0};
        for (std::size_t i = 0; i < 8; ++i) {
            state.st[i].fill(static_cast<std::byte>(i + 1));
            state.xmm[i].fill(static_cast<std::byte>(0x80 + i));
        }
        m.machine.cpu().set_floating_point(state);
        m.registers.eax = 0x7FFFFFFF;
        m.registers.ecx = 1;
        m.registers.edi = 0xDEADBEEF;
        m.registers.eflags = 0x202 | 0x400;
        m.code({0x01, 0xC8, 0x0F, 0x57, 0xC1, 0xD9, 0xF7, 0xCC});  // add eax, ecx; xorps xmm0, xmm1; fincstp; int3
        CHECK(m.run().vector == BREAKPOINT);
        CHECK(m.registers.eax == 0x80000000);
        seen.push_back(m.registers);
        floating.push_back(m.machine.cpu().floating_point());
        CHECK(floating.back().top() == 6);
        CHECK(floating.back().xmm[0][3] == std::byte{0x01});
    });
    CHECK(seen[0] == seen[1]);
    CHECK(floating[0] == floating[1]);
}
