// SPDX-License-Identifier: GPL-2.0-only
#include "vm/vm_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

TEST_CASE("an untouched page is zero-filled once, and then resident") {
    VmFixture f;
    f.map(2, VmFixture::READ_WRITE);
    CHECK(f.write(VmFixture::AT, 17) == FaultResult::ZeroFill);
    CHECK_FALSE(f.read(VmFixture::AT).has_value());
    CHECK(f.value_at(VmFixture::AT) == 17);
    CHECK(f.value_at(VmFixture::AT + PAGE_SIZE) == 0);
    CHECK(f.vm.counters().minor_faults == 2);
    CHECK(f.vm.counters().major_faults == 0);
}

TEST_CASE("nothing mapped, and rights that forbid it, are failures with their names") {
    VmFixture f;
    f.map(1, VmFixture::READ);
    CHECK(f.read(VmFixture::AT - PAGE_SIZE) == FaultResult::NoMapping);
    CHECK(f.write(VmFixture::AT, 1) == FaultResult::Protection);
    f.map(1, 0, VmFixture::AT + PAGE_SIZE);
    CHECK(f.read(VmFixture::AT + PAGE_SIZE) == FaultResult::Protection);
}

TEST_CASE("a file's page comes in at the first read and is copied up at the first private write") {
    VmFixture f;
    const auto file = f.file(std::string(PAGE_SIZE, 'a'));
    f.map_file(file, 1, Sharing::Private);
    CHECK(f.read(VmFixture::AT) == FaultResult::PageIn);
    CHECK(f.vm.counters().major_faults == 1);
    CHECK(f.write(VmFixture::AT, 0x62626262) == FaultResult::CopyUp);
    CHECK(f.value_at(VmFixture::AT) == 0x62626262);
    CHECK(f.value_at(VmFixture::AT + 4) == 0x61616161);
    std::array<std::byte, PAGE_SIZE> page{};
    file->peek(PageIndex(0), page);
    CHECK(page[0] == std::byte{'a'});
}

TEST_CASE("a shared write reaches the file's page and copies nothing") {
    VmFixture f;
    const auto file = f.file(std::string(PAGE_SIZE, 'a'));
    f.map_file(file, 1, Sharing::Shared);
    f.map_file(file, 1, Sharing::Shared, VmFixture::AT + PAGE_SIZE);
    CHECK(f.write(VmFixture::AT, 0x62626262) == FaultResult::PageIn);
    CHECK(f.read(VmFixture::AT + PAGE_SIZE) == FaultResult::Resident);
    CHECK(f.value_at(VmFixture::AT + PAGE_SIZE) == 0x62626262);
    CHECK(f.vm.counters().pages_copied == 0);
}

TEST_CASE("a touch past the end of a mapped file is a bus error, also after the file shrank") {
    VmFixture f;
    const auto file = f.file(std::string(2 * PAGE_SIZE, 'a'));
    f.map_file(file, 3, Sharing::Shared);
    CHECK(f.read(VmFixture::AT + PAGE_SIZE) == FaultResult::PageIn);
    CHECK(f.read(VmFixture::AT + 2 * PAGE_SIZE) == FaultResult::BusError);
    file->resize(100);
    CHECK(f.read(VmFixture::AT + PAGE_SIZE) == FaultResult::BusError);
    CHECK(f.value_at(VmFixture::AT) == 0x61616161);
    CHECK(f.value_at(VmFixture::AT + 100) == 0);
}

TEST_CASE("a page that lost its right to be written gets it back after a fork by an upgrade, without a copy") {
    VmFixture f;
    f.map(1, VmFixture::READ_WRITE);
    CHECK(f.write(VmFixture::AT, 5) == FaultResult::ZeroFill);
    REQUIRE(f.space->protect(pages_at(VmFixture::AT, 1), {VmFixture::READ}).ok());
    CHECK(f.write(VmFixture::AT, 6) == FaultResult::Protection);
    REQUIRE(f.space->protect(pages_at(VmFixture::AT, 1), {VmFixture::READ_WRITE}).ok());
    auto child = f.fork(f.space);
    f.exit(child);
    CHECK(f.write(VmFixture::AT, 6) == FaultResult::Upgrade);
    CHECK(f.value_at(VmFixture::AT) == 6);
    CHECK(f.vm.counters().pages_copied == 0);
}

TEST_CASE("a dropped PTE refaults to the same bytes") {
    VmFixture f;
    f.map(1, VmFixture::READ_WRITE);
    (void)f.write(VmFixture::AT, 99);
    f.space->forget_entry(VmFixture::AT);
    CHECK(f.read(VmFixture::AT) == FaultResult::Resident);
    CHECK(f.value_at(VmFixture::AT) == 99);
}

