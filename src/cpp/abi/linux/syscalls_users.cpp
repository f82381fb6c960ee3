// SPDX-License-Identifier: GPL-2.0-only
// Users and groups: there are user 0 and group 0, as where a user namespace has only root mapped.
#include <limits>
#include <span>
#include <vector>

#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

namespace {

using NarrowId = std::uint16_t;  ///< of the first calls
using WideId = std::uint32_t;

/// The largest number of an id: where several are set, this one stays as it is.
template <typename Id>
constexpr Id NOBODY = std::numeric_limits<Id>::max();

/// Sets the ids of the first arguments.
template <typename Id, std::size_t COUNT>
SyscallResult set_ids(const Syscall& call) {
    for (std::size_t index = 0; index < COUNT; ++index) {
        const auto id = static_cast<Id>(call.argument(index));
        const bool stays = COUNT > 1 && id == NOBODY<Id>;
        if (id != 0 && !stays) {
            return Errno::INVAL;
        }
    }
    return 0U;
}

/// The real one, the one in force, and the saved one.
template <typename Id>
SyscallResult tell_ids(Syscall& call) {
    for (std::size_t index = 0; index < 3; ++index) {
        if (call.memory.write(call.pointer(index), Id{0}) == CopyResult::Fault) {
            return Errno::FAULT;
        }
    }
    return 0U;
}

template <typename Id>
SyscallResult tell_groups(Syscall& call) {
    const std::uint32_t count = call.process.credentials.further_groups;
    const auto room = static_cast<std::int32_t>(call.argument(0));
    if (room == 0) {
        return count;
    }
    if (room < 0 || static_cast<std::uint32_t>(room) < count) {
        return Errno::INVAL;
    }
    const std::vector<Id> groups(count);
    return call.memory.copy_out(call.pointer(1), std::as_bytes(std::span(groups))) == CopyResult::Ok
               ? SyscallResult(count)
               : SyscallResult(Errno::FAULT);
}

template <typename Id>
SyscallResult set_groups(Syscall& call) {
    constexpr std::uint32_t MOST_GROUPS = 65536;
    const std::uint32_t count = call.argument(0);
    if (count > MOST_GROUPS) {
        return Errno::INVAL;
    }
    for (std::uint32_t index = 0; index < count; ++index) {
        const auto group = call.memory.read<Id>(call.pointer(1) + index * sizeof(Id));
        if (!group) {
            return Errno::FAULT;
        }
        if (*group != 0) {
            return Errno::INVAL;
        }
    }
    call.process.credentials.further_groups = count;
    return 0U;
}

}  // namespace

SyscallResult sys_get_user(Syscall&) { return 0U; }

SyscallResult sys_set_user16(Syscall& call) { return set_ids<NarrowId, 1>(call); }
SyscallResult sys_set_user(Syscall& call) { return set_ids<WideId, 1>(call); }
SyscallResult sys_set_two_users16(Syscall& call) { return set_ids<NarrowId, 2>(call); }
SyscallResult sys_set_two_users(Syscall& call) { return set_ids<WideId, 2>(call); }
SyscallResult sys_set_three_users16(Syscall& call) { return set_ids<NarrowId, 3>(call); }
SyscallResult sys_set_three_users(Syscall& call) { return set_ids<WideId, 3>(call); }
SyscallResult sys_get_three_users16(Syscall& call) { return tell_ids<NarrowId>(call); }
SyscallResult sys_get_three_users(Syscall& call) { return tell_ids<WideId>(call); }

// Tells who it was before, also where it changes nothing.
SyscallResult sys_set_file_user(Syscall&) { return 0U; }

SyscallResult sys_getgroups16(Syscall& call) { return tell_groups<NarrowId>(call); }
SyscallResult sys_getgroups(Syscall& call) { return tell_groups<WideId>(call); }
SyscallResult sys_setgroups16(Syscall& call) { return set_groups<NarrowId>(call); }
SyscallResult sys_setgroups(Syscall& call) { return set_groups<WideId>(call); }

}  // namespace vmlab::linux_abi
