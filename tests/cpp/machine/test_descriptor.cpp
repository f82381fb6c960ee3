// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include "base/panic.hpp"
#include "machine/descriptor.hpp"

using namespace vmlab;

namespace {

constexpr FrameNumber FRAME{1};

struct Tables {
    PhysicalMemory memory{4 * PAGE_SIZE};
    DescriptorTables tables{memory, FRAME, GdtLayout{}};
};

}  // namespace

TEST_CASE("the flat segments have the bytes that every i386 system writes") {
    Tables t;
    CHECK(t.tables.segment(0) == 0);
    CHECK(t.tables.segment(1) == 0x00CF9B000000FFFF);
    CHECK(t.tables.segment(2) == 0x00CF93000000FFFF);
    CHECK(t.tables.segment(3) == 0x00CFFB000000FFFF);
    CHECK(t.tables.segment(4) == 0x00CFF3000000FFFF);
}

TEST_CASE("base and limit are spread over a descriptor as the manual draws them") {
    const SegmentDescriptor tls{
        .base = 0x12345678, .limit = 0xABCDE, .unit = SegmentDescriptor::Unit::Bytes, .dpl = Ring::User};
    CHECK(tls.encode() == 0x124AF3345678BCDE);
}

TEST_CASE("a slot outside the GDT is refused") {
    Tables t;
    CHECK_THROWS_AS(t.tables.set_segment(DescriptorTables::GDT_ENTRIES, 0), Panic);
}

TEST_CASE("a gate is the same after encoding and decoding") {
    const Gate gate{.handler = 0xC0123456, .selector = 0x08, .dpl = Ring::User, .kind = Gate::Kind::Trap};
    CHECK(gate.encode() == 0xC012EF0000083456);
    const Gate back = Gate::decode(gate.encode());
    CHECK(back.handler == gate.handler);
    CHECK(back.selector == gate.selector);
    CHECK(back.dpl == Ring::User);
    CHECK(back.kind == Gate::Kind::Trap);
}

TEST_CASE("a gate's bytes in RAM decide who may raise its vector") {
    Tables t;
    CHECK_FALSE(t.tables.user_may_raise(0x80));
    t.tables.set_gate(0x80, {.selector = 0x08, .dpl = Ring::User});
    CHECK(t.tables.user_may_raise(0x80));
    const PhysAddr high = FRAME.address() + (DescriptorTables::IDT_OFFSET + 0x80 * 8 + 4);
    t.memory.write32(high, t.memory.read32(high) & ~0x8000U);
    CHECK_FALSE(t.tables.user_may_raise(0x80));
    t.tables.set_gate(0x80, {.selector = 0x08, .dpl = Ring::Kernel});
    CHECK_FALSE(t.tables.user_may_raise(0x80));
}

TEST_CASE("esp0 lies in the TSS with the kernel's stack segment after it") {
    Tables t;
    t.tables.set_esp0(VirtAddr(0xC0003000));
    CHECK(t.tables.esp0() == VirtAddr(0xC0003000));
    CHECK(t.memory.read32(FRAME.address() + (DescriptorTables::TSS_OFFSET + 4)) == 0xC0003000);
    CHECK(t.memory.read32(FRAME.address() + (DescriptorTables::TSS_OFFSET + 8)) == GdtLayout{}.kernel_ss());
}

TEST_CASE("the TSS is not in the GDT") {
    Tables t;
    for (std::uint32_t slot = 0; slot < DescriptorTables::GDT_ENTRIES; ++slot) {
        const bool system = (t.tables.segment(slot) >> 47 & 1) != 0 && (t.tables.segment(slot) >> 44 & 1) == 0;
        CHECK_FALSE(system);
    }
}
