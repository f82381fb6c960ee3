// SPDX-License-Identifier: GPL-2.0-only
#include "vm/device_pager.hpp"
#include "vm/vm_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr VirtAddr AT = VmFixture::AT;
constexpr std::uint32_t PAGES = 3;

struct DeviceFixture : VmFixture {
    explicit DeviceFixture(const VmConfig& config = {}) : VmFixture(64, config) {
        auto made = DevicePager::create(machine, PAGES);
        REQUIRE(made);
        pager = made.get();
        first = pager->first_frame();
        device = VmObject::create_device(vm, std::move(made), PAGES);
    }
    ~DeviceFixture() {
        check();
        device = nullptr;
    }
    VirtAddr show(Sharing sharing, std::uint32_t pages = PAGES, VirtAddr at = AT) {
        return map_file(device, pages, sharing, at);
    }
    [[nodiscard]] std::uint32_t word_of(std::uint32_t page) {
        std::uint32_t word = 0;
        std::memcpy(&word, machine.memory().frame(FrameNumber(first.value + page)).data(), sizeof word);
        return word;
    }

    Ref<VmObject> device;
    DevicePager* pager;
    FrameNumber first;
};

std::uint32_t uses(VmFixture& f, FrameUse use) {
    std::uint32_t count = 0;
    for (std::uint32_t frame = 0; frame < f.machine.frames().total(); ++frame) {
        count += f.machine.frames().use(FrameNumber(frame)) == use ? 1U : 0U;
    }
    return count;
}

}  // namespace

TEST_CASE_FIXTURE(DeviceFixture, "a shared mapping of a device shows its frames, with no frame of its own") {
    show(Sharing::Shared);
    CHECK(read(AT + PAGE_SIZE) == FaultResult::Resident);
    CHECK_FALSE(write(AT + PAGE_SIZE, 17).has_value());
    CHECK(word_of(1) == 17);
    CHECK(space->pmap().lookup(AT + PAGE_SIZE).frame().value == first.value + 1);
    CHECK(vm.page_frames() == 0);
    CHECK(vm.counters().pages_zeroed == 0);
    check();
}

TEST_CASE_FIXTURE(DeviceFixture, "a private mapping copies a device's page at the first write") {
    show(Sharing::Private);
    CHECK(read(AT) == FaultResult::Resident);
    CHECK(write(AT, 17) == FaultResult::CopyUp);
    CHECK(word_of(0) == 0);
    CHECK(value_at(AT) == 17);
    REQUIRE(space->advise({AT, AT.value + PAGE_SIZE}, Advice::DontNeed).ok());
    CHECK(value_at(AT) == 0);
    check();
}

TEST_CASE_FIXTURE(DeviceFixture, "parent and child write the same frames of a shared device") {
    show(Sharing::Shared);
    (void)write(AT, 1);
    auto child = fork(space);
    run_in(child);
    CHECK(value_at(AT) == 1);
    (void)write(AT + 2 * PAGE_SIZE, 2);
    check();
    run_in(space);
    CHECK(value_at(AT + 2 * PAGE_SIZE) == 2);
    CHECK(vm.counters().pages_copied == 0);
    exit(child);
    running = nullptr;
}

TEST_CASE("an eager fork copies a private mapping of a device and shares a shared one") {
    VmConfig config;
    config.profile.fork = ForkMode::Eager;
    DeviceFixture f(config);
    f.show(Sharing::Shared);
    f.show(Sharing::Private, PAGES, VirtAddr(0x20000000));
    auto child = f.fork(f.space);
    CHECK(f.vm.counters().pages_copied == PAGES);
    f.run_in(child);
    (void)f.write(AT, 5);
    (void)f.write(VirtAddr(0x20000000), 6);
    CHECK(f.word_of(0) == 5);
    f.check();
}

TEST_CASE("a device's pages are never evicted and count against no limit") {
    VmConfig config{.page_frame_limit = 1, .swap_slots = 4};
    DeviceFixture f(config);
    f.show(Sharing::Shared);
    f.write_numbers(PAGES);
    f.map(2, VmFixture::READ_WRITE, VirtAddr(0x20000000));
    CHECK(f.write(VirtAddr(0x20000000), 1) == FaultResult::ZeroFill);
    CHECK(f.write(VirtAddr(0x20001000), 2) == FaultResult::ZeroFill);
    CHECK(f.vm.counters().pages_evicted == 1);
    CHECK(f.vm.daemon().free_one());
    CHECK_FALSE(f.vm.daemon().free_one());
    CHECK(f.value_at(AT + PAGE_SIZE) == 2);
    f.check();
}

TEST_CASE_FIXTURE(DeviceFixture, "a device that fails is a bus error, and works again afterwards") {
    show(Sharing::Shared);
    pager->fail_next(1);
    CHECK(read(AT) == FaultResult::BusError);
    CHECK(read(AT) == FaultResult::Resident);
    check();
}

TEST_CASE_FIXTURE(DeviceFixture, "past a device's end there is nothing") {
    show(Sharing::Shared, PAGES + 1);
    CHECK(read(AT + PAGES * PAGE_SIZE) == FaultResult::BusError);
    CHECK(write(AT + (PAGES - 1) * PAGE_SIZE, 1) == FaultResult::Resident);
}

TEST_CASE_FIXTURE(DeviceFixture, "a device's pages can be wired and let go") {
    show(Sharing::Shared);
    const VirtRange all{AT, AT.value + PAGES * PAGE_SIZE};
    REQUIRE(space->set_wiring(all, Wiring::Wired).ok());
    CHECK(vm.wired_pages() == 0);
    check();
    REQUIRE(space->set_wiring(all, Wiring::Pageable).ok());
    check();
    CHECK_FALSE(vm.daemon().free_one());
}

TEST_CASE_FIXTURE(DeviceFixture, "a device keeps its frames where a handler would install others") {
    show(Sharing::Shared);
    (void)write(AT, 17);
    const auto frame = vm.allocate_frame(FrameUse::Handler);
    CHECK(space->install_page(AT, *frame, {READ_WRITE}).error() == VmError::AccessDenied);
    CHECK(value_at(AT) == 17);
    constexpr VirtAddr COPY{0x20000000};
    show(Sharing::Private, PAGES, COPY);
    REQUIRE(space->install_page(COPY, *frame, {READ_WRITE}).ok());
    (void)write(COPY, 18);
    CHECK(word_of(0) == 17);
    check();
}

TEST_CASE("a device's frames go back with the last that shows them, not before") {
    VmFixture f(64);
    auto pager = DevicePager::create(f.machine, PAGES);
    Ref<VmObject> device = VmObject::create_device(f.vm, std::move(pager), PAGES);
    f.map_file(device, PAGES, Sharing::Shared);
    (void)f.write(AT, 17);
    device = nullptr;
    CHECK(uses(f, FrameUse::Device) == PAGES);
    CHECK(f.value_at(AT) == 17);
    f.check();
    REQUIRE(f.space->unmap({AT, AT.value + PAGES * PAGE_SIZE}).ok());
    CHECK(uses(f, FrameUse::Device) == 0);
    CHECK_FALSE(DevicePager::create(f.machine, 64));
}
