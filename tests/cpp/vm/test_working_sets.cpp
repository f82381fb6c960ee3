// SPDX-License-Identifier: GPL-2.0-only
#include "vm/vm_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr VirtAddr AT = VmFixture::AT;
constexpr std::uint32_t MINIMUM = 3;

VmConfig windows(std::uint32_t frames, std::uint32_t tick) {
    VmConfig config{.page_frame_limit = frames, .swap_slots = 64};
    config.profile.scope = ReplacementScope::Local;
    config.profile.working_set_minimum = MINIMUM;
    config.profile.balance_tick = tick;
    return config;
}

struct WorkingSets : VmFixture {
    explicit WorkingSets(std::uint32_t frames = 64, std::uint32_t tick = 1) : VmFixture(128, windows(frames, tick)) {
        map(40, READ_WRITE);
        run_in(space);
    }
    ~WorkingSets() { running = nullptr; }

    std::uint32_t pages_of(const Ref<AddressSpace>& of) { return vm.domains()[of->domain()].pages; }
    void write_pages(std::uint32_t first, std::uint32_t end) {
        for (std::uint32_t page = first; page < end; ++page) {
            CHECK(write(AT + page * PAGE_SIZE, page + 1).has_value());
        }
    }
    /// Another process, with memory of its own at the same place; the one that runs from here on.
    Ref<AddressSpace> start_another() {
        Ref<AddressSpace> other = AddressSpace::create(vm, SpaceLayout{});
        REQUIRE(other);
        others.push_back(other);
        run_in(other);
        REQUIRE(other
                    ->map({.address = AT,
                           .length = std::uint64_t{40} * PAGE_SIZE,
                           .placement = Placement::Fixed,
                           .protection = {READ_WRITE}})
                    .ok());
        return other;
    }
};

}  // namespace

TEST_CASE_FIXTURE(WorkingSets, "a turn of the clock takes what was not used since the last, down to the minimum") {
    write_pages(0, 6);
    vm.daemon().run();
    CHECK(pages_of(space) == 6);  // the turn has cleared what the writes left
    (void)read(AT);
    (void)read(AT + 5 * PAGE_SIZE);
    vm.daemon().run();
    CHECK(pages_of(space) == MINIMUM);
    CHECK(space->pmap().lookup(AT).present());
    CHECK(space->pmap().lookup(AT + 5 * PAGE_SIZE).present());
    CHECK(vm.work_done(Worker::BalanceSetManager).pages == 3);
    check();
    CHECK(read(AT + PAGE_SIZE) == FaultResult::Reclaim);
    CHECK(value_at(AT + PAGE_SIZE) == 2);
}

TEST_CASE("between two ticks the balance-set manager sleeps") {
    WorkingSets f(64, 1'000'000);
    f.write_pages(0, 6);
    f.vm.daemon().run();
    f.vm.daemon().run();
    f.vm.daemon().run();
    CHECK(f.pages_of(f.space) == 6);
    f.vm.charge(1'000'000);
    f.vm.daemon().run();
    CHECK(f.pages_of(f.space) == MINIMUM);
}

TEST_CASE("who is below his minimum gets frames from those above theirs, who keep their own minimum") {
    WorkingSets f(8, 0);
    f.write_pages(0, 20);
    CHECK(f.pages_of(f.space) == 8);
    const auto other = f.start_another();
    f.write_pages(0, 20);
    CHECK(f.pages_of(other) == MINIMUM);
    CHECK(f.pages_of(f.space) == 8 - MINIMUM);
    f.check();
    for (std::uint32_t page = 0; page < 20; ++page) {
        CHECK(f.value_at(AT + page * PAGE_SIZE) == page + 1);
    }
    f.run_in(f.space);
    f.write_pages(20, 30);
    CHECK(f.pages_of(other) == MINIMUM);
    CHECK(f.pages_of(f.space) == 8 - MINIMUM);
}

TEST_CASE("frames that one process leaves unused go to another that wants more") {
    WorkingSets f(8, 1);
    f.write_pages(0, 8);
    const auto other = f.start_another();
    f.write_pages(0, 3);
    CHECK(f.pages_of(f.space) == 5);
    f.vm.daemon().run();
    (void)f.read(AT);
    f.vm.daemon().run();  // the first process has not run meanwhile
    CHECK(f.pages_of(f.space) == MINIMUM);
    f.write_pages(3, 10);
    CHECK(f.pages_of(other) == 8 - MINIMUM);
    f.check();
}

TEST_CASE("when memory is short the largest working set gives first") {
    VmConfig config = windows(20, 1'000'000);
    config.profile.low_watermark = 4;
    config.profile.high_watermark = 6;
    VmFixture f(128, config);
    f.map(40, VmFixture::READ_WRITE);
    f.run_in(f.space);
    f.vm.daemon().run();  // the tick's turn is behind it
    for (std::uint32_t page = 0; page < 17; ++page) {
        (void)f.write(AT + page * PAGE_SIZE, page);
    }
    f.vm.daemon().run();
    CHECK(f.vm.domains()[f.space->domain()].pages == 14);
    CHECK(f.vm.work_done(Worker::BalanceSetManager).pages == 3);
    CHECK(f.vm.work_done(Worker::PageoutDaemon).times == 0);
    CHECK(f.vm.work_done(Worker::ModifiedPageWriter).pages == 3);
    f.check();
}

