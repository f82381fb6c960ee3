// SPDX-License-Identifier: GPL-2.0-only
// A Pintos process on a processor that plays scripts, so that single system calls can be made from a test.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "abi/linux_fixture.hpp"
#include "abi/pintos/personality.hpp"

namespace vmlab_test {

struct PintosFixture {
    explicit PintosFixture(const vmlab::KernelConfig& config = {})
        : machine(machine_config(), [this](vmlab::Machine& made) { return make_cpu(made); }),
          kernel(machine, vmlab::make_pintos_personality(), config) {}

    static vmlab::MachineConfig machine_config() {
        const auto personality = vmlab::make_pintos_personality();
        return {.ram_bytes = std::uint64_t{4} << 20,
                .gdt = personality->gdt(),
                .kernel_window = personality->kernel_window()};
    }
    std::unique_ptr<vmlab::Cpu> make_cpu(vmlab::Machine& made) {
        auto script = std::make_unique<vmlab::ScriptCpu>(made.memory(), made.mmu());
        cpu = script.get();
        return script;
    }
    /// Started with these arguments, its own name the first.
    vmlab::Process& spawn(std::vector<std::string> arguments, std::string elf = small_program()) {
        auto spawned = kernel.spawn({.name = arguments.front(),
                                     .elf = std::move(elf),
                                     .arguments = arguments,
                                     .environment = {},
                                     .standard_input = ""});
        REQUIRE_MESSAGE(spawned.ok(), spawned.error());
        machine.mmu().load_cr3(spawned.value()->space().pmap().root());
        return *spawned.value();
    }
    [[nodiscard]] const std::string& console() { return kernel.terminal().screen(); }

    vmlab::ScriptCpu* cpu = nullptr;
    vmlab::Machine machine;
    vmlab::Kernel kernel;
};

/// A running process of small_program(), whose stack pointer a test puts where it likes.
struct PintosProcess : PintosFixture {
    vmlab::Process& process = spawn({"small"});

    /// Makes the call whose number and arguments lie at ESP and returns EAX; nothing when the process has ended in it.
    std::optional<std::int32_t> call_at(std::uint32_t esp) {
        vmlab::Registers registers = kernel.registers(process);
        registers.esp = esp;
        registers.eip = 0;
        kernel.write_registers(process, registers);
        cpu->load({{.kind = vmlab::ScriptStep::Kind::Interrupt, .value = 0x30}});
        vmlab::RunLimits limits{.budget = 1000};
        limits.stop_at.set(static_cast<std::size_t>(vmlab::EventKind::syscall_return));
        limits.stop_at.set(static_cast<std::size_t>(vmlab::EventKind::process_exited));
        static_cast<void>(kernel.run(limits));
        return process.alive() ? std::optional(static_cast<std::int32_t>(kernel.registers(process).eax)) : std::nullopt;
    }
    template <typename... Words>
    std::optional<std::int32_t> call(Words... words) {
        const std::array<std::uint32_t, sizeof...(words)> there{static_cast<std::uint32_t>(words)...};
        REQUIRE(vmlab::UserMemory(process).copy_out(vmlab::VirtAddr(CALL), std::as_bytes(std::span(there))) ==
                vmlab::CopyResult::Ok);
        return call_at(CALL);
    }
    std::uint32_t put(const std::string& text, std::uint32_t at = SCRATCH) {
        const auto bytes = std::as_bytes(std::span(text.c_str(), text.size() + 1));
        REQUIRE(vmlab::UserMemory(process).copy_out(vmlab::VirtAddr(at), bytes) == vmlab::CopyResult::Ok);
        return at;
    }

    static constexpr std::uint32_t CALL = SCRATCH + 0x800;  ///< where number and arguments are put
};

/// By number, as the programs of the course have them.
enum PintosCall : std::uint32_t {
    HALT,
    EXIT,
    EXEC,
    WAIT,
    CREATE,
    REMOVE,
    OPEN,
    FILESIZE,
    READ,
    WRITE,
    SEEK,
    TELL,
    CLOSE,
    MMAP,
    MUNMAP,
    CHDIR,
    MKDIR,
    READDIR,
    ISDIR,
    INUMBER
};

}  // namespace vmlab_test
