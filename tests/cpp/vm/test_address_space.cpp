// SPDX-License-Identifier: GPL-2.0-only
#include "vm/vm_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

TEST_CASE("unmap in the middle splits a mapping, keeps both ends' pages and frees the middle's frame") {
    VmFixture f;
    f.map(3, VmFixture::READ_WRITE);
    f.write_numbers(3);
    const std::uint32_t frames = f.vm.page_frames();
    REQUIRE(f.space->unmap(pages_at(VmFixture::AT + PAGE_SIZE, 1)).ok());
    CHECK(f.space->mappings().size() == 2);
    CHECK(f.vm.page_frames() == frames - 1);
    CHECK(f.read(VmFixture::AT + PAGE_SIZE) == FaultResult::NoMapping);
    CHECK(f.value_at(VmFixture::AT) == 1);
    CHECK(f.value_at(VmFixture::AT + 2 * PAGE_SIZE) == 3);
}

TEST_CASE("a fixed mapping replaces what was there; one that may not replace says overlap") {
    VmFixture f;
    f.map(2, VmFixture::READ_WRITE);
    (void)f.write(VmFixture::AT, 7);
    MapRequest request;
    request.address = VmFixture::AT;
    request.length = PAGE_SIZE;
    request.protection = {VmFixture::READ};
    request.placement = Placement::FixedNoReplace;
    CHECK(f.space->map(request).error() == VmError::Overlap);
    request.placement = Placement::Fixed;
    CHECK(f.space->map(request).value() == VmFixture::AT);
    CHECK(f.value_at(VmFixture::AT) == 0);
}

TEST_CASE("pages that are mapped in their own place stay, and those that nothing shows any more go") {
    VmFixture f;
    const auto map = [&f](std::uint32_t pages, Ref<VmObject> object, PageIndex offset) {
        return f.space->map({.address = VmFixture::AT,
                             .length = std::uint64_t{pages} * PAGE_SIZE,
                             .placement = Placement::Fixed,
                             .protection = {VmFixture::READ_WRITE},
                             .sharing = Sharing::Shared,
                             .object = std::move(object),
                             .offset = offset});
    };
    const auto object = [&f] { return f.space->find_mapping(VmFixture::AT)->object; };
    REQUIRE(map(3, nullptr, PageIndex(0)).ok());
    f.write_numbers(3);
    const std::uint32_t frames = f.vm.page_frames();
    REQUIRE(map(3, object(), PageIndex(0)).ok());
    CHECK(f.vm.page_frames() == frames);
    for (std::uint32_t page = 0; page < 3; ++page) {
        CHECK(f.value_at(VmFixture::AT + page * PAGE_SIZE) == page + 1);
    }
    REQUIRE(map(2, object(), PageIndex(1)).ok());
    CHECK(f.vm.page_frames() == frames - 1);
    CHECK(f.value_at(VmFixture::AT) == 2);
    CHECK(f.value_at(VmFixture::AT + PAGE_SIZE) == 3);
    CHECK(f.value_at(VmFixture::AT + 2 * PAGE_SIZE) == 3);
    CHECK(object()->mapping_count() == 2);
}

TEST_CASE("mmap looks for room downwards from the layout's top and takes a good hint") {
    VmFixture f;
    MapRequest request;
    request.length = 1;
    request.protection = {VmFixture::READ};
    const VirtAddr top = SpaceLayout{}.mmap_top;
    CHECK(f.space->map(request).value() == top - PAGE_SIZE);
    CHECK(f.space->map(request).value() == top - 2 * PAGE_SIZE);
    REQUIRE(f.space->unmap(pages_at(top - PAGE_SIZE, 1)).ok());
    CHECK(f.space->map(request).value() == top - PAGE_SIZE);
    request.placement = Placement::Hint;
    request.address = VirtAddr(0x20000123);
    CHECK(f.space->map(request).value() == VirtAddr(0x20000000));
}

