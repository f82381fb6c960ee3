// SPDX-License-Identifier: GPL-2.0-only
// The lecture's ways to fork a private mapping of a file, one after the other: which answer is wrong, and who says so.
#include <algorithm>

#include "vm/vm_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr VirtAddr AT = VmFixture::AT;
constexpr VirtAddr STACK = VmFixture::AT + (1U << 20);
constexpr std::uint32_t OF_FILE = 0x61616161;

/// "Data" is 17 before the fork; the page after it is still the file's.
struct Forking : VmFixture {
    explicit Forking(ForkMode mode, ForkEntries entries = ForkEntries::Copied)
        : VmFixture(256, {.profile = {.fork = mode, .fork_entries = entries}}) {
        map_file(file(std::string(2 * PAGE_SIZE, 'a')), 2, Sharing::Private);
        map(1, READ_WRITE, STACK);
        (void)write(AT, 17);
        (void)write(STACK, 1);
        CHECK(value_at(AT + PAGE_SIZE) == OF_FILE);
    }
    std::uint32_t value_in(const Ref<AddressSpace>& reader, VirtAddr va) {
        run_in(reader);
        return value_at(va);
    }
    std::optional<FaultResult> write_in(const Ref<AddressSpace>& writer, VirtAddr va, std::uint32_t value) {
        run_in(writer);
        return write(va, value);
    }
    [[nodiscard]] std::vector<std::string> violations() {
        std::vector<AddressSpace*> spaces{space.get()};
        for (const auto& other : others) {
            spaces.push_back(other.get());
        }
        return check_invariants(vm, spaces);
    }
    [[nodiscard]] bool is_named(std::string_view what) {
        return std::ranges::any_of(violations(),
                                   [what](const std::string& one) { return one.find(what) != std::string::npos; });
    }
    /// What is wrong by design goes with all but one of those who share.
    void leave_one() {
        run_in(space);
        others.clear();
        space->forget_entry(AT);
    }
};

}  // namespace

TEST_CASE("copy-on-write, eager: the child reads the 17 that was written before, between and after the writes since") {
    for (const ForkMode mode : {ForkMode::CopyOnWrite, ForkMode::Eager}) {
        for (const ForkEntries entries : {ForkEntries::Copied, ForkEntries::Empty}) {
            Forking f(mode, entries);
            auto child = f.fork(f.space);
            CHECK(f.value_in(child, AT) == 17);
            (void)f.write_in(f.space, AT, 18);
            CHECK(f.value_in(child, AT) == 17);
            (void)f.write_in(f.space, AT + PAGE_SIZE, 19);  // copy-on-write after the fork
            CHECK(f.value_in(child, AT + PAGE_SIZE) == OF_FILE);
            (void)f.write_in(child, AT, 20);
            auto grandchild = f.fork(child);
            (void)f.write_in(child, AT, 21);
            CHECK(f.value_in(grandchild, AT) == 20);
            CHECK(f.value_in(f.space, AT) == 18);
            CHECK(f.violations().empty());
        }
    }
}

TEST_CASE("memcpy of the page table: the child sees what the parent writes further, and the check names the entry") {
    for (const ForkEntries entries : {ForkEntries::Copied, ForkEntries::Empty}) {
        Forking f(ForkMode::Memcpy, entries);
        auto child = f.fork(f.space);
        CHECK(f.value_in(child, AT) == 17);
        CHECK(f.write_in(f.space, AT, 18) == std::nullopt);  // no fault tells the kernel
        CHECK(f.value_in(child, AT) == 18);
        CHECK(f.is_named("is writable, but its page is not this mapping's own"));
        f.leave_one();
        CHECK(f.value_at(AT) == 18);
    }
}

TEST_CASE("memcpy of the page table is right for what is read-only at the fork, and for memory that is no file's") {
    Forking f(ForkMode::Memcpy);
    auto child = f.fork(f.space);
    CHECK(f.write_in(f.space, AT + PAGE_SIZE, 18) == FaultResult::CopyUp);
    CHECK(f.value_in(child, AT + PAGE_SIZE) == OF_FILE);
    CHECK(f.write_in(f.space, STACK, 2) == FaultResult::CopyUp);
    CHECK(f.value_in(child, STACK) == 1);
    f.leave_one();
}

TEST_CASE("from the file again: the child loses the 17, and no law is broken") {
    Forking f(ForkMode::FromFile);
    auto child = f.fork(f.space);
    CHECK(f.value_in(child, AT) == OF_FILE);
    CHECK(f.value_in(child, STACK) == 1);
    CHECK(f.write_in(f.space, AT, 18) == std::nullopt);  // the page is the parent's alone, as it was
    CHECK(f.write_in(child, AT, 19) == FaultResult::CopyUp);
    CHECK(f.value_in(f.space, AT) == 18);
    CHECK(f.violations().empty());
}

TEST_CASE("copy-on-write in the entries alone is right for one fork: the other has W again without a fault") {
    Forking f(ForkMode::CowInEntries);
    auto child = f.fork(f.space);
    CHECK(f.value_in(child, AT) == 17);
    CHECK(f.write_in(child, AT, 18) == FaultResult::CopyUp);
    CHECK(f.write_in(f.space, AT, 19) == std::nullopt);
    CHECK(f.value_in(child, AT) == 18);
    CHECK(f.value_in(f.space, AT) == 19);
    CHECK(f.violations().empty());
}

TEST_CASE("copy-on-write in the entries alone is wrong for two forks: two of three share a page that both may write") {
    Forking f(ForkMode::CowInEntries);
    auto first = f.fork(f.space);
    auto second = f.fork(f.space);
    CHECK(f.value_in(second, AT) == 17);
    CHECK(f.violations().empty());
    CHECK(f.write_in(first, AT, 18) == FaultResult::CopyUp);
    CHECK(f.is_named("is writable, but its page is not this mapping's own"));
    CHECK(f.write_in(f.space, AT, 19) == std::nullopt);
    CHECK(f.value_in(second, AT) == 19);
    CHECK(f.value_in(first, AT) == 18);
    f.leave_one();
}

TEST_CASE("no way to fork gives a private mapping W to the file's own page") {
    for (const ForkMode mode : {ForkMode::Memcpy, ForkMode::FromFile, ForkMode::CowInEntries}) {
        Forking f(mode);
        auto child = f.fork(f.space);
        CHECK(f.value_in(child, AT + PAGE_SIZE) == OF_FILE);
        CHECK(f.write_in(f.space, AT + PAGE_SIZE, 18) == FaultResult::CopyUp);
        CHECK_FALSE(child->pmap().lookup(AT + PAGE_SIZE).writable());
        f.leave_one();
    }
}
