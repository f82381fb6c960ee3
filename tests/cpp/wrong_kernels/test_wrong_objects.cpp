// SPDX-License-Identifier: GPL-2.0-only
// Kernels that get objects, chains of shadows, references or swap slots wrong.
#include "wrong_kernels/wrong_kernel.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr VirtAddr AT = VmFixture::AT;

/// Swapped out and in again: a page with a slot that is as new as it is.
void write_swap_and_read(WrongKernel& k) {
    k.write_one_page();
    CHECK(k.vm.daemon().free_one());
    CHECK(k.read(AT) == FaultResult::PageIn);
    CHECK(k.vm.swap().used() == 1);
}

}  // namespace

TEST_CASE("a kernel that drops a reference too often, or not often enough") {
    WrongKernel k;
    auto child = k.write_fork_write();
    std::uint32_t& references = Sabotage::references(*k.object_at().shadow());
    k.expect("counts references: 1, there are 2", [&] { --references; }, [&] { ++references; });
    k.expect("counts references: 3, there are 2", [&] { ++references; }, [&] { --references; });
}

TEST_CASE("a kernel that drops a reference of a file's object too often") {
    WrongKernel k;
    k.map_file(k.file(std::string(100, 'a')), 1, Sharing::Shared);
    std::uint32_t& references = Sabotage::references(k.object_at());
    k.expect("counts references: 0, there are 1", [&] { --references; }, [&] { ++references; });
}

TEST_CASE("a kernel in which an object does not know what stands in front of it") {
    WrongKernel k;
    auto child = k.write_fork_write();
    VmObject& front = k.object_at();
    std::vector<VmObject*>& fronts = Sabotage::shadowed_by(*front.shadow());
    k.expect("knows shadows in front: 0, there are 1", [&] { fronts.clear(); }, [&] { fronts.push_back(&front); });
}

TEST_CASE("a kernel that moves a page up that another process still sees") {
    WrongKernel k;
    k.write_one_page();
    auto child = k.fork(k.space);
    k.run_in(child);
    CHECK(k.value_at(AT) == 17);
    k.run_in(k.space);
    k.map(1, VmFixture::READ_WRITE, AT + 8 * PAGE_SIZE);
    VmObject& wrong = k.object_at(AT + 8 * PAGE_SIZE);
    k.expect(
        "maps another frame than the object chain shows",
        [&] { wrong.move_up(k.object_at(), PageIndex(0), PageIndex(0)); },
        [&] { k.object_at().move_up(wrong, PageIndex(0), PageIndex(0)); });
}

TEST_CASE("a kernel that leaves a page behind a shadow that covers it") {
    WrongKernel k;
    auto child = k.write_fork_write();
    k.run_in(child);
    CHECK(k.write(AT, 19) == FaultResult::MoveUp);
    VmObject& behind = *k.object_at().shadow();
    k.expect(
        "is seen by nobody", [&] { behind.insert_page(PageIndex(0), *k.vm.allocate_frame()); },
        [&] { behind.remove_page(PageIndex(0)); });
}

TEST_CASE("a kernel that does not merge an object with the one that stands alone in front of it") {
    WrongKernel k;
    k.write_one_page();
    Mapping& mapping = WrongKernel::mapping_of(*k.space);
    k.expect(
        "alone refers to object 1 and was not merged with it",
        [&] {
            Ref<VmObject> front = VmObject::create_shadow(mapping.object, PageIndex(0), 1);
            mapping.object->remove_mapping(mapping);
            mapping.object = front;
            mapping.object->add_mapping(*k.space, mapping);
            k.space->forget_entry(AT);
        },
        [&] { mapping.object->collapse(); });
    CHECK(k.value_at(AT) == 17);
}

TEST_CASE("a kernel that frees a swap slot twice") {
    WrongKernel k(64, {.swap_slots = 4});
    write_swap_and_read(k);
    const SwapSlot slot = k.object_at().swap_slot(PageIndex(0));
    k.expect(
        "names swap slot 0, which is free", [&] { k.vm.swap().free(slot); },
        [&] {
            Sabotage::slots(k.object_at()).exchange_swap_slot(PageIndex(0), SwapSlot());
            k.page_at().mark_dirty();
        });
}

TEST_CASE("a kernel that leaks a swap slot") {
    WrongKernel k(64, {.swap_slots = 4});
    write_swap_and_read(k);
    std::optional<SwapSlot> leaked;
    k.expect(
        "swap slot 1 is in use and belongs to no page", [&] { leaked = k.vm.swap().allocate(1)->first; },
        [&] { k.vm.swap().free(*leaked); });
}

TEST_CASE("a kernel that gives one swap slot to two pages") {
    WrongKernel k(64, {.swap_slots = 4});
    write_swap_and_read(k);
    k.map(1, VmFixture::READ_WRITE, AT + 8 * PAGE_SIZE);
    const SwapSlot slot = k.object_at().swap_slot(PageIndex(0));
    PageSlots& others = Sabotage::slots(k.object_at(AT + 8 * PAGE_SIZE));
    k.expect(
        "names swap slot 0, which belongs to another page too", [&] { others.exchange_swap_slot(PageIndex(0), slot); },
        [&] { others.exchange_swap_slot(PageIndex(0), SwapSlot()); });
}

TEST_CASE("a kernel that keeps a page past an object's end") {
    WrongKernel k;
    k.map(2, VmFixture::READ_WRITE);
    (void)k.write(AT + PAGE_SIZE, 1);
    auto page = Sabotage::slots(k.object_at()).take_page(PageIndex(1));
    Sabotage::index(*page) = PageIndex(5);
    k.space->forget_entry(AT + PAGE_SIZE);
    Sabotage::slots(k.object_at()).insert(PageIndex(5), std::move(page));
    CHECK(k.complaints().find("page 5 of object 1 lies past its end") != std::string::npos);
    k.object_at().remove_page(PageIndex(5));
}
