// SPDX-License-Identifier: GPL-2.0-only
// A Pintos process on a processor that plays scripts, so that single system calls can be made from a test.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "abi/pintos/personality.hpp"
#include "kernel/kernel_fixture.hpp"

namespace vmlab_test {

struct PintosFixture : KernelFixture {
    explicit PintosFixture(const vmlab::KernelConfig& config = {})
        : KernelFixture(vmlab::make_pintos_personality(), std::uint64_t{4} << 20, config) {}

    /// Started with these arguments, its own name the first.
    vmlab::Process& spawn(std::vector<std::string> arguments, std::string elf = small_program()) {
        return KernelFixture::spawn(request_of(std::move(arguments), std::move(elf)));
    }
    [[nodiscard]] const std::string& console() { return kernel.terminal().screen(); }
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