TEST_CASE("the stack grows down to a fault, to its limit and no further, and keeps off what lies below") {
    VmFixture f;
    const VirtAddr top(0xC0000000);
    REQUIRE(f.space->map_stack(top, 2 * PAGE_SIZE).ok());
    CHECK(f.write(top - 4, 1) == FaultResult::ZeroFill);
    CHECK(f.write(top - 5 * PAGE_SIZE, 2) == FaultResult::StackGrow);
    CHECK(f.value_at(top - 4) == 1);
    const std::uint32_t limit = SpaceLayout{}.stack_limit;
    CHECK(f.read(top - limit - 4) == FaultResult::NoMapping);
    CHECK(f.read(top - limit) == FaultResult::StackGrow);
}

TEST_CASE("a stack with a reach grows to what lies that far below ESP, and else to nothing") {
    VmFixture f;
    const VirtAddr top(0xC0000000), esp = top - PAGE_SIZE + 16;
    Ref<AddressSpace> space = AddressSpace::create(f.vm, SpaceLayout{.stack_guard_gap = 0, .stack_reach = 32});
    REQUIRE(space);
    f.others.push_back(space);
    REQUIRE(space->map_stack(top, PAGE_SIZE).ok());
    const auto touch = [&](VirtAddr va, VirtAddr at) {
        return space->resolve_fault({va, PageFaultError::USER, Access::Read, VirtAddr(1), at}, AfterEnter::NoRetry)
            .result;
    };
    CHECK(touch(esp - 33, esp) == FaultResult::NoMapping);
    CHECK(touch(esp - 32, esp) == FaultResult::StackGrow);
    CHECK(touch(top - 4 * PAGE_SIZE, top - 3 * PAGE_SIZE) == FaultResult::NoMapping);
    CHECK(touch(top - 4 * PAGE_SIZE, top - 5 * PAGE_SIZE) == FaultResult::StackGrow);
    CHECK(touch(top - 6 * PAGE_SIZE, VirtAddr(0)) == FaultResult::StackGrow);
    CHECK(space->mappings().size() == 1);
}

TEST_CASE("a stack that grows again is fresh, also where a forked process still has what was unmapped") {
    VmFixture f;
    const VirtAddr top(0xC0000000), low = top - 3 * PAGE_SIZE;
    REQUIRE(f.space->map_stack(top, 3 * PAGE_SIZE).ok());
    (void)f.write(low, 5);
    (void)f.write(top - 4, 6);
    auto child = f.fork(f.space);
    REQUIRE(f.space->unmap({low, std::uint64_t{top.value} - PAGE_SIZE}).ok());
    CHECK(f.value_at(low) == 0);
    CHECK(f.write(low - PAGE_SIZE, 7) == FaultResult::StackGrow);
    CHECK(f.value_at(top - 4) == 6);
    f.run_in(child);
    CHECK(f.value_at(low) == 5);
}

TEST_CASE("memory that grows in place is fresh, also after a child had what was unmapped there") {
    VmFixture f;
    f.map(3, VmFixture::READ_WRITE);
    f.write_numbers(3);
    auto child = f.fork(f.space);
    f.run_in(child);
    (void)f.write(VmFixture::AT, 10);
    const VirtAddr rest = VmFixture::AT + PAGE_SIZE;
    REQUIRE(f.space->unmap({rest, std::uint64_t{rest.value} + 2 * PAGE_SIZE}).ok());
    f.run_in(f.space);
    f.exit(child);
    (void)f.write(VmFixture::AT, 11);
    f.map(2, VmFixture::READ_WRITE, rest);
    CHECK(f.space->mappings().size() == 1);
    CHECK(f.value_at(rest) == 0);
}

TEST_CASE("what a mapping wrote past the end of a file is gone when the file grows") {
    VmFixture f;
    const auto file = f.file(std::string(100, 'a'));
    f.map_file(file, 1, Sharing::Shared);
    (void)f.write(VmFixture::AT + 200, 5);
    file->resize(PAGE_SIZE);
    CHECK(f.value_at(VmFixture::AT + 200) == 0);
    CHECK(f.value_at(VmFixture::AT + 96) == 0x61616161);
}

TEST_CASE("a file that is cut takes private copies past its end with it, in every process") {
    VmFixture f;
    const auto file = f.file(std::string(3 * PAGE_SIZE, 'a'));
    const VirtAddr second = VmFixture::AT + PAGE_SIZE, third = VmFixture::AT + 2 * PAGE_SIZE;
    f.map_file(file, 3, Sharing::Private);
    (void)f.write(VmFixture::AT, 1);
    (void)f.write(second, 2);
    auto child = f.fork(f.space);
    f.run_in(child);
    (void)f.write(second, 3);
    (void)f.write(third, 4);
    file->truncate(PAGE_SIZE);
    f.check();
    for (const auto& space : {child, f.space}) {
        f.run_in(space);
        CHECK(f.value_at(VmFixture::AT) == 1);
        CHECK(f.read(second) == FaultResult::BusError);
        CHECK(f.write(third, 5) == FaultResult::BusError);
    }
    file->resize(3 * PAGE_SIZE);
    CHECK(f.value_at(second) == 0);
    f.run_in(child);
    CHECK(f.value_at(third) == 0);
    CHECK(f.write(third, 6) == FaultResult::CopyUp);
}

