// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

namespace {

constexpr std::size_t TABLE_SIZE = 512;

constexpr std::array<SyscallHandler, TABLE_SIZE> HANDLERS = [] {
    std::array<SyscallHandler, TABLE_SIZE> handlers{};
#define VMLAB_SYSCALL(number, name, arguments, handler) handlers[number] = handler;
#include "abi/linux/syscalls.def"
    return handlers;
}();

constexpr SyscallName NAMES[] = {
#define VMLAB_SYSCALL(number, name, arguments, handler) {number, #name, arguments},
#define VMLAB_SYSCALL_MISSING(number, name, arguments) {number, #name, arguments},
#include "abi/linux/syscalls.def"
};

}  // namespace

SyscallHandler find_syscall(std::uint32_t number) { return number < TABLE_SIZE ? HANDLERS[number] : nullptr; }

std::span<const SyscallName> syscall_table() { return NAMES; }

// A path may be as long as PATH_LIMIT with its NUL. Where none came within that, either memory ended or the text goes on.
Result<std::string, Errno> read_path(Syscall& call, VirtAddr address) {
    constexpr std::uint32_t PATH_LIMIT = 4096;
    if (auto path = call.memory.copy_in_string(address, PATH_LIMIT - 1)) {
        return std::move(*path);
    }
    std::array<std::byte, PATH_LIMIT> bytes;
    const bool readable = call.memory.copy_in(address, bytes) == CopyResult::Ok;
    return Failure(readable ? Errno::NAMETOOLONG : Errno::FAULT);
}

}  // namespace vmlab::linux_abi
