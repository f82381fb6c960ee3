// SPDX-License-Identifier: GPL-2.0-only
#include "vm/vm_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr VirtAddr AT = VmFixture::AT;

}  // namespace

TEST_CASE("a mapping that grows again shows zeros, also where a forked process still has what was unmapped") {
    VmFixture f;
    f.map(3, VmFixture::READ_WRITE);
    f.write_numbers(3);
    auto child = f.fork(f.space);
    (void)f.write(AT, 10);
    const RemapRequest shrink{.old_address = AT, .old_length = 3 * PAGE_SIZE, .new_length = PAGE_SIZE};
    REQUIRE(f.space->remap(shrink).ok());
    const RemapRequest grow{.old_address = AT, .old_length = PAGE_SIZE, .new_length = 3 * PAGE_SIZE};
    CHECK(f.space->remap(grow).value() == AT);
    CHECK(f.value_at(AT) == 10);
    CHECK(f.value_at(AT + PAGE_SIZE) == 0);
    f.run_in(child);
    CHECK(f.value_at(AT + PAGE_SIZE) == 2);
}

TEST_CASE("a stack that was moved away grows down where it is, and no more where it was") {
    VmFixture f;
    const VirtAddr top(0x20000000), low = top - 2 * PAGE_SIZE;
    REQUIRE(f.space->map_stack(top, 2 * PAGE_SIZE).ok());
    const RemapRequest away{.old_address = low,
                            .old_length = 2 * PAGE_SIZE,
                            .new_length = 2 * PAGE_SIZE,
                            .placement = Placement::Fixed,
                            .new_address = top + 8 * PAGE_SIZE};
    REQUIRE(f.space->remap(away).ok());
    CHECK(f.write(top + 7 * PAGE_SIZE, 1) == FaultResult::StackGrow);
    REQUIRE(f.space->unmap({top + 7 * PAGE_SIZE, std::uint64_t{top.value} + 10 * PAGE_SIZE}).ok());
    CHECK(f.write(low, 1) == FaultResult::NoMapping);
}

TEST_CASE("a stack moved up within its place, or given fresh memory, still grows") {
    VmFixture f;
    const VirtAddr top(0x20000000), low = top - 4 * PAGE_SIZE;
    REQUIRE(f.space->map_stack(top, 4 * PAGE_SIZE).ok());
    (void)f.write(low, 1);
    const RemapRequest up{.old_address = low,
                          .old_length = PAGE_SIZE,
                          .new_length = PAGE_SIZE,
                          .placement = Placement::Fixed,
                          .new_address = top - PAGE_SIZE};
    REQUIRE(f.space->remap(up).ok());
    REQUIRE(f.space->unmap({low, std::uint64_t{top.value} - PAGE_SIZE}).ok());
    const VirtAddr lowest = top - SpaceLayout{}.stack_limit;
    CHECK(f.write(lowest, 2) == FaultResult::StackGrow);
    CHECK(f.value_at(top - PAGE_SIZE) == 1);
    auto child = f.fork(f.space);
    REQUIRE(f.space->advise({lowest, std::uint64_t{lowest.value} + PAGE_SIZE}, Advice::DontNeed).ok());
    CHECK(f.value_at(lowest) == 0);
    f.run_in(child);
    CHECK(f.value_at(lowest) == 2);
}

TEST_CASE("a stack that grows into the place of a page that was moved away does not show that page") {
    VmFixture f;
    const VirtAddr top(0x20000000), middle = top - 2 * PAGE_SIZE;
    REQUIRE(f.space->map_stack(top, 3 * PAGE_SIZE).ok());
    REQUIRE(f.space->unmap({middle - PAGE_SIZE, middle.value}).ok());
    const RemapRequest away{.old_address = middle,
                            .old_length = PAGE_SIZE,
                            .new_length = PAGE_SIZE,
                            .placement = Placement::Fixed,
                            .new_address = AT};
    REQUIRE(f.space->remap(away).ok());
    CHECK(f.write(middle, 1) == FaultResult::StackGrow);
    CHECK(f.value_at(AT) == 0);
    (void)f.write(AT, 2);
    CHECK(f.value_at(middle) == 1);
}

