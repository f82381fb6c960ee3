// SPDX-License-Identifier: GPL-2.0-only
#include "abi/pintos/layout.hpp"
#include "abi/pintos/syscall.hpp"
#include "kernel/system_call.hpp"

namespace vmlab::pintos_abi {

namespace {

constexpr SyscallHandler HANDLERS[] = {
#define VMLAB_SYSCALL(number, name, arguments, handler) handler,
#include "abi/pintos/syscalls.def"
};

constexpr SyscallName NAMES[] = {
#define VMLAB_SYSCALL(number, name, arguments, handler) {number, #name, arguments},
#include "abi/pintos/syscalls.def"
};

static_assert(numbered_in_order(NAMES), "a call's number is its place in the table");

}  // namespace

SyscallHandler find_syscall(std::uint32_t number) { return number < std::size(HANDLERS) ? HANDLERS[number] : nullptr; }

std::span<const SyscallName> syscall_table() { return NAMES; }

Result<std::optional<std::string>, BadPointer> read_string(Syscall& call, VirtAddr address) {
    auto text = call.memory.copy_in_string(address, LONGEST_STRING - 1);
    if (!text) {
        // None came within a page: either memory ended, or the text goes on.
        std::array<std::byte, LONGEST_STRING> bytes;
        if (call.memory.copy_in(address, bytes) == CopyResult::Fault) {
            return Failure(BadPointer{});
        }
    }
    return text;
}

}  // namespace vmlab::pintos_abi
