// SPDX-License-Identifier: GPL-2.0-only
// That the shortcuts prove right with the library at hand: without them all would run, slowly, and nobody would notice.
#include "machine/cpu_unicorn_setup.hpp"

#include <doctest/doctest.h>

#include "machine/descriptor.hpp"
#include "unicorn_machine.hpp"

using namespace vmlab;
using namespace vmlab::test;

namespace {

constexpr VirtAddr GDT{0xC0000000};
constexpr FrameNumber GDT_FRAME{0};

struct FreshEngine {
    PhysicalMemory memory{16 * PAGE_SIZE};
    GdtLayout layout;
    DescriptorTables descriptors{memory, GDT_FRAME, layout};
    UnicornEngine engine{engines_for_tests().unicorn, {memory.data(), memory.size()}};
    EnginePrivates privates = set_up_engine(engine, GDT, GDT_FRAME, layout);
};

}  // namespace

TEST_CASE("a single translation is replaced") { CHECK(FreshEngine().privates.replaces_translations); }

#if defined(__linux__) && defined(__x86_64__)

TEST_CASE("a fault's address and the registers are found in the library that was looked into") {
    FreshEngine fresh;
    CHECK(fresh.privates.fault_address.has_value());
    REQUIRE(fresh.privates.live_registers != nullptr);
    fresh.engine.write_register(UC_X86_REG_ESI, 0x12345678);
    CHECK(fresh.privates.live_registers->general[6] == 0x12345678);
}

#endif

TEST_CASE("the probes leave nothing behind") {
    FreshEngine fresh;
    Registers registers;
    fresh.engine.read_general(registers);
    fresh.engine.read_selectors(registers);
    CHECK(registers.cs == fresh.layout.user_cs());
    CHECK(registers.eflags == 0x202);
    CHECK((registers.eax | registers.ecx | registers.edx | registers.ebx | registers.esi | registers.edi |
           registers.ebp | registers.esp) == 0);
    CHECK(fresh.engine.read_floating_point() == FloatingPoint{});
}
