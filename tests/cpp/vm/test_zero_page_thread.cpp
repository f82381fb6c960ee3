// SPDX-License-Identifier: GPL-2.0-only
#include "vm/vm_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr VirtAddr AT = VmFixture::AT;

VmConfig zeroing(std::uint32_t frames) {
    VmConfig config;
    config.profile.zero_ahead = frames;
    return config;
}

/// Leaves nothing but frames that were written and freed.
void soil_memory(VmFixture& f) {
    std::vector<FrameNumber> taken;
    while (const auto frame = f.machine.frames().allocate(FrameUse::Handler)) {
        std::memset(f.vm.memory().writable_frame(*frame).data(), 0x55, PAGE_SIZE);
        taken.push_back(*frame);
    }
    for (const FrameNumber frame : taken) {
        f.machine.frames().free(frame);
    }
}

}  // namespace

TEST_CASE("a zero-fill fault takes a frame that was zeroed ahead and clears none itself") {
    VmFixture f(64, zeroing(2));
    soil_memory(f);
    f.map(4, VmFixture::READ_WRITE);
    f.vm.daemon().run();
    CHECK(f.machine.frames().zeroed() == 2);
    CHECK(f.machine.frames().used() == f.frames_before + 1);
    CHECK(f.vm.counters().pages_zeroed_ahead == 2);
    f.check();
    CHECK(f.write(AT, 1) == FaultResult::ZeroFill);
    CHECK(f.value_at(AT + 8) == 0);
    CHECK(f.vm.counters().pages_zeroed == 0);
    (void)f.write(AT + PAGE_SIZE, 1);
    CHECK(f.value_at(AT + PAGE_SIZE + 8) == 0);
    (void)f.write(AT + 2 * PAGE_SIZE, 1);
    CHECK(f.value_at(AT + 2 * PAGE_SIZE + 8) == 0);
    CHECK(f.vm.counters().pages_zeroed == 1);
    f.vm.daemon().run();
    CHECK(f.vm.counters().pages_zeroed_ahead == 4);
    CHECK(f.tracer.of_kind(EventKind::work_done).size() == 2);
    CHECK(f.vm.work_done(Worker::ZeroPageThread).times == 2);
    CHECK(f.vm.work_done(Worker::ZeroPageThread).pages == 4);
}

TEST_CASE("what needs no zeros takes the zeroed frames last") {
    VmFixture f(16, zeroing(3));
    soil_memory(f);
    f.vm.daemon().run();
    const std::uint32_t free = f.machine.frames().available();
    std::vector<FrameNumber> taken;
    for (std::uint32_t count = 3; count < free; ++count) {
        taken.push_back(*f.vm.allocate_frame(FrameUse::Handler));
    }
    CHECK(f.machine.frames().zeroed() == 3);
    taken.push_back(*f.vm.allocate_frame(FrameUse::Handler));
    CHECK(f.machine.frames().zeroed() == 2);
    f.check();
    for (const FrameNumber frame : taken) {
        f.vm.free_frame(frame);
    }
}

TEST_CASE("the zero-page thread sleeps unless it is asked for") {
    VmFixture f(16);
    f.vm.daemon().run();
    CHECK(f.machine.frames().zeroed() == 0);
    CHECK(f.vm.counters().pages_zeroed_ahead == 0);
}

TEST_CASE("check finds a frame that counts as zeroed and was written") {
    VmFixture f(16, zeroing(1));
    f.vm.daemon().run();
    FrameNumber zeroed;
    for (std::uint32_t number = 0; number < f.machine.frames().total(); ++number) {
        if (f.machine.frames().use(FrameNumber(number)) == FrameUse::Zeroed) {
            zeroed = FrameNumber(number);
        }
    }
    f.vm.memory().writable_frame(zeroed)[7] = std::byte{1};
    CHECK(check_invariants(f.vm, {f.space.get()}).size() == 1);
    f.vm.memory().zero_frame(zeroed);
}
