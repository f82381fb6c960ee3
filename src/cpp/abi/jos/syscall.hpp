// SPDX-License-Identifier: GPL-2.0-only
// What a system call's handler of JOS gets, and the tables that find it by number.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "abi/jos/system.hpp"
#include "kernel/user_memory.hpp"

namespace vmlab::jos_abi {

/// Elsewhere: the errors of inc/error.h, which calls return made negative.
enum class Error : std::uint32_t { BadEnv = 2, Inval = 3, NoMem = 4, NoFreeEnv = 5, IpcNotRecv = 7 };

[[nodiscard]] constexpr std::uint32_t result_of(Error error) { return 0U - static_cast<std::uint32_t>(error); }

struct Syscall {
    System& system;
    Process& process;
    Environment& caller;
    std::uint32_t number;
    std::array<std::uint32_t, 5> arguments;  ///< EDX, ECX, EBX, EDI, ESI
    bool resumed = false;                    ///< whether it goes on after it was blocked
};

/// What it returns counts unless the caller ended or was blocked.
using SyscallHandler = std::uint32_t (*)(Syscall& call);

/// Null when the lab's kernel has no such call.
[[nodiscard]] SyscallHandler find_syscall(Lab lab, std::uint32_t number);
[[nodiscard]] std::span<const SyscallName> syscall_table(Lab lab);

#define VMLAB_JOS_SYSCALL(since, name, arguments, handler) std::uint32_t handler(Syscall& call);
#include "abi/jos/syscalls.def"

}  // namespace vmlab::jos_abi
