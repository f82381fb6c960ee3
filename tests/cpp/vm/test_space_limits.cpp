// SPDX-License-Identifier: GPL-2.0-only
#include "vm/vm_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr VirtAddr AT = VmFixture::AT;
constexpr std::uint32_t READ = VmFixture::READ, READ_WRITE = VmFixture::READ_WRITE;

constexpr std::uint64_t pages(std::uint64_t count) { return count * PAGE_SIZE; }

/// A current process with these limits.
struct LimitFixture : VmFixture {
    explicit LimitFixture(const SpaceLimits& given) : limits(given) {
        vm.set_current({.pid = 1, .limits = &limits, .domain = space->domain()});
    }
    ~LimitFixture() { vm.set_current({}); }
    LimitFixture(const LimitFixture&) = delete;
    LimitFixture& operator=(const LimitFixture&) = delete;

    Result<VirtAddr, VmError> try_map(std::uint32_t count, std::uint32_t protection, VirtAddr at,
                                      Sharing sharing = Sharing::Private) {
        return space->map({.address = at,
                           .length = pages(count),
                           .placement = Placement::Fixed,
                           .protection = {protection},
                           .sharing = sharing});
    }

    SpaceLimits limits;
};

}  // namespace

TEST_CASE("all mappings together may have so much, and what is replaced counts once") {
    LimitFixture f({.mapped = pages(10) + 7});
    REQUIRE(f.try_map(8, READ, AT).ok());
    CHECK(f.try_map(3, READ, AT + 16 * PAGE_SIZE).error() == VmError::NoMemory);
    CHECK(f.try_map(2, READ, AT + 16 * PAGE_SIZE).ok());
    CHECK(f.try_map(8, READ_WRITE, AT).ok());
    CHECK(f.try_map(9, READ, AT).error() == VmError::NoMemory);
    CHECK(f.space->mapped_pages() == 10);
    CHECK(f.space->mapped_pages(pages_at(AT + 4 * PAGE_SIZE, 16)) == 6);
    REQUIRE(f.space->unmap(pages_at(AT, 1)).ok());
    CHECK(f.try_map(1, READ, AT).ok());
}

TEST_CASE("data is private memory that may be written, also once it is protected otherwise") {
    LimitFixture f({.data = pages(4)});
    REQUIRE(f.try_map(20, READ, AT).ok());
    REQUIRE(f.try_map(20, READ_WRITE, AT + 32 * PAGE_SIZE, Sharing::Shared).ok());
    REQUIRE(f.try_map(3, READ_WRITE, AT + 64 * PAGE_SIZE).ok());
    CHECK(f.space->data_pages() == 3);
    CHECK(f.try_map(2, READ_WRITE, AT + 80 * PAGE_SIZE).error() == VmError::NoMemory);
    CHECK(f.space->protect(pages_at(AT, 2), {READ_WRITE}).error() == VmError::NoMemory);
    CHECK(f.space->protect(pages_at(AT, 1), {READ_WRITE}).ok());
    CHECK(f.space->protect(pages_at(AT, 1), {READ_WRITE}).ok());  // it has the right already
    REQUIRE(f.space->protect(pages_at(AT, 1), {READ}).ok());
    CHECK(f.try_map(1, READ_WRITE, AT + 80 * PAGE_SIZE).ok());
    f.space->set_heap_start(AT + 128 * PAGE_SIZE);
    CHECK(f.space->set_break(AT + 129 * PAGE_SIZE).error() == VmError::NoMemory);
}

TEST_CASE("each mapping that grows down may reach as far as the limit for stacks") {
    LimitFixture f({.stack = pages(4)});
    REQUIRE(f.space->map_stack(VirtAddr(0x20000000), 2 * PAGE_SIZE).ok());
    const VirtAddr top(0x30000000);
    REQUIRE(f.space
                ->map({.address = top - PAGE_SIZE,
                       .length = PAGE_SIZE,
                       .placement = Placement::Fixed,
                       .protection = {READ_WRITE},
                       .kind = MappingKind::Stack})
                .ok());
    for (const VirtAddr end : {VirtAddr(0x20000000), top}) {
        CHECK(f.write(end - pages(4), 7) == FaultResult::StackGrow);
        CHECK(f.write(end - pages(4) - 4, 7) == FaultResult::NoMapping);
    }
    f.limits.stack = pages(100);
    CHECK(f.write(top - pages(50), 8) == FaultResult::StackGrow);
    CHECK(f.write(top - pages(60), 9) == FaultResult::StackGrow);
    CHECK(f.value_at(top - pages(4)) == 7);
    CHECK(f.value_at(top - pages(50)) == 8);
}

TEST_CASE("a stack grows up to the gap above what may be touched, and nearer to what may not") {
    VmFixture f;
    const VirtAddr top(0x20000000), wall = top - 1000 * PAGE_SIZE, next = wall + PAGE_SIZE;
    const std::uint32_t gap = SpaceLayout{}.stack_guard_gap;
    REQUIRE(f.space->map_stack(top, 2 * PAGE_SIZE).ok());
    f.map(1, READ, wall);
    CHECK(f.write(next + (gap - PAGE_SIZE), 1) == FaultResult::NoMapping);
    CHECK(f.write(next + gap, 1) == FaultResult::StackGrow);
    REQUIRE(f.space->protect(pages_at(wall, 1), {0}).ok());
    CHECK(f.write(next, 1) == FaultResult::StackGrow);
}

TEST_CASE("room is looked for a gap below what grows down, and a place in the gap must be fixed") {
    VmFixture f;
    const VirtAddr top(0x20000000), low = top - 2 * PAGE_SIZE;
    const std::uint32_t gap = SpaceLayout{}.stack_guard_gap;
    REQUIRE(f.space->map_stack(top, 2 * PAGE_SIZE).ok());
    const auto map_at = [&](VirtAddr at, Placement placement) {
        return f.space
            ->map({.address = at, .length = PAGE_SIZE, .placement = placement, .protection = {VmFixture::READ}})
            .value();
    };
    CHECK(map_at(low - PAGE_SIZE, Placement::Hint) != low - PAGE_SIZE);
    CHECK(map_at(low - gap - PAGE_SIZE, Placement::Hint) == low - gap - PAGE_SIZE);
    CHECK(map_at(low - PAGE_SIZE, Placement::FixedNoReplace) == low - PAGE_SIZE);
}
