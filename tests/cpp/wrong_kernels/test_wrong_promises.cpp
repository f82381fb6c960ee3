// SPDX-License-Identifier: GPL-2.0-only
// Kernels that get promised memory, zones, devices or swapped kernel stacks wrong.
#include "wrong_kernels/wrong_kernel.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr VirtAddr AT = VmFixture::AT;

}  // namespace

TEST_CASE("a kernel that miscounts what it promised") {
    WrongKernel k;
    k.map(3, VmFixture::READ_WRITE);
    CommitAccount& commit = k.vm.commit();
    k.expect("4 pages count as promised, there are 3", [&] { commit.charge(1); }, [&] { commit.uncharge(1); });
    k.expect("2 pages count as promised, there are 3", [&] { commit.uncharge(1); }, [&] { commit.charge(1); });
}

TEST_CASE("a kernel that gives memory without a promise, or promises shared memory to each who maps it") {
    WrongKernel k;
    k.map(1, VmFixture::READ_WRITE);
    Commitment& commitment = const_cast<Mapping&>(*k.space->find_mapping(AT)).commitment;
    k.expect(
        "begins private memory that was never promised", [&] { commitment = Commitment::None; },
        [&] { commitment = Commitment::Charged; });
    constexpr VirtAddr SHARED{0x20000000};
    REQUIRE(k.space
                ->map({.address = SHARED,
                       .length = PAGE_SIZE,
                       .placement = Placement::Fixed,
                       .protection = {VmFixture::READ_WRITE},
                       .sharing = Sharing::Shared})
                .ok());
    Commitment& shared = const_cast<Mapping&>(*k.space->find_mapping(SHARED)).commitment;
    k.expect(
        "begins shared memory that counts a page a mapping", [&] { shared = Commitment::Charged; },
        [&] { shared = Commitment::None; });
    Commitment& whole = Sabotage::commitment(*k.space->find_mapping(SHARED)->object);
    k.expect(
        "counts as promised and nobody shares it, or the other way round", [&] { whole = Commitment::None; },
        [&] { whole = Commitment::Charged; });
}

TEST_CASE("a kernel that charges a page to the domain of another zone") {
    VmConfig config;
    config.profile.dma_frames = 16;
    WrongKernel k(64, config);
    k.write_one_page();
    std::uint16_t& domain = Sabotage::domain(k.page_at());
    REQUIRE(domain == 1);
    k.expect("is charged to the domain of another zone than its frame's", [&] { domain = 0; }, [&] { domain = 1; });
}

TEST_CASE("a kernel that takes an ordinary page for a device's") {
    WrongKernel k;
    k.write_one_page();
    PageState& state = Sabotage::state(k.page_at());
    k.expect(
        "counts as a device's, or its object does, and not both", [&] { state = PageState::Device; },
        [&] { state = PageState::Active; });
}

TEST_CASE("a kernel that gives the slot of a swapped kernel stack away") {
    WrongKernel k(64, {.swap_slots = 1});
    const FrameNumber frame = k.machine.frames().allocate(FrameUse::KernelStack).value();
    const SwapSlot slot = k.vm.swapper().take_out(frame).value();
    k.expect(
        "of the kernel's is free, or a page's too", [&] { k.vm.swap().free(slot); },
        [&] { CHECK(k.vm.swap().allocate(1)->first == slot); });
    k.vm.swapper().forget(slot);
}
