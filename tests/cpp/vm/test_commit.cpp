// SPDX-License-Identifier: GPL-2.0-only
#include "vm/vm_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr VirtAddr AT = VmFixture::AT;
constexpr std::uint32_t READ = VmFixture::READ, READ_WRITE = VmFixture::READ_WRITE;

VmConfig with(Overcommit overcommit, std::uint32_t limit = 0) {
    VmConfig config;
    config.profile.overcommit = overcommit;
    config.profile.commit_limit = limit;
    return config;
}

struct CommitFixture : VmFixture {
    explicit CommitFixture(std::uint32_t limit) : VmFixture(256, with(Overcommit::Never, limit)) {}
    CommitFixture() : CommitFixture(1000) {}

    Result<VirtAddr, VmError> map_more(std::uint32_t pages, Sharing sharing, VirtAddr at,
                                       Reserve reserve = Reserve::Yes, std::uint32_t rights = READ_WRITE) {
        MapRequest request{.address = at, .length = std::uint64_t{pages} * PAGE_SIZE, .placement = Placement::Fixed};
        request.protection = {rights};
        request.sharing = sharing;
        request.reserve = reserve;
        return space->map(std::move(request));
    }
    std::uint64_t committed() { return vm.commit().committed(); }
    std::size_t refusals() { return tracer.of_kind(EventKind::commit_refused).size(); }
};

}  // namespace

TEST_CASE_FIXTURE(CommitFixture, "private memory counts once it may be written, a page a mapping") {
    map(4, READ);
    CHECK(committed() == 0);
    REQUIRE(space->protect(pages_at(AT, 2), {READ_WRITE}).ok());
    CHECK(committed() == 2);
    CHECK(space->committed_pages() == 2);
    REQUIRE(space->protect(pages_at(AT, 2), {READ}).ok());
    CHECK(committed() == 2);  // its pages may have been written by now
    map_file(file(std::string(3 * PAGE_SIZE, 'f')), 3, Sharing::Private, VirtAddr(0x20000000));
    CHECK(committed() == 5);
    map_file(file(std::string(3 * PAGE_SIZE, 'f')), 3, Sharing::Shared, VirtAddr(0x30000000));
    CHECK(committed() == 5);
    REQUIRE(space->unmap(pages_at(AT + PAGE_SIZE, 2)).ok());
    CHECK(committed() == 4);
    check();
}

TEST_CASE_FIXTURE(CommitFixture, "shared memory counts once, however many map it, until the last is gone") {
    REQUIRE(map_more(4, Sharing::Shared, AT).ok());
    CHECK(committed() == 4);
    CHECK(space->committed_pages() == 0);
    auto child = fork(space);
    CHECK(committed() == 4);
    REQUIRE(space->unmap(pages_at(AT, 4)).ok());
    CHECK(committed() == 4);
    check();
    exit(child);
    CHECK(committed() == 0);
}

TEST_CASE("a mapping over the limit is refused, and what it was to replace stays") {
    CommitFixture f(4);
    f.map(3, READ_WRITE);
    (void)f.write(AT, 17);
    CHECK(f.map_more(5, Sharing::Private, AT).error() == VmError::NoMemory);
    CHECK(f.map_more(2, Sharing::Shared, VirtAddr(0x20000000)).error() == VmError::NoMemory);
    CHECK(f.refusals() == 2);
    CHECK(f.value_at(AT) == 17);
    CHECK(f.map_more(4, Sharing::Private, AT).ok());  // it gives three back
    CHECK(f.committed() == 4);
    CHECK(f.map_more(9, Sharing::Private, VirtAddr(0x20000000), Reserve::Yes, READ).ok());
    CHECK(f.space->protect(pages_at(VirtAddr(0x20000000), 9), {READ_WRITE}).error() == VmError::NoMemory);
    CHECK(f.write(VirtAddr(0x20000000), 1) == FaultResult::Protection);
    f.check();
}

