// SPDX-License-Identifier: GPL-2.0-only
// A Linux process on a processor that plays scripts, so that single system calls can be made from a test.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "abi/linux/personality.hpp"
#include "kernel/kernel_fixture.hpp"

namespace vmlab_test {

struct LinuxFixture : KernelFixture {
    explicit LinuxFixture(std::uint64_t ram_bytes = std::uint64_t{4} << 20, const vmlab::KernelConfig& config = {})
        : KernelFixture(vmlab::make_linux_personality(), ram_bytes, config) {}
};

/// A running process of small_program().
struct ProcessFixture : LinuxFixture {
    vmlab::Process& process = spawn({.name = "small",
                                     .elf = small_program(),
                                     .arguments = {"small"},
                                     .environment = {},
                                     .standard_input = "input"});
    vmlab::UserMemory memory{process};
    /// The same after it has executed another program.
    vmlab::UserMemory memory_now() { return vmlab::UserMemory(process); }

    /// Lets the process do this next.
    void play(const vmlab::ScriptStep& step, vmlab::Registers registers) {
        registers.eip = 0;
        kernel.write_registers(process, registers);
        cpu->load({step});
    }
    void play(const vmlab::ScriptStep& step) { play(step, kernel.registers(process)); }

    /// Makes one system call as the process would and returns EAX; nothing when it would wait for ever.
    template <typename... Arguments>
    std::optional<std::int32_t> try_call(std::uint32_t number, Arguments... arguments) {
        static_assert(sizeof...(arguments) <= 6);
        std::array<std::uint32_t, 6> words{static_cast<std::uint32_t>(arguments)...};
        vmlab::Registers registers = kernel.registers(process);
        registers.eax = number;
        registers.ebx = words[0];
        registers.ecx = words[1];
        registers.edx = words[2];
        registers.esi = words[3];
        registers.edi = words[4];
        registers.ebp = words[5];
        play({.kind = vmlab::ScriptStep::Kind::Interrupt, .value = 0x80}, registers);
        vmlab::RunLimits limits{.budget = 1000};
        limits.stop_at.set(static_cast<std::size_t>(vmlab::EventKind::syscall_return));
        const vmlab::Stop stop = kernel.run(limits);
        if (stop.reason == vmlab::StopReason::Deadlock) {
            process.blocked_trap.reset();  // the test makes another call instead
            kernel.wake(process.wait, process.pid());
            return std::nullopt;
        }
        REQUIRE((stop.reason == vmlab::StopReason::Event || stop.reason == vmlab::StopReason::Exited));
        return process.alive() ? static_cast<std::int32_t>(kernel.registers(process).eax) : 0;
    }
    /// The same for one that does not wait.
    template <typename... Arguments>
    std::int32_t call(std::uint32_t number, Arguments... arguments) {
        const auto result = try_call(number, arguments...);
        REQUIRE_MESSAGE(result.has_value(), "call ", number, " waits for ever");
        return result.value_or(0);
    }

    /// Puts a text with its NUL into the process's memory and returns where.
    std::uint32_t put(const std::string& text, std::uint32_t at = SCRATCH) {
        const auto bytes = std::as_bytes(std::span(text.c_str(), text.size() + 1));
        REQUIRE(memory_now().copy_out(vmlab::VirtAddr(at), bytes) == vmlab::CopyResult::Ok);
        return at;
    }
    template <typename T>
    void put_value(std::uint32_t at, const T& value) {
        REQUIRE(memory_now().write(vmlab::VirtAddr(at), value) == vmlab::CopyResult::Ok);
    }
    template <typename T>
    T get(std::uint32_t at) {
        const auto value = memory_now().read<T>(vmlab::VirtAddr(at));
        REQUIRE(value.has_value());
        return *value;
    }
    std::string get_text(std::uint32_t at, std::uint32_t bytes) {
        std::string text(bytes, '?');
        REQUIRE(memory_now().copy_in(vmlab::VirtAddr(at), std::as_writable_bytes(std::span(text))) ==
                vmlab::CopyResult::Ok);
        return text;
    }
};

}  // namespace vmlab_test