TEST_CASE("a part that was moved and grows does not reach into what its neighbour shows") {
    VmFixture f;
    f.map(2, VmFixture::READ_WRITE);
    const RemapRequest away{.old_address = AT,
                            .old_length = PAGE_SIZE,
                            .new_length = 2 * PAGE_SIZE,
                            .placement = Placement::Fixed,
                            .new_address = AT + 16 * PAGE_SIZE};
    REQUIRE(f.space->remap(away).ok());
    (void)f.write(AT + PAGE_SIZE, 1);
    CHECK(f.value_at(AT + 17 * PAGE_SIZE) == 0);
    (void)f.write(AT + 17 * PAGE_SIZE, 2);
    CHECK(f.value_at(AT + PAGE_SIZE) == 1);
}

TEST_CASE("what is left behind is as it was before the first touch") {
    VmFixture f;
    f.map(3, VmFixture::READ_WRITE);
    (void)f.write(AT, 1);
    (void)f.write(AT + 2 * PAGE_SIZE, 3);
    const RemapRequest away{.old_address = AT,
                            .old_length = 3 * PAGE_SIZE,
                            .new_length = 3 * PAGE_SIZE,
                            .left_behind = LeftBehind::Untouched};
    const auto moved = f.space->remap(away);
    REQUIRE(moved.ok());
    CHECK(moved.value() != AT);
    CHECK(f.value_at(moved.value()) == 1);
    CHECK(f.value_at(moved.value() + 2 * PAGE_SIZE) == 3);
    CHECK(f.value_at(AT) == 0);
    CHECK(f.value_at(AT + 2 * PAGE_SIZE) == 0);
    (void)f.write(AT, 9);
    CHECK(f.value_at(moved.value()) == 1);
}

TEST_CASE("what is left behind of a file is the file's, and of shared memory the same memory") {
    VmFixture f;
    const auto file = f.file(std::string(PAGE_SIZE, 'a'));
    f.map_file(file, 1, Sharing::Private);
    (void)f.write(AT, 1);
    const auto leave = [&](VirtAddr at) {
        return f.space
            ->remap({.old_address = at,
                     .old_length = PAGE_SIZE,
                     .new_length = PAGE_SIZE,
                     .left_behind = LeftBehind::Untouched})
            .value();
    };
    CHECK(f.value_at(leave(AT)) == 1);
    CHECK(f.value_at(AT) == 0x61616161);
    const VirtAddr shared = AT + 16 * PAGE_SIZE;
    f.map_file(file, 1, Sharing::Shared, shared);
    const VirtAddr moved = leave(shared);
    (void)f.write(moved, 5);
    CHECK(f.value_at(shared) == 5);
}

TEST_CASE("shared memory of no length is mapped a second time, private memory is not") {
    VmFixture f;
    const VirtAddr at = AT + 16 * PAGE_SIZE;
    f.map(1, VmFixture::READ_WRITE);
    REQUIRE(f.space
                ->map({.address = at,
                       .length = 2 * PAGE_SIZE,
                       .placement = Placement::Fixed,
                       .protection = {VmFixture::READ_WRITE},
                       .sharing = Sharing::Shared})
                .ok());
    const auto twin = f.space->remap({.old_address = at + PAGE_SIZE, .old_length = 0, .new_length = PAGE_SIZE});
    REQUIRE(twin.ok());
    (void)f.write(twin.value(), 4);
    CHECK(f.value_at(at + PAGE_SIZE) == 4);
    CHECK(f.space->remap({.old_address = AT, .old_length = 0, .new_length = PAGE_SIZE}).error() == VmError::Invalid);
    CHECK(f.space->remap({.old_address = at, .old_length = 0, .new_length = PAGE_SIZE, .placement = Placement::Hint})
              .error() == VmError::NoMemory);
}

TEST_CASE("a shorter file takes the private copies of its pages along, at any depth of forks") {
    VmFixture f;
    auto file = f.file(std::string(3 * PAGE_SIZE, 'a'));
    f.map_file(file, 3, Sharing::Private);
    (void)f.write(AT + PAGE_SIZE, 1);
    auto child = f.fork(f.space);
    f.run_in(child);
    (void)f.write(AT + PAGE_SIZE, 2);
    (void)f.write(AT, 7);
    file->truncate(PAGE_SIZE);
    f.check();
    CHECK(f.read(AT + PAGE_SIZE) == FaultResult::BusError);
    CHECK(f.value_at(AT) == 7);
    f.run_in(f.space);
    CHECK(f.read(AT + PAGE_SIZE) == FaultResult::BusError);
    f.exit(child);
}
