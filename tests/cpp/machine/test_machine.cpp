// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include <stdexcept>

#include "machine/script_machine.hpp"

using namespace vmlab;
using namespace vmlab::test;

namespace {

using Kind = ScriptStep::Kind;

}  // namespace

TEST_CASE("a new machine keeps its descriptors in frame 0") {
    Machine machine(small_machine(), script_cpu());
    CHECK(machine.descriptors().frame() == FrameNumber(0));
    CHECK(machine.frames().use(FrameNumber(0)) == FrameUse::Descriptors);
    CHECK(machine.frames().used() == 1);
}

TEST_CASE("only the gates of int3 and into are open to ring 3") {
    Machine machine(small_machine(), script_cpu());
    for (int vector = 0; vector < 256; ++vector) {
        CHECK(machine.descriptors().user_may_raise(static_cast<std::uint8_t>(vector)) == (vector == 3 || vector == 4));
    }
}

TEST_CASE("int through a closed gate is a general protection fault on the int itself") {
    Machine machine(small_machine(), script_cpu({{Kind::Interrupt, VirtAddr(), 14}}));
    const CpuExit exit = machine.run(1);
    CHECK(exit.kind == ExitKind::Exception);
    CHECK(exit.vector == 13);
    CHECK(exit.error_code == 0x72);
    CHECK(machine.cpu().registers().eip == 0);
}

TEST_CASE("int through an open gate is a software interrupt with EIP after it") {
    Machine machine(small_machine(), script_cpu({{Kind::Interrupt, VirtAddr(), 0x80}}));
    machine.descriptors().set_gate(0x80, {.selector = 0x08, .dpl = Ring::User});
    const CpuExit exit = machine.run(1);
    CHECK(exit.kind == ExitKind::SoftwareInterrupt);
    CHECK(exit.vector == 0x80);
    CHECK(machine.cpu().registers().eip == 1);
}

TEST_CASE("the kernel window must be 4 MB aligned with room for RAM above it") {
    MachineConfig config = small_machine();
    config.kernel_window = VirtAddr(0xC0001000);
    CHECK_THROWS_AS(Machine(config, script_cpu()), std::invalid_argument);
    config.kernel_window = VirtAddr(0xF0000000);
    config.ram_bytes = std::uint64_t{512} << 20;
    CHECK_THROWS_AS(Machine(config, script_cpu()), std::invalid_argument);
}
