// SPDX-License-Identifier: GPL-2.0-only
#include "vm/vm_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr VirtAddr AT = VmFixture::AT;

MapRequest fresh(std::uint32_t pages, VirtAddr at = AT) {
    return {.address = at,
            .length = std::uint64_t{pages} * PAGE_SIZE,
            .placement = Placement::Fixed,
            .protection = {VmFixture::READ_WRITE}};
}

}  // namespace

TEST_CASE("pages wired on touch come in one by one, and stay") {
    VmFixture f(64, {.page_frame_limit = 2, .swap_slots = 8});
    f.map(4, VmFixture::READ_WRITE);
    REQUIRE(f.space->set_wiring(pages_at(AT, 2), Wiring::WiredOnTouch).ok());
    CHECK(f.vm.wired_pages() == 0);
    (void)f.write(AT, 1);
    CHECK(f.vm.wired_pages() == 1);
    REQUIRE(f.space->set_wiring(pages_at(AT, 2), Wiring::Wired).ok());
    CHECK(f.vm.wired_pages() == 2);
    REQUIRE(f.space->set_wiring(pages_at(AT, 2), Wiring::WiredOnTouch).ok());
    CHECK(f.vm.wired_pages() == 2);
    f.check();
    REQUIRE(f.space->set_wiring(pages_at(AT, 2), Wiring::Pageable).ok());
    CHECK(f.vm.wired_pages() == 0);
}

TEST_CASE("what is mapped from now on is wired, at once or on touch, and not in a child") {
    VmFixture f;
    f.space->set_future_wiring(Wiring::Wired);
    REQUIRE(f.space->map(fresh(3)).ok());
    CHECK(f.vm.wired_pages() == 3);
    f.space->set_future_wiring(Wiring::WiredOnTouch);
    auto explicitly = fresh(2, AT + 16 * PAGE_SIZE);
    explicitly.wiring = Wiring::Wired;
    REQUIRE(f.space->map(std::move(explicitly)).ok());
    CHECK(f.vm.wired_pages() == 3);
    (void)f.write(AT + 16 * PAGE_SIZE, 1);
    CHECK(f.vm.wired_pages() == 4);
    auto child = f.fork(f.space);
    REQUIRE(child->map(fresh(1, AT + 32 * PAGE_SIZE)).ok());
    CHECK_FALSE(is_wired(child->find_mapping(AT + 32 * PAGE_SIZE)->wiring));
    f.exit(child);
}

TEST_CASE("memory that is to be populated is there, as far as it may be touched") {
    VmFixture f;
    auto request = fresh(3);
    request.populate = Populate::Yes;
    REQUIRE(f.space->map(std::move(request)).ok());
    CHECK(f.space->resident(pages_at(AT, 3)) == std::vector<bool>{true, true, true});
    CHECK_FALSE(f.write(AT, 1).has_value());
    auto closed = fresh(1, AT + 16 * PAGE_SIZE);
    closed.populate = Populate::Yes;
    closed.protection = {};
    REQUIRE(f.space->map(std::move(closed)).ok());
    CHECK(f.space->resident(pages_at(AT + 16 * PAGE_SIZE, 1)) == std::vector<bool>{false});
}

TEST_CASE("populating for an access says why it cannot be") {
    VmFixture f;
    f.map(2, VmFixture::READ);
    CHECK(f.space->populate(pages_at(AT, 2), Access::Read).ok());
    CHECK(f.space->populate(pages_at(AT, 2), Access::Write).error() == VmError::Invalid);
    CHECK(f.space->populate(pages_at(AT, 3), Access::Read).error() == VmError::NotMapped);
    const auto file = f.file("short");
    f.map_file(file, 2, Sharing::Shared, AT + 16 * PAGE_SIZE);
    CHECK(f.space->populate(pages_at(AT + 16 * PAGE_SIZE, 2), Access::Write).error() == VmError::NoPage);
    CHECK(f.space->populate(pages_at(AT + 16 * PAGE_SIZE, 1), Access::Write).ok());
}

TEST_CASE("a mapping that is wired brings in what it is lengthened by") {
    VmFixture f;
    f.map(2, VmFixture::READ_WRITE);
    REQUIRE(f.space->set_wiring(pages_at(AT, 2), Wiring::Wired).ok());
    REQUIRE(f.space->remap({.old_address = AT, .old_length = 2 * PAGE_SIZE, .new_length = 5 * PAGE_SIZE}).ok());
    CHECK(f.vm.wired_pages() == 5);
}
