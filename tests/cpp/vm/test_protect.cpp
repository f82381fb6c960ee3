// SPDX-License-Identifier: GPL-2.0-only
// AddressSpace::protect: which entries may be written at once, and which only after a fault.
#include <doctest/doctest.h>

#include "vm_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr VirtAddr AT = VmFixture::AT;

bool may_write(const AddressSpace& space, VirtAddr va) { return space.pmap().lookup(va).writable(); }

void lose_and_gain_write(VmFixture& f, std::uint32_t count) {
    REQUIRE(f.space->protect(pages_at(AT, count), {VmFixture::READ}).ok());
    for (std::uint32_t page = 0; page < count; ++page) {
        CHECK_FALSE(may_write(*f.space, AT + page * PAGE_SIZE));
    }
    REQUIRE(f.space->protect(pages_at(AT, count), {VmFixture::READ_WRITE}).ok());
    f.check();
}

}  // namespace

TEST_CASE("a page of one's own may be written as soon as mprotect allows it") {
    VmFixture f;
    f.map(3, VmFixture::READ_WRITE);
    (void)f.write(AT, 5);
    lose_and_gain_write(f, 3);
    CHECK(may_write(*f.space, AT));
    CHECK_FALSE(f.space->pmap().lookup(AT + PAGE_SIZE).present());
}

TEST_CASE("mprotect gives no write to a page that a write would have to copy") {
    SUBCASE("the frame of zeros") {
        VmFixture f(256, {.profile = {.zero_page = ZeroPage::On}});
        f.map(1, VmFixture::READ_WRITE);
        CHECK(f.read(AT) == FaultResult::ZeroPage);
        lose_and_gain_write(f, 1);
        CHECK_FALSE(may_write(*f.space, AT));
        CHECK(f.write(AT, 7) == FaultResult::ZeroFill);
    }
    SUBCASE("shared with a child") {
        VmFixture f;
        f.map(1, VmFixture::READ_WRITE);
        (void)f.write(AT, 5);
        const auto child = f.fork(f.space);
        lose_and_gain_write(f, 1);
        CHECK_FALSE(may_write(*f.space, AT));
        CHECK(f.write(AT, 6) == FaultResult::CopyUp);
        f.run_in(child);
        CHECK(f.value_at(AT) == 5);
    }
    SUBCASE("behind a shadow that has another page") {
        VmFixture f;
        f.map(2, VmFixture::READ_WRITE);
        (void)f.write(AT, 5);
        (void)f.write(AT + PAGE_SIZE, 6);
        const auto child = f.fork(f.space);
        CHECK(f.write(AT, 7) == FaultResult::CopyUp);
        lose_and_gain_write(f, 2);
        CHECK(may_write(*f.space, AT));
        CHECK_FALSE(may_write(*f.space, AT + PAGE_SIZE));
        CHECK(f.write(AT + PAGE_SIZE, 8) == FaultResult::CopyUp);
        f.run_in(child);
        CHECK(f.value_at(AT + PAGE_SIZE) == 6);
    }
    SUBCASE("of a file, privately") {
        VmFixture f;
        f.map_file(f.file(std::string(PAGE_SIZE, 'a')), 1, Sharing::Private);
        CHECK(f.read(AT) == FaultResult::PageIn);
        lose_and_gain_write(f, 1);
        CHECK_FALSE(may_write(*f.space, AT));
        CHECK(f.write(AT, 7) == FaultResult::CopyUp);
    }
}

TEST_CASE("a file's page that is shared may be written as soon as mprotect allows it, and is dirty only when it is") {
    VmFixture f;
    const auto file = f.file(std::string(PAGE_SIZE, 'a'));
    f.map_file(file, 1, Sharing::Shared);
    CHECK(f.read(AT) == FaultResult::PageIn);
    lose_and_gain_write(f, 1);
    CHECK(may_write(*f.space, AT));
    CHECK_FALSE(f.space->pmap().is_dirty(AT));
}
