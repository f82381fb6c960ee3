// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include <stdexcept>

#include "machine/script_machine.hpp"

using namespace vmlab;
using namespace vmlab::test;

namespace {

using Kind = ScriptStep::Kind;
constexpr VirtAddr PAGE{0x00403000};
constexpr FrameNumber FRAME{0x40};

}  // namespace

TEST_CASE("a script reads and writes guest memory through the tables") {
    HandMadeTables tables;
    tables.map(PAGE, FRAME, P | W | U);
    ScriptCpu cpu(tables.memory, tables.mmu);
    cpu.load({{Kind::Write, PAGE + 8, 42}, {Kind::Read, PAGE + 8}});
    CHECK(cpu.run(2).kind == ExitKind::BudgetSpent);
    CHECK(cpu.registers().eax == 42);
    CHECK(tables.memory.read32(FRAME.address() + 8) == 42);
    CHECK(cpu.instructions() == 2);
    CHECK(cpu.run(10).kind == ExitKind::BudgetSpent);
    CHECK(cpu.instructions() == 12);  // it idles
}

TEST_CASE("a denied step is a page fault and runs again when it is retried") {
    HandMadeTables tables;
    tables.map(PAGE, FRAME, P | U);
    ScriptCpu cpu(tables.memory, tables.mmu);
    cpu.load({{Kind::Write, PAGE + 4, 7}});
    const CpuExit fault = cpu.run(10);
    CHECK(fault.kind == ExitKind::PageFault);
    CHECK(fault.vector == 14);
    CHECK(fault.error_code == 7);
    CHECK(fault.address == PAGE + 4);
    CHECK(fault.access == Access::Write);
    CHECK(cpu.instructions() == 0);
    tables.map(PAGE, FRAME, P | W | U);
    CHECK(cpu.run(10).kind == ExitKind::BudgetSpent);
    CHECK(tables.memory.read32(FRAME.address() + 4) == 7);
}

TEST_CASE("a budget stops the script on the next step") {
    HandMadeTables tables;
    tables.map(PAGE, FRAME, P | U);
    ScriptCpu cpu(tables.memory, tables.mmu);
    cpu.load({{Kind::Read, PAGE}, {Kind::Read, PAGE}, {Kind::Read, PAGE}});
    CHECK(cpu.run(1).kind == ExitKind::BudgetSpent);
    CHECK(cpu.registers().eip == 1);
}

TEST_CASE("an interrupt exits after its step, a page outside RAM is a machine check") {
    HandMadeTables tables;
    tables.map(PAGE, FrameNumber(0x100), P | U);
    ScriptCpu cpu(tables.memory, tables.mmu);
    cpu.load({{Kind::Interrupt, VirtAddr(), 0x80}, {Kind::Fetch, PAGE}});
    const CpuExit interrupt = cpu.run(10);
    CHECK(interrupt.kind == ExitKind::SoftwareInterrupt);
    CHECK(interrupt.vector == 0x80);
    CHECK(interrupt.instruction == VirtAddr(0));
    CHECK(cpu.registers().eip == 1);
    const CpuExit check = cpu.run(10);
    CHECK(check.kind == ExitKind::Exception);
    CHECK(check.vector == 18);
}

TEST_CASE("a context brings the registers back") {
    HandMadeTables tables;
    ScriptCpu cpu(tables.memory, tables.mmu);
    Registers registers;
    registers.eax = 5;
    cpu.set_registers(registers);
    const auto saved = cpu.save_context();
    cpu.restore_context(*cpu.initial_context());
    CHECK(cpu.registers().eax == 0);
    cpu.restore_context(*saved);
    CHECK(cpu.registers().eax == 5);
}

TEST_CASE("an access across two pages is refused when the script is loaded") {
    HandMadeTables tables;
    ScriptCpu cpu(tables.memory, tables.mmu);
    CHECK_THROWS_AS(cpu.load({{Kind::Read, PAGE + 0xFFD}}), std::invalid_argument);
    CHECK_NOTHROW(cpu.load({{Kind::Read, PAGE + 0xFFC}}));
}
