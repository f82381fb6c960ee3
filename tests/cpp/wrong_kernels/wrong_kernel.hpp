// SPDX-License-Identifier: GPL-2.0-only
// WrongKernel: leaves the state that a kernel with one mistake would leave, and expects check() to name the mistake.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "vm/vm_fixture.hpp"

namespace vmlab {

/// What no kernel can reach from outside of the classes: their private books.
struct Sabotage {
    static std::uint32_t& references(RefCounted& counted) { return counted.ref_count_; }
    static PageSlots& slots(VmObject& object) { return object.slots_; }
    static std::vector<VmObject*>& shadowed_by(VmObject& object) { return object.shadowed_by_; }
    static Commitment& commitment(VmObject& object) { return object.commitment_; }
    static PageIndex& index(Page& page) { return page.index_; }
    static std::uint16_t& domain(Page& page) { return page.domain_; }
    static PageState& state(Page& page) { return page.state_; }
    static FrameList& standby(VirtualMemory& vm) { return vm.standby_; }
    static std::vector<Page*>& pages(VirtualMemory& vm) { return vm.pages_; }
};

}  // namespace vmlab

namespace vmlab_test {

struct WrongKernel : VmFixture {
    using VmFixture::VmFixture;

    /// Makes the mistake, expects a complaint with these words and none before, and takes the mistake back.
    void expect(std::string_view words, const std::function<void()>& mistake, const std::function<void()>& mend) {
        CHECK_MESSAGE(complaints().empty(), complaints());
        mistake();
        const std::string named = complaints();
        CHECK_MESSAGE(named.find(words) != std::string::npos, named);
        mend();
        CHECK_MESSAGE(complaints().empty(), complaints());
    }

    [[nodiscard]] std::string complaints() {
        std::vector<vmlab::AddressSpace*> spaces{space.get()};
        for (const auto& other : others) {
            spaces.push_back(other.get());
        }
        std::string all;
        for (const std::string& violation : vmlab::check_invariants(vm, spaces)) {
            all += violation + "\n";
        }
        return all;
    }

    /// One page at AT that was written.
    void write_one_page() {
        map(1, READ_WRITE);
        CHECK(write(AT, 17) == vmlab::FaultResult::ZeroFill);
    }
    /// The same, read by a forked child too, and since then written by the parent.
    vmlab::Ref<vmlab::AddressSpace> write_fork_write() {
        write_one_page();
        auto child = fork(space);
        CHECK(write(AT, 18) == vmlab::FaultResult::CopyUp);
        return child;
    }

    /// Behind the back of the const that mappings are shown with.
    static vmlab::Mapping& mapping_of(vmlab::AddressSpace& of, vmlab::VirtAddr va = AT) {
        return const_cast<vmlab::Mapping&>(*of.find_mapping(va));
    }
    vmlab::VmObject& object_at(vmlab::VirtAddr va = AT) { return *mapping_of(*space, va).object; }
    vmlab::Page& page_at(vmlab::VirtAddr va = AT) { return *vm.page_of(space->pmap().lookup(va).frame()); }

    /// Changes the bits of a PTE in RAM and tells the TLB nothing.
    void flip_entry(vmlab::AddressSpace& of, vmlab::VirtAddr va, std::uint32_t bits) {
        const vmlab::PhysAddr entry = machine.mmu().walk(va, of.pmap().root()).leaf().address;
        machine.memory().write32(entry, machine.memory().read32(entry) ^ bits);
    }
};

}  // namespace vmlab_test
