// SPDX-License-Identifier: GPL-2.0-only
// Each case breaks one rule behind the virtual memory's back and expects the check to name it.
#include "vm/vm_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

/// What the check says, joined; the fault is then mended by the caller.
std::string complaints(VmFixture& f) {
    std::string all;
    for (const std::string& violation : check_invariants(f.vm, {f.space.get()})) {
        all += violation + "\n";
    }
    return all;
}

/// Where the leaf entry of a mapped page lies.
PhysAddr entry_of(VmFixture& f, VirtAddr va) { return f.machine.mmu().walk(va).leaf().address; }

}  // namespace

TEST_CASE("a PTE that maps another frame, or is writable without right, is named") {
    VmFixture f;
    f.map(1, VmFixture::READ);
    (void)f.read(VmFixture::AT);
    f.machine.mmu().flush();
    const PhysAddr entry = entry_of(f, VmFixture::AT);
    const std::uint32_t right = f.machine.memory().read32(entry);
    CHECK(complaints(f).empty());
    f.machine.memory().write32(entry, right | PteBits::WRITABLE);
    CHECK(complaints(f).find("is writable") != std::string::npos);
    f.machine.memory().write32(entry, right ^ (1U << PAGE_SHIFT));
    CHECK(complaints(f).find("another frame") != std::string::npos);
    f.machine.memory().write32(entry, right);
}

TEST_CASE("a PTE where nothing is mapped is named") {
    VmFixture f;
    f.map(1, VmFixture::READ);
    (void)f.read(VmFixture::AT);
    const PhysAddr next = entry_of(f, VmFixture::AT) + 4;
    f.machine.memory().write32(next, f.machine.memory().read32(next - 4));
    CHECK(complaints(f).find("where nothing is mapped") != std::string::npos);
    f.machine.memory().write32(next, 0);
}

TEST_CASE("a TLB entry that was not flushed is named") {
    VmFixture f;
    f.map(1, VmFixture::READ_WRITE);
    (void)f.write(VmFixture::AT, 1);
    const PhysAddr entry = entry_of(f, VmFixture::AT);
    const std::uint32_t right = f.machine.memory().read32(entry);
    f.machine.memory().write32(entry, right & ~PteBits::WRITABLE);
    CHECK(complaints(f).find("stale") != std::string::npos);
    f.machine.memory().write32(entry, right);
}

TEST_CASE("a frame that nobody counts is named") {
    VmFixture f;
    const auto frame = f.machine.frames().allocate(FrameUse::Page);
    CHECK(complaints(f).find("page frames") != std::string::npos);
    f.machine.frames().free(*frame);
    const auto table = f.machine.frames().allocate(FrameUse::PageTable);
    CHECK(complaints(f).find("page tables") != std::string::npos);
    f.machine.frames().free(*table);
}
