// SPDX-License-Identifier: GPL-2.0-only
// What a system call's handler gets and gives back, and the table that finds it by number.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "abi/linux/errno.hpp"
#include "kernel/kernel.hpp"
#include "kernel/personality.hpp"
#include "kernel/user_memory.hpp"

namespace vmlab::linux_abi {

/// One system call on its way: its arguments are EBX, ECX, EDX, ESI, EDI and EBP.
struct Syscall {
    Kernel& kernel;
    Process& process;
    UserMemory memory;
    std::uint32_t number;
    std::array<std::uint32_t, 6> arguments;
    bool resumed = false;  ///< the process was blocked in this very call, and what it waited for has come

    [[nodiscard]] std::uint32_t argument(std::size_t index) const { return arguments[index]; }
    [[nodiscard]] VirtAddr pointer(std::size_t index) const { return VirtAddr(arguments[index]); }
    /// A 64-bit argument in two registers, the low half first.
    [[nodiscard]] std::uint64_t long_argument(std::size_t index) const {
        return arguments[index] | (std::uint64_t{arguments[index + 1]} << 32);
    }
};

/// What goes into EAX: a value, or an error number made negative.
struct SyscallResult {
    std::uint32_t eax = 0;

    SyscallResult(std::uint32_t value) : eax(value) {}                           // NOLINT: meant to be implicit
    SyscallResult(Errno error) : eax(0U - static_cast<std::uint32_t>(error)) {}  // NOLINT
    SyscallResult(FileError error) : SyscallResult(errno_of(error)) {}           // NOLINT
    SyscallResult(VmError error) : SyscallResult(errno_of(error)) {}             // NOLINT
    SyscallResult(CopyResult copied) : eax(0) {                                  // NOLINT
        if (copied == CopyResult::Fault) {
            *this = Errno::FAULT;
        }
    }
    template <typename E>
    SyscallResult(const Result<std::uint32_t, E>& result)  // NOLINT
        : SyscallResult(result ? SyscallResult(result.value()) : SyscallResult(result.error())) {}
    template <typename E>
    SyscallResult(const Result<Done, E>& result)  // NOLINT
        : SyscallResult(result ? SyscallResult(0U) : SyscallResult(result.error())) {}

    /// As a C library tells; no address that a call returns is as high.
    [[nodiscard]] bool is_error() const { return eax >= 0xFFFFF001; }
};

using SyscallHandler = SyscallResult (*)(Syscall& call);

/// Nothing when this kernel has no such call.
[[nodiscard]] SyscallHandler find_syscall(std::uint32_t number);
/// Every call whose name is known, also those that are not implemented.
[[nodiscard]] std::span<const SyscallName> syscall_table();

/// A path from user memory. Fails: FAULT, NAMETOOLONG; an empty one is no failure.
[[nodiscard]] Result<std::string, Errno> read_path(Syscall& call, VirtAddr address);

/// What a call returns that would make a file larger than its process may; the process gets SIGXFSZ.
[[nodiscard]] SyscallResult refuse_large_file(Syscall& call);

/// The pages of [start, start + length), or nothing when they are not all below the kernel.
[[nodiscard]] std::optional<VirtRange> user_pages(const AddressSpace& space, VirtAddr start, std::uint64_t length);

#define VMLAB_SYSCALL(number, name, arguments, handler) SyscallResult handler(Syscall& call);
#define VMLAB_SYSCALL_MISSING(number, name, arguments)
#include "abi/linux/syscalls.def"

}  // namespace vmlab::linux_abi
