// SPDX-License-Identifier: GPL-2.0-only
#include "abi/jos/syscall.hpp"

#include "kernel/system_call.hpp"

namespace vmlab::jos_abi {

namespace {

constexpr SyscallHandler HANDLERS[] = {
#define VMLAB_JOS_SYSCALL(number, name, arguments, handler) &handler,
#include "abi/jos/syscalls4.def"
};

constexpr SyscallName NAMES[] = {
#define VMLAB_JOS_SYSCALL(number, name, arguments, handler) {number, #name, arguments},
#include "abi/jos/syscalls4.def"
};

static_assert(numbered_in_order(NAMES), "a call's number is its place in the table");

constexpr std::size_t COUNT_IN_LAB_3 = 4;  // the first ones

}  // namespace

std::span<const SyscallName> syscall_table(Lab lab) {
    return lab == Lab::Three ? std::span(NAMES).first<COUNT_IN_LAB_3>() : std::span<const SyscallName>(NAMES);
}

SyscallHandler find_syscall(Lab lab, std::uint32_t number) {
    return number < syscall_table(lab).size() ? HANDLERS[number] : nullptr;
}

}  // namespace vmlab::jos_abi
