// SPDX-License-Identifier: GPL-2.0-only
// What a system call's handler of xv6 gets, and the table that finds it by number.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "kernel/kernel.hpp"
#include "kernel/personality.hpp"
#include "kernel/user_memory.hpp"

namespace vmlab::xv6_abi {

/// What every call returns that fails.
inline constexpr std::uint32_t FAILED = ~0U;

/// One system call on its way. Its arguments are on the user's stack, above the return address that ESP points at; a pointer
/// is good if what it points to ends within the process's size, whatever is mapped there.
class Syscall {
public:
    Syscall(Kernel& its_kernel, Process& caller)
        : kernel(its_kernel), process(caller), memory(caller), frame_(caller.trap_frame()), resumed_(caller.resumed) {}

    [[nodiscard]] std::uint32_t number() const { return frame_.eax; }
    /// Whether it goes on after it was blocked.
    [[nodiscard]] bool resumed() const { return resumed_; }

    /// The size of the process's memory. Elsewhere: proc->sz.
    [[nodiscard]] std::uint32_t size() const { return process.space().heap_end().value; }

    // Each is nothing where the argument is bad. Elsewhere: fetchint, argint, argptr, argstr.
    [[nodiscard]] std::optional<std::uint32_t> word_at(std::uint32_t address);
    [[nodiscard]] std::optional<std::string> text_at(std::uint32_t address);
    [[nodiscard]] std::optional<std::uint32_t> argument(std::uint32_t index) {
        return word_at(frame_.esp + 4 + 4 * index);
    }
    [[nodiscard]] std::optional<VirtAddr> pointer(std::uint32_t index, std::uint32_t bytes);
    [[nodiscard]] std::optional<std::string> text(std::uint32_t index);
    /// The open file that the first argument names.
    [[nodiscard]] Ref<OpenFile> file();

    Kernel& kernel;
    Process& process;
    UserMemory memory;

private:
    TrapFrame frame_;
    bool resumed_;
};

/// What it returns counts unless the caller ended or was blocked.
using SyscallHandler = std::uint32_t (*)(Syscall& call);

/// Null when there is no such call.
[[nodiscard]] SyscallHandler find_syscall(std::uint32_t number);
[[nodiscard]] std::span<const SyscallName> syscall_table();

/// What a call that cannot go on returns: it is made again once the channel is woken.
[[nodiscard]] std::uint32_t wait_for(Syscall& call, const OpenFile& file, Direction direction);

#define VMLAB_XV6_SYSCALL(number, name, arguments, handler) std::uint32_t handler(Syscall& call);
#include "abi/xv6/syscalls.def"

}  // namespace vmlab::xv6_abi