TEST_CASE("absurd sizes and addresses are errors") {
    VmFixture f;
    MapRequest request;
    CHECK(f.space->map(request).error() == VmError::Invalid);
    request.length = std::uint64_t{1} << 33;
    CHECK(f.space->map(request).error() == VmError::NoMemory);
    request.length = 0xC0000000;
    CHECK(f.space->map(request).error() == VmError::NoMemory);
    request.placement = Placement::Fixed;
    request.address = VirtAddr(0xBFFFF000);
    request.length = 2 * PAGE_SIZE;
    CHECK(f.space->map(request).error() == VmError::NoMemory);
    request.address = VirtAddr(0x1001);
    CHECK(f.space->map(request).error() == VmError::Invalid);
    CHECK(f.space->unmap({VirtAddr(0x1000), 0x1000}).error() == VmError::Invalid);
    CHECK(f.space->unmap({VirtAddr(0xFFFFF000), std::uint64_t{1} << 32}).error() == VmError::Invalid);
}

TEST_CASE("protect stops at a hole, having changed what lies before it") {
    VmFixture f;
    f.map(1, VmFixture::READ_WRITE);
    CHECK(f.space->protect(pages_at(VmFixture::AT, 2), {VmFixture::READ}).error() == VmError::NotMapped);
    CHECK(f.space->find_mapping(VmFixture::AT)->protection == Protection{VmFixture::READ});
}

TEST_CASE("the breakpoint moves both ways, and what was given back reads zero when it returns") {
    VmFixture f;
    const VirtAddr start(0x08100000);
    f.space->set_heap_start(start);
    REQUIRE(f.space->set_break(start + 3 * PAGE_SIZE).ok());
    (void)f.write(start + 2 * PAGE_SIZE, 5);
    REQUIRE(f.space->set_break(start + PAGE_SIZE).ok());
    CHECK(f.read(start + 2 * PAGE_SIZE) == FaultResult::NoMapping);
    REQUIRE(f.space->set_break(start + 3 * PAGE_SIZE + 1).ok());
    CHECK(f.value_at(start + 2 * PAGE_SIZE) == 0);
    CHECK(f.space->mappings().size() == 1);
    CHECK(f.space->set_break(start - 1).error() == VmError::Invalid);
    f.map(1, VmFixture::READ, start + 8 * PAGE_SIZE);
    CHECK(f.space->set_break(start + 9 * PAGE_SIZE).error() == VmError::NoMemory);
}

TEST_CASE("peek looks without effects") {
    VmFixture f;
    f.map(2, VmFixture::READ_WRITE);
    (void)f.write(VmFixture::AT + PAGE_SIZE, 0x01020304);
    const std::uint64_t events = f.tracer.count();
    std::array<std::byte, 8> bytes{};
    REQUIRE(f.space->peek(VmFixture::AT + (PAGE_SIZE - 4), bytes));
    CHECK(bytes[3] == std::byte{0});
    CHECK(bytes[4] == std::byte{4});
    CHECK_FALSE(f.space->peek(VmFixture::AT + (2 * PAGE_SIZE - 4), bytes));
    CHECK(f.tracer.count() == events);
}

TEST_CASE("a user's page takes the place of another, whose D bit and wire are kept") {
    VmFixture f(64, {.swap_slots = 8});
    f.map(2, VmFixture::READ_WRITE);
    (void)f.write(VmFixture::AT, 17);
    REQUIRE(f.space->set_wiring(pages_at(VmFixture::AT, 1), Wiring::Wired).ok());
    auto child = f.fork(f.space);
    const auto frame = f.vm.allocate_frame(FrameUse::Handler);
    f.machine.memory().zero_frame(*frame);
    REQUIRE(f.space->install_page(VmFixture::AT, *frame, {VmFixture::READ_WRITE}).ok());
    CHECK(f.vm.wired_pages() == 1);
    child->forget_entry(VmFixture::AT);
    while (f.vm.daemon().free_one()) {
    }
    f.run_in(child);
    CHECK(f.value_at(VmFixture::AT) == 17);
    f.run_in(f.space);
    CHECK(f.value_at(VmFixture::AT) == 0);
}