TEST_CASE("as many processes are guaranteed a working set as there are frames for") {
    WorkingSets f(8, 0);
    CHECK(f.vm.can_guarantee_another());
    auto other = f.start_another();
    CHECK_FALSE(f.vm.can_guarantee_another());
    CHECK(f.tracer.of_kind(EventKind::start_refused).size() == 1);
    f.run_in(f.space);
    f.exit(other);
    CHECK(f.vm.can_guarantee_another());
}

TEST_CASE("locked pages and the kernel's frames are nobody's to promise") {
    VmConfig config = windows(~0U, 0);
    VmFixture f(16, config);
    f.map(9, VmFixture::READ_WRITE);
    f.run_in(f.space);
    CHECK(f.vm.can_guarantee_another());
    REQUIRE(f.space->set_wiring({AT, AT.value + 9 * PAGE_SIZE}, Wiring::Wired).ok());
    CHECK_FALSE(f.vm.can_guarantee_another());
    REQUIRE(f.space->set_wiring({AT, AT.value + 9 * PAGE_SIZE}, Wiring::Pageable).ok());
}

TEST_CASE_FIXTURE(WorkingSets, "the swapper empties a working set below its minimum, and faults bring it back") {
    write_pages(0, 6);
    CHECK(vm.swapper().empty(space->domain()) == 6);
    CHECK(pages_of(space) == 0);
    check();
    for (std::uint32_t page = 0; page < 6; ++page) {
        CHECK(value_at(AT + page * PAGE_SIZE) == page + 1);
    }
}

TEST_CASE_FIXTURE(WorkingSets, "a frame of the kernel's goes to swap and comes back with its bytes") {
    const FrameNumber frame = machine.frames().allocate(FrameUse::KernelStack).value();
    std::memset(vm.memory().writable_frame(frame).data(), 0x5a, PAGE_SIZE);
    const SwapSlot slot = vm.swapper().take_out(frame).value();
    CHECK(is_free(machine.frames().use(frame)));
    CHECK(vm.swap().used() == 1);
    check();
    std::memset(vm.memory().writable_frame(frame).data(), 0, PAGE_SIZE);
    vm.swap().disk().fail_next(IoDirection::Read, 1);  // it tries again
    const FrameNumber back = vm.swapper().bring_back(slot, FrameUse::KernelStack).value();
    for (const std::byte byte : vm.memory().frame(back)) {
        REQUIRE(byte == std::byte{0x5a});
    }
    CHECK(vm.swap().used() == 0);
    CHECK(vm.swapper().kernel_slots().empty());
    check();
    const SwapSlot again = vm.swapper().take_out(back).value();
    vm.swapper().forget(again);
    CHECK(vm.swap().used() == 0);
}

TEST_CASE_FIXTURE(WorkingSets, "a frame of the kernel's stays where the disk fails or swap is full") {
    const FrameNumber frame = machine.frames().allocate(FrameUse::KernelStack).value();
    vm.swap().disk().fail_next(IoDirection::Write, 1);
    CHECK_FALSE(vm.swapper().take_out(frame).has_value());
    CHECK(vm.swap().used() == 0);
    std::vector<SwapSlot> taken;
    while (const auto run = vm.swap().allocate(1)) {
        taken.push_back(run->first);
    }
    CHECK_FALSE(vm.swapper().take_out(frame).has_value());
    for (const SwapSlot slot : taken) {
        vm.swap().free(slot);
    }
    CHECK(machine.frames().use(frame) == FrameUse::KernelStack);
    machine.frames().free(frame);
}

TEST_CASE("a process whose promised frames were locked by another goes on with its own") {
    WorkingSets f(~0U, 0);
    const auto other = f.start_another();
    f.write_pages(0, 2);
    f.run_in(f.space);
    const std::uint32_t rest = f.machine.frames().available();
    REQUIRE(f.space->unmap({AT, AT.value + 40 * PAGE_SIZE}).ok());
    f.map(rest - 1, VmFixture::READ_WRITE);
    static_cast<void>(f.space->set_wiring({AT, AT.value + (rest - 1) * PAGE_SIZE}, Wiring::Wired));
    f.run_in(other);
    CHECK(f.write(AT + 2 * PAGE_SIZE, 3).has_value());
    CHECK(f.write(AT + 3 * PAGE_SIZE, 4) == FaultResult::ZeroFill);
    CHECK(f.write(AT + 4 * PAGE_SIZE, 5) == FaultResult::ZeroFill);
    CHECK(f.value_at(AT) == 1);
    f.check();
}

TEST_CASE("a process without a page gets one, also where page tables took what was promised to all") {
    WorkingSets f(~0U, 0);
    f.write_pages(0, MINIMUM);
    const auto other = f.start_another();
    std::vector<FrameNumber> taken;
    while (const auto frame = f.machine.frames().allocate(FrameUse::PageTable)) {
        taken.push_back(*frame);
    }
    CHECK(f.pages_of(other) == 0);
    CHECK(f.write(AT, 1).has_value());
    CHECK(f.pages_of(f.space) < MINIMUM);
    f.run_in(f.space);
    CHECK(f.value_at(AT) == 1);
    for (const FrameNumber frame : taken) {
        f.machine.frames().free(frame);
    }
}
