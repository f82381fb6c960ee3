// SPDX-License-Identifier: GPL-2.0-only
// What a system call's handler gets and gives back, and the table that finds it by number.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "abi/pintos/layout.hpp"
#include "abi/pintos/session.hpp"
#include "base/result.hpp"
#include "kernel/kernel.hpp"
#include "kernel/user_memory.hpp"

namespace vmlab::pintos_abi {

/// One system call on its way: its arguments lie on the user's stack, above its number.
struct Syscall {
    Kernel& kernel;
    Process& process;
    Session& session;
    UserMemory memory;
    std::uint32_t number = 0;
    std::array<std::uint32_t, 3> arguments{};

    [[nodiscard]] std::uint32_t argument(std::size_t index) const { return arguments[index]; }
    [[nodiscard]] VirtAddr pointer(std::size_t index) const { return VirtAddr(arguments[index]); }
    /// The open file that the first argument names; null when there is none. The keyboard and the console are no files.
    [[nodiscard]] OpenFile* file() const {
        return arguments[0] > CONSOLE ? process.files().find(arguments[0]) : nullptr;
    }
};

/// The caller gave memory that it has not, or may not write: it ends with -1.
struct BadPointer {};

/// What goes into EAX, unless the caller has ended or waits.
using SyscallResult = Result<std::uint32_t, BadPointer>;
using SyscallHandler = SyscallResult (*)(Syscall& call);

/// What calls return that fail: -1, or false.
inline constexpr std::uint32_t FAILED = 0xFFFFFFFF, FALSE_VALUE = 0, TRUE_VALUE = 1;

/// Nothing when there is no such call.
[[nodiscard]] SyscallHandler find_syscall(std::uint32_t number);
[[nodiscard]] std::span<const SyscallName> syscall_table();

/// A string of the caller's; nothing when it is longer than a page.
[[nodiscard]] Result<std::optional<std::string>, BadPointer> read_string(Syscall& call, VirtAddr address);

#define VMLAB_SYSCALL(number, name, arguments, handler) SyscallResult handler(Syscall& call);
#include "abi/pintos/syscalls.def"

}  // namespace vmlab::pintos_abi
