// SPDX-License-Identifier: GPL-2.0-only
#include "vm/vm_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr VirtAddr AT = VmFixture::AT;

VmConfig with_profile(const MemoryProfile& profile) { return {.profile = profile}; }

}  // namespace

TEST_CASE("after fork both read the same frame, and the first write copies it once") {
    VmFixture f;
    f.map(2, VmFixture::READ_WRITE);
    (void)f.write(AT, 17);
    (void)f.write(AT + PAGE_SIZE, 1);
    auto child = f.fork(f.space);
    const std::uint32_t shared = f.vm.page_frames();
    f.run_in(child);
    CHECK(f.value_at(AT) == 17);
    CHECK(f.vm.page_frames() == shared);
    CHECK(f.write(AT, 18) == FaultResult::CopyUp);
    CHECK(f.vm.page_frames() == shared + 1);
    f.run_in(f.space);
    CHECK(f.value_at(AT) == 17);
    f.check();
}

TEST_CASE("parent writes page 0, then child writes page 0: two frames, not three") {
    VmFixture f;
    f.map(1, VmFixture::READ_WRITE);
    (void)f.write(AT, 17);
    auto child = f.fork(f.space);
    CHECK(f.write(AT, 18) == FaultResult::CopyUp);
    f.run_in(child);
    CHECK(f.value_at(AT) == 17);
    CHECK(f.write(AT, 19) == FaultResult::MoveUp);
    CHECK(f.vm.page_frames() == 2);
    CHECK(f.vm.counters().pages_copied == 1);
    f.run_in(f.space);
    CHECK(f.value_at(AT) == 18);
}

TEST_CASE("the last one that shows a page only gains permission, at any depth of forks") {
    VmFixture f;
    f.map(1, VmFixture::READ_WRITE);
    (void)f.write(AT, 1);
    auto child = f.fork(f.space);
    f.run_in(child);
    auto grandchild = f.fork(child);
    CHECK(f.write(AT, 2) == FaultResult::CopyUp);
    f.run_in(f.space);
    CHECK(f.write(AT, 3) == FaultResult::CopyUp);
    f.run_in(grandchild);
    CHECK(f.write(AT, 4) == FaultResult::MoveUp);
    CHECK(f.vm.page_frames() == 3);
    f.check();
}

TEST_CASE("a child's exit leaves no superfluous shadow") {
    VmFixture f;
    f.map(3, VmFixture::READ_WRITE);
    (void)f.write(AT, 1);
    (void)f.write(AT + PAGE_SIZE, 2);
    auto child = f.fork(f.space);
    (void)f.write(AT, 3);
    CHECK(f.space->find_mapping(AT)->object->chain_length() == 2);
    f.exit(child);
    CHECK(f.space->find_mapping(AT)->object->chain_length() == 1);
    CHECK(f.vm.page_frames() == 2);
    CHECK(f.value_at(AT) == 3);
    CHECK(f.value_at(AT + PAGE_SIZE) == 2);
}

TEST_CASE("the parent's exit leaves the child with one object") {
    VmFixture f;
    f.map(2, VmFixture::READ_WRITE);
    (void)f.write(AT, 1);
    (void)f.write(AT + PAGE_SIZE, 2);
    auto first = f.fork(f.space);
    f.run_in(first);
    (void)f.write(AT, 10);
    auto second = f.fork(first);
    f.run_in(second);
    f.exit(first);
    (void)f.write(AT + PAGE_SIZE, 20);
    CHECK(f.value_at(AT) == 10);
    CHECK(f.space->find_mapping(AT)->object->chain_length() <= 2);
    CHECK(second->find_mapping(AT)->object->chain_length() <= 2);
    f.check();
}