TEST_CASE("what a mapping wrote past the end of a file is gone when its page was written") {
    VmFixture f;
    const auto file = f.file(std::string(100, 'a'));
    f.map_file(file, 1, Sharing::Shared);
    (void)f.write(VmFixture::AT + 96, 7);
    (void)f.write(VmFixture::AT + 200, 5);
    REQUIRE(f.space->synchronize({VmFixture::AT, std::uint64_t{VmFixture::AT.value} + PAGE_SIZE}).ok());
    CHECK(f.value_at(VmFixture::AT + 200) == 0);
    CHECK(f.value_at(VmFixture::AT + 96) == 7);
    CHECK(file->bytes() == 100);
}

TEST_CASE("the guard gap keeps the stack off a mapping below it") {
    VmFixture f;
    const VirtAddr top(0xC0000000);
    REQUIRE(f.space->map_stack(top, PAGE_SIZE).ok());
    f.map(1, VmFixture::READ_WRITE, top - 300 * PAGE_SIZE);
    CHECK(f.read(top - 40 * PAGE_SIZE) == FaultResult::StackGrow);
    CHECK(f.read(top - 60 * PAGE_SIZE) == FaultResult::NoMapping);
}

TEST_CASE("without a frame a fault is out of memory, and nothing is lost") {
    VmFixture f;
    f.map(4, VmFixture::READ_WRITE);
    f.vm.set_page_frame_limit(2);
    (void)f.write(VmFixture::AT, 1);
    (void)f.write(VmFixture::AT + PAGE_SIZE, 2);
    CHECK(f.write(VmFixture::AT + 2 * PAGE_SIZE, 3) == FaultResult::OutOfMemory);
    CHECK(f.value_at(VmFixture::AT) == 1);
    CHECK(f.value_at(VmFixture::AT + PAGE_SIZE) == 2);
}

TEST_CASE("what is the kernel's has no U: ring 3 may not touch it, the kernel may") {
    VmFixture f;
    f.map(3, VmFixture::READ_WRITE);
    const VirtAddr guard = VmFixture::AT + PAGE_SIZE;
    for (std::uint32_t page = 0; page < 3; ++page) {
        (void)f.write(VmFixture::AT + page * PAGE_SIZE, page);
    }
    CHECK(f.space->set_privilege({guard, guard.value + PAGE_SIZE}, Privilege::Supervisor).ok());
    CHECK(f.space->mappings().size() == 3);
    const Pte entry = f.space->pmap().lookup(guard);
    CHECK(entry.present());
    CHECK(entry.writable());
    CHECK_FALSE(entry.user());
    CHECK(f.read(guard) == FaultResult::Protection);
    CHECK(f.write(guard, 1) == FaultResult::Protection);
    CHECK(f.write(VmFixture::AT, 5) == std::nullopt);
    // The kernel brings it in as any other page, and without U.
    f.space->forget_entry(guard);
    const PageFault touch{.address = guard, .access = Access::Write};
    CHECK(f.space->resolve_fault(touch, AfterEnter::NoRetry).resolved());
    CHECK(f.space->pmap().lookup(guard).writable());
    CHECK_FALSE(f.space->pmap().lookup(guard).user());
    CHECK(f.read(guard) == FaultResult::Protection);
    f.check();
    CHECK(f.space->set_privilege({guard, guard.value + PAGE_SIZE}, Privilege::User).ok());
    CHECK(f.read(guard) == std::nullopt);
    CHECK(f.space->mappings().size() == 1);
    CHECK(f.space->set_privilege({guard + (1U << 20), guard.value + (2U << 20)}, Privilege::User).error() ==
          VmError::NotMapped);
    CHECK(f.space->set_privilege({guard + 1, guard.value + PAGE_SIZE}, Privilege::User).error() == VmError::Invalid);
}

TEST_CASE("what is the kernel's stays so in a child, copied at once or on write") {
    for (const ForkMode mode : {ForkMode::Eager, ForkMode::CopyOnWrite}) {
        VmFixture f(256, {.profile = {.fork = mode}});
        f.map(1, VmFixture::READ_WRITE);
        (void)f.write(VmFixture::AT, 3);
        CHECK(f.space->set_privilege({VmFixture::AT, VmFixture::AT.value + PAGE_SIZE}, Privilege::Supervisor).ok());
        auto child = f.fork(f.space);
        f.run_in(child);
        CHECK(f.read(VmFixture::AT) == FaultResult::Protection);
        const PageFault touch{.address = VmFixture::AT, .access = Access::Write};
        CHECK(child->resolve_fault(touch, AfterEnter::NoRetry).resolved());
        const Pte entry = child->pmap().lookup(VmFixture::AT);
        CHECK(entry.writable());
        CHECK_FALSE(entry.user());
        CHECK(entry.frame() != f.space->pmap().lookup(VmFixture::AT).frame());
        f.check();
    }
}