TEST_CASE("the heap, a remapped range and the stack stay within the limit") {
    CommitFixture f(10);
    f.space->set_heap_start(VirtAddr(0x08000000));
    REQUIRE(f.space->set_break(VirtAddr(0x08002000)).ok());
    CHECK(f.space->set_break(VirtAddr(0x0800B000)).error() == VmError::NoMemory);
    CHECK(f.space->heap_end() == VirtAddr(0x08002000));
    f.map(2, READ_WRITE);
    const RemapRequest grow{.old_address = AT, .old_length = 2 * PAGE_SIZE, .new_length = 4 * PAGE_SIZE};
    RemapRequest too_much = grow;
    too_much.new_length = 9 * PAGE_SIZE;
    CHECK(f.space->remap(too_much).error() == VmError::NoMemory);
    REQUIRE(f.space->remap(grow).ok());
    CHECK(f.committed() == 6);
    REQUIRE(f.space->map_stack(VirtAddr(0xB0000000), PAGE_SIZE).ok());
    CHECK(f.write(VirtAddr(0xB0000000 - 3 * PAGE_SIZE), 1) == FaultResult::StackGrow);
    CHECK(f.committed() == 9);
    CHECK(f.write(VirtAddr(0xB0000000 - 5 * PAGE_SIZE), 1) == FaultResult::NoMapping);
    CHECK(f.refusals() == 3);
    f.check();
    REQUIRE(f.space->set_break(VirtAddr(0x08000000)).ok());
    CHECK(f.write(VirtAddr(0xB0000000 - 5 * PAGE_SIZE), 1) == FaultResult::StackGrow);
    f.check();
}

TEST_CASE("shared memory that is remapped to more counts what it gained") {
    CommitFixture f(6);
    REQUIRE(f.map_more(2, Sharing::Shared, AT).ok());
    RemapRequest grow{.old_address = AT, .old_length = 2 * PAGE_SIZE, .new_length = 7 * PAGE_SIZE};
    CHECK(f.space->remap(grow).error() == VmError::NoMemory);
    grow.new_length = 5 * PAGE_SIZE;
    REQUIRE(f.space->remap(grow).ok());
    CHECK(f.committed() == 5);
    f.check();
}

TEST_CASE("a fork over the limit is refused, and the parent goes on") {
    CommitFixture f(9);
    f.map(3, READ_WRITE);
    f.map(2, READ_WRITE, VirtAddr(0x20000000));
    (void)f.write(AT, 17);
    (void)f.write(VirtAddr(0x20000000), 19);
    CHECK_FALSE(f.space->fork());
    CHECK(f.committed() == 5);
    CHECK(f.refusals() == 1);
    f.check();
    CHECK(f.write(AT, 18).has_value());
    CHECK(f.value_at(AT) == 18);
    CHECK_FALSE(f.write(VirtAddr(0x20000000), 20).has_value());  // the second mapping was not touched
    REQUIRE(f.space->unmap(pages_at(VirtAddr(0x20000000), 1)).ok());
    auto child = f.fork(f.space);
    CHECK(f.committed() == 8);
    f.check();
}

TEST_CASE("the heuristic refuses a request that nothing could fill, and no other") {
    VmConfig config = with(Overcommit::Heuristic);
    config.swap_slots = 44;
    VmFixture f(256, config);
    MapRequest request{.length = std::uint64_t{301} * PAGE_SIZE, .protection = {READ_WRITE}};
    CHECK(f.space->map(request).error() == VmError::NoMemory);
    request.length = std::uint64_t{300} * PAGE_SIZE;
    CHECK(f.space->map(request).ok());
    CHECK(f.space->map(request).ok());
    CHECK(f.vm.commit().committed() == 600);
    request.length = std::uint64_t{4000} * PAGE_SIZE;
    request.reserve = Reserve::No;
    CHECK(f.space->map(request).ok());
    CHECK(f.vm.commit().committed() == 600);
}

TEST_CASE("where everything is promised, what was promised still counts") {
    VmFixture f(256, with(Overcommit::Always));
    CHECK(f.space->map({.length = std::uint64_t{4000} * PAGE_SIZE, .protection = {READ_WRITE}}).ok());
    CHECK(f.vm.commit().committed() == 4000);
}

TEST_CASE("with strict accounting a mapping cannot ask not to be counted") {
    CommitFixture f(4);
    CHECK(f.map_more(5, Sharing::Private, AT, Reserve::No).error() == VmError::NoMemory);
    CHECK(f.map_more(5, Sharing::Shared, AT, Reserve::No).error() == VmError::NoMemory);
}

TEST_CASE("the limit is swap and a part of what may hold pages") {
    VmConfig config = with(Overcommit::Never);
    config.swap_slots = 7;
    VmFixture f(256, config);
    CHECK(f.vm.commit().limit() == 128 + 7);
    f.vm.set_page_frame_limit(100);
    CHECK(f.vm.commit().limit() == 50 + 7);
}

TEST_CASE_FIXTURE(CommitFixture, "check finds a promise that nobody holds") {
    map(1, READ_WRITE);
    vm.commit().charge(1);
    CHECK(check_invariants(vm, {space.get()}).size() == 1);
    vm.commit().uncharge(1);
}