TEST_CASE("ten thousand rounds of fork, write and exit leave a chain of two at most and no frame behind") {
    VmFixture f;
    f.map(4, VmFixture::READ_WRITE);
    for (std::uint32_t page = 0; page < 4; ++page) {
        (void)f.write(AT + page * PAGE_SIZE, page);
    }
    for (std::uint32_t round = 0; round < 10'000; ++round) {
        auto child = f.fork(f.space);
        (void)f.write(AT + (round % 4) * PAGE_SIZE, round);
        f.run_in(child);
        (void)f.write(AT + ((round + 1) % 4) * PAGE_SIZE, ~round);
        f.run_in(f.space);
        f.exit(child);
        REQUIRE(f.space->find_mapping(AT)->object->chain_length() <= 2);
    }
    CHECK(f.vm.page_frames() == 4);
    CHECK(f.value_at(AT + (9'999 % 4) * PAGE_SIZE) == 9'999);
}

TEST_CASE("a line of descent where each parent exits keeps its chain short") {
    VmFixture f;
    f.map(2, VmFixture::READ_WRITE);
    (void)f.write(AT, 1);
    auto parent = f.fork(f.space);
    for (std::uint32_t generation = 0; generation < 1'000; ++generation) {
        f.run_in(parent);
        (void)f.write(AT, generation);
        auto child = f.fork(parent);
        f.run_in(child);
        f.exit(parent);
        parent = child;
        REQUIRE(parent->find_mapping(AT)->object->chain_length() <= 3);
    }
    CHECK(f.value_at(AT) == 999);
    f.run_in(f.space);
    f.exit(parent);
}

TEST_CASE("copy-on-write before fork: the child reads the 17, before and after the parent's next write") {
    VmFixture f;
    const auto file = f.file(std::string(PAGE_SIZE, 'a'));
    f.map_file(file, 1, Sharing::Private);
    (void)f.write(AT, 17);
    auto child = f.fork(f.space);
    f.run_in(child);
    CHECK(f.value_at(AT) == 17);
    f.run_in(f.space);
    (void)f.write(AT, 18);
    f.run_in(child);
    CHECK(f.value_at(AT) == 17);
    (void)f.write(AT, 19);
    auto grandchild = f.fork(child);
    f.run_in(grandchild);
    CHECK(f.value_at(AT) == 19);
    std::array<std::byte, PAGE_SIZE> page{};
    file->peek(PageIndex(0), page);
    CHECK(page[0] == std::byte{'a'});
}

TEST_CASE("shared memory stays shared over fork") {
    VmFixture f;
    const auto file = f.file(std::string(PAGE_SIZE, 'a'));
    f.map_file(file, 1, Sharing::Shared);
    (void)f.write(AT, 17);
    auto child = f.fork(f.space);
    f.run_in(child);
    CHECK_FALSE(f.write(AT, 18).has_value());  // the entry was copied with its rights
    f.run_in(f.space);
    CHECK(f.value_at(AT) == 18);
}

TEST_CASE("an eager fork copies every page at once, and no write faults afterwards") {
    VmFixture f(256, with_profile({.fork = ForkMode::Eager}));
    f.map(8, VmFixture::READ_WRITE);
    f.write_numbers(3);
    auto child = f.fork(f.space);
    CHECK(f.vm.page_frames() == 6);
    CHECK(f.vm.counters().pages_copied == 3);
    f.run_in(child);
    CHECK_FALSE(f.write(AT + PAGE_SIZE, 9).has_value());
    CHECK(f.value_at(AT + 2 * PAGE_SIZE) == 3);
    f.run_in(f.space);
    CHECK(f.value_at(AT + PAGE_SIZE) == 2);
}

TEST_CASE("after an eager fork of a file's mapping the child ends where the file ends, too") {
    VmFixture f(256, with_profile({.fork = ForkMode::Eager}));
    const auto file = f.file(std::string(PAGE_SIZE + 100, 'a'));
    f.map_file(file, 3, Sharing::Private);
    (void)f.write(AT, 17);
    auto child = f.fork(f.space);
    f.run_in(child);
    CHECK(f.value_at(AT) == 17);
    CHECK(f.write(AT + PAGE_SIZE, 18) == FaultResult::Resident);
    CHECK(f.read(AT + 2 * PAGE_SIZE) == FaultResult::BusError);
    f.run_in(f.space);
    CHECK(f.value_at(AT + PAGE_SIZE) == 0x61616161);
}

TEST_CASE("what an eager fork has copied survives that it makes room for the rest") {
    VmConfig config{.page_frame_limit = 6, .swap_slots = 16, .profile = {.fork = ForkMode::Eager}};
    VmFixture f(64, config);
    f.map(4, VmFixture::READ_WRITE);
    f.write_numbers(4);
    auto child = f.fork(f.space);
    f.run_in(child);
    for (std::uint32_t page = 0; page < 4; ++page) {
        CHECK(f.value_at(AT + page * PAGE_SIZE) == page + 1);
    }
}

TEST_CASE("the child's entries are copied read-only, or left empty, by profile") {
    for (const ForkEntries entries : {ForkEntries::Copied, ForkEntries::Empty}) {
        VmFixture f(256, with_profile({.fork_entries = entries}));
        f.map(1, VmFixture::READ_WRITE);
        (void)f.write(AT, 17);
        auto child = f.fork(f.space);
        const Pte childs = child->pmap().lookup(AT);
        CHECK(childs.present() == (entries == ForkEntries::Copied));
        CHECK_FALSE(childs.writable());
        CHECK_FALSE(childs.dirty());
        CHECK_FALSE(f.space->pmap().lookup(AT).writable());
        f.run_in(child);
        CHECK(f.value_at(AT) == 17);
    }
}

TEST_CASE("shadows made at fork or at the first write: the same pages, another chain") {
    for (const ShadowsAt when : {ShadowsAt::Fork, ShadowsAt::FirstWrite}) {
        VmFixture f(256, with_profile({.shadows = when}));
        f.map(2, VmFixture::READ_WRITE);
        (void)f.write(AT, 17);
        auto child = f.fork(f.space);
        CHECK(child->find_mapping(AT)->object->chain_length() == (when == ShadowsAt::Fork ? 2 : 1));
        CHECK(f.write(AT, 18) == FaultResult::CopyUp);
        f.run_in(child);
        CHECK(f.value_at(AT) == 17);
        CHECK(f.write(AT, 19) == FaultResult::MoveUp);
        f.run_in(f.space);
        f.exit(child);
        CHECK(f.space->find_mapping(AT)->object->chain_length() == 1);
    }
}

TEST_CASE("a partial unmap frees what nobody can see any more, also behind a shadow") {
    VmFixture f;
    f.map(2, VmFixture::READ_WRITE);
    (void)f.write(AT, 1);
    (void)f.write(AT + PAGE_SIZE, 2);
    auto child = f.fork(f.space);
    (void)f.write(AT, 3);
    const VirtRange second{AT + PAGE_SIZE, std::uint64_t{AT.value} + 2 * PAGE_SIZE};
    REQUIRE(f.space->unmap(second).ok());
    CHECK(f.vm.page_frames() == 3);
    REQUIRE(child->unmap(second).ok());
    CHECK(f.vm.page_frames() == 2);
    f.check();
}

TEST_CASE("a child's exit frees what only it could still see, also where others share the object") {
    VmFixture f;
    f.map(4, VmFixture::READ_WRITE);
    f.write_numbers(4);
    auto first = f.fork(f.space);
    auto second = f.fork(f.space);
    f.run_in(first);
    (void)f.write(AT, 10);
    const VirtRange rest{AT + PAGE_SIZE, std::uint64_t{AT.value} + 4 * PAGE_SIZE};
    REQUIRE(f.space->unmap(rest).ok());
    REQUIRE(second->unmap(rest).ok());
    CHECK(f.vm.page_frames() == 5);
    f.exit(first);
    CHECK(f.vm.page_frames() == 1);
}

TEST_CASE("a user's page that covers another frees it where nobody else sees it") {
    VmFixture f;
    f.map(1, VmFixture::READ_WRITE);
    (void)f.write(AT, 1);
    auto child = f.fork(f.space);
    f.run_in(child);
    (void)f.write(AT, 2);
    const auto frame = f.vm.allocate_frame(FrameUse::Handler);
    f.machine.memory().zero_frame(*frame);
    REQUIRE(f.space->install_page(AT, *frame, {VmFixture::READ_WRITE}).ok());
    CHECK(f.vm.page_frames() == 2);
}

TEST_CASE("a fork that fails halfway leaves no translation that still allows writing") {
    VmFixture f(24);
    const VirtAddr last_of_table(0x103FF000);
    f.map(2, VmFixture::READ_WRITE, last_of_table);
    (void)f.write(last_of_table + PAGE_SIZE, 18);
    (void)f.write(last_of_table, 17);
    std::vector<FrameNumber> taken;
    while (f.machine.frames().available() > 2) {  // enough for the child's directory and its first table
        taken.push_back(*f.machine.frames().allocate(FrameUse::KernelStack));
    }
    CHECK_FALSE(f.space->fork());
    f.check();
    for (const FrameNumber frame : taken) {
        f.machine.frames().free(frame);
    }
    CHECK(f.write(last_of_table, 19) == FaultResult::Upgrade);
}

TEST_CASE("a fork that has to make room halfway counts the child's pages once") {
    VmFixture f(24, {.swap_slots = 8});
    const VirtAddr last_of_table(0x103FF000);
    f.map(2, VmFixture::READ_WRITE, last_of_table);
    (void)f.write(last_of_table + PAGE_SIZE, 18);
    (void)f.write(last_of_table, 17);
    std::vector<FrameNumber> taken;
    while (f.machine.frames().available() > 2) {  // enough for the child's directory and its first table
        taken.push_back(*f.machine.frames().allocate(FrameUse::KernelStack));
    }
    auto child = f.fork(f.space);
    CHECK(f.vm.swap().used() == 1);
    CHECK(child->pmap().resident_pages() == 1);
    f.check();
    for (const FrameNumber frame : taken) {
        f.machine.frames().free(frame);
    }
}

TEST_CASE("fork without frames for the child's tables fails and leaves the parent as it was") {
    VmFixture f(12);
    f.map(2, VmFixture::READ_WRITE);
    (void)f.write(AT, 17);
    std::vector<FrameNumber> taken;
    while (f.machine.frames().available() > 1) {
        taken.push_back(*f.machine.frames().allocate(FrameUse::KernelStack));
    }
    CHECK_FALSE(f.space->fork());
    CHECK(f.value_at(AT) == 17);
    for (const FrameNumber frame : taken) {
        f.machine.frames().free(frame);
    }
    CHECK(f.write(AT, 18) == FaultResult::Upgrade);
}

TEST_CASE("an eager fork maps what it copied at once, unless the child is to begin with empty tables") {
    for (const ForkEntries entries : {ForkEntries::Copied, ForkEntries::Empty}) {
        VmFixture f(256, with_profile({.fork = ForkMode::Eager, .fork_entries = entries}));
        f.map(3, VmFixture::READ_WRITE);
        (void)f.write(AT, 17);
        (void)f.write(AT + 2 * PAGE_SIZE, 19);
        auto child = f.fork(f.space);
        f.run_in(child);
        const bool copied = entries == ForkEntries::Copied;
        CHECK(child->pmap().resident_pages() == (copied ? 2 : 0));
        CHECK(f.write(AT, 18).has_value() != copied);
        CHECK(f.write(AT + PAGE_SIZE, 1) == FaultResult::ZeroFill);
        CHECK(f.value_at(AT + 2 * PAGE_SIZE) == 19);
        f.run_in(f.space);
        CHECK(f.value_at(AT) == 17);
        f.check();
    }
}

TEST_CASE("an eager fork that has no frame for a page table fails, and gives all back") {
    for (std::uint32_t frames = 8; frames < 16; ++frames) {
        VmFixture f(frames, with_profile({.fork = ForkMode::Eager}));
        f.map(1, VmFixture::READ_WRITE);
        f.map(1, VmFixture::READ_WRITE, AT + (8U << 20));
        if (f.write(AT, 1) != FaultResult::ZeroFill || f.write(AT + (8U << 20), 2) != FaultResult::ZeroFill) {
            continue;
        }
        const std::uint32_t used = f.machine.frames().used();
        if (Ref<AddressSpace> child = f.space->fork()) {
            AddressSpace::drop(std::move(child));
        }
        CHECK(f.machine.frames().used() == used);
        CHECK(f.value_at(AT + (8U << 20)) == 2);
    }
}