TEST_CASE("a user's page that cannot be installed leaves the old one in place") {
    VmFixture f(16);
    const auto file = f.file(std::string(100, 'a'));
    f.map_file(file, 2, Sharing::Shared, VirtAddr(0x30000000));
    f.map(1, VmFixture::READ_WRITE);
    (void)f.write(VmFixture::AT, 17);
    const auto frame = f.vm.allocate_frame(FrameUse::Handler);
    const auto past_end = f.space->install_page(VirtAddr(0x30001000), *frame, {VmFixture::READ_WRITE});
    CHECK(past_end.error() == VmError::NotMapped);
    f.space->forget_entry(VmFixture::AT);
    std::vector<FrameNumber> taken;
    while (const auto other = f.machine.frames().allocate(FrameUse::KernelStack)) {
        taken.push_back(*other);
    }
    CHECK(f.space->install_page(VmFixture::AT, *frame, {VmFixture::READ_WRITE}).error() == VmError::NoMemory);
    CHECK(f.value_at(VmFixture::AT) == 17);
    for (const FrameNumber other : taken) {
        f.machine.frames().free(other);
    }
    f.vm.free_frame(*frame);
}

TEST_CASE("a user's page may be installed where nothing is mapped, but not with more rights than a mapping has") {
    VmFixture f;
    const auto frame = f.vm.allocate_frame(FrameUse::Handler);
    REQUIRE(frame.has_value());
    CHECK(f.space->install_page(VirtAddr(0xC0000000), *frame, {VmFixture::READ}).error() == VmError::Invalid);
    f.map(1, VmFixture::READ);
    CHECK(f.space->install_page(VmFixture::AT, *frame, {VmFixture::READ_WRITE}).error() == VmError::AccessDenied);
    REQUIRE(f.space->install_page(VirtAddr(0x30000000), *frame, {VmFixture::READ_WRITE}).ok());
    CHECK_FALSE(f.write(VirtAddr(0x30000000), 3).has_value());
}

TEST_CASE("a heap ends with the page of its last byte, or with that byte, as the layout says") {
    for (const auto edge : {SpaceLayout::HeapEdge::Page, SpaceLayout::HeapEdge::Byte}) {
        VmFixture f;
        auto space = AddressSpace::create(f.vm, SpaceLayout{.heap_edge = edge});
        f.others.push_back(space);
        const VirtAddr start = VmFixture::AT;
        space->set_heap_start(start);
        CHECK(space->set_break(start + PAGE_SIZE + 100).ok());
        f.run_in(space);
        CHECK(f.write(start + PAGE_SIZE - 4, 1) == FaultResult::ZeroFill);
        const bool ends_with_byte = edge == SpaceLayout::HeapEdge::Byte;
        CHECK(f.write(start + PAGE_SIZE + 100, 1) == (ends_with_byte ? FaultResult::NoMapping : FaultResult::ZeroFill));
        CHECK(f.write(start + PAGE_SIZE + 96, 1).has_value() == ends_with_byte);
        f.run_in(f.space);
        f.exit(space);
    }
}

TEST_CASE("a heap that is wanted at once says whether a page or a page table had no frame, and has not grown") {
    std::uint32_t without_table = 0;
    for (std::uint32_t frames = 12; frames < 24; ++frames) {
        VmFixture f(frames, {.profile = {.heap = HeapGrowth::Eager}});
        const VirtAddr start((1U << 22) - 8 * PAGE_SIZE);  // eight pages, and then the next table
        f.space->set_heap_start(start);
        const std::uint32_t used = f.machine.frames().used();
        const auto grown = f.space->set_break(start + 16 * PAGE_SIZE);
        if (!grown) {
            CHECK((grown.error() == VmError::NoTable || grown.error() == VmError::NoMemory));
            without_table += grown.error() == VmError::NoTable ? 1 : 0;
            CHECK(f.space->heap_end() == start);
            CHECK(f.vm.page_frames() == 0);
            CHECK(f.space->mappings().empty());
            CHECK(f.machine.frames().used() >= used);
        }
    }
    CHECK(without_table == 1);
}
