// SPDX-License-Identifier: GPL-2.0-only
// What the calls of System V have in common: their flags, how they tell whose an object is, and how one is found by its key.
#pragma once

#include <cstdint>

#include "abi/linux/syscall.hpp"
#include "abi/linux/time_records.hpp"
#include "kernel/ipc_table.hpp"

namespace vmlab::linux_abi {

/// The names that follow IPC_.
struct IpcFlags {
    static constexpr std::uint32_t CREAT = 01000, EXCL = 02000, NOWAIT = 04000;
    static constexpr std::uint32_t RMID = 0, SET = 1, STAT = 2, INFO = 3;
    static constexpr std::uint32_t WIDE = 0x100;  ///< IPC_64: the structures of today
    static constexpr std::uint32_t PERMISSIONS = 0777;
};

/// Which structures a caller knows.
enum class IpcLayout : std::uint8_t { Old, Wide };

/// struct ipc64_perm.
struct IpcRecord {
    std::uint32_t key, user, group, creator_user, creator_group;
    std::uint16_t mode, padding1, sequence, padding2;
    std::uint32_t spare[2];
};
static_assert(sizeof(IpcRecord) == 36);

/// struct ipc_perm, of the calls before.
struct OldIpcRecord {
    std::uint32_t key;
    std::uint16_t user, group, creator_user, creator_group, mode, sequence;
};
static_assert(sizeof(OldIpcRecord) == 16);

/// Fields as the structures have them: a time's low word, and a number in 16 bits.
[[nodiscard]] inline std::uint32_t ipc_seconds(std::uint64_t time) { return static_cast<std::uint32_t>(time / SECOND); }
[[nodiscard]] inline std::uint16_t ipc_narrow(std::uint32_t value) { return static_cast<std::uint16_t>(value); }

[[nodiscard]] inline IpcRecord record_of(const IpcIdentity& identity, std::uint32_t more_mode = 0) {
    return {.key = identity.key,
            .user = identity.user,
            .group = identity.group,
            .mode = ipc_narrow(identity.permissions | more_mode),
            .sequence = ipc_narrow(identity.id >> 15)};
}
[[nodiscard]] inline OldIpcRecord old_record_of(const IpcRecord& wide) {
    return {.key = wide.key,
            .user = ipc_narrow(wide.user),
            .group = ipc_narrow(wide.group),
            .creator_user = ipc_narrow(wide.creator_user),
            .creator_group = ipc_narrow(wide.creator_group),
            .mode = wide.mode,
            .sequence = wide.sequence};
}

/// Owner, group and rights, which IPC_SET takes from a status. Nothing when it cannot be read.
template <typename Wide, typename Old>
std::optional<IpcIdentity> read_wanted_identity(UserMemory& memory, VirtAddr from, IpcLayout layout) {
    const auto identity = [](const auto& record) {
        return IpcIdentity{.permissions = record.mode, .user = record.user, .group = record.group};
    };
    if (layout == IpcLayout::Wide) {
        const auto wide = memory.read<Wide>(from);
        return wide ? std::optional(identity(wide->record)) : std::nullopt;
    }
    const auto old = memory.read<Old>(from);
    return old ? std::optional(identity(old->record)) : std::nullopt;
}

inline void change_identity(IpcIdentity& identity, const IpcIdentity& wanted, std::uint64_t now) {
    identity.user = wanted.user;
    identity.group = wanted.group;
    identity.permissions = wanted.permissions & IpcFlags::PERMISSIONS;
    identity.changed = now;
}

/// An object by its key, or a new one: `fits` says whether the one that is there is as asked, `make` makes one.
template <typename Table, typename Fits, typename Make>
SyscallResult find_or_make(Table& table, std::uint32_t key, std::uint32_t flags, const Fits& fits, const Make& make) {
    if (const auto* const found = table.find_by_key(key)) {
        if ((flags & (IpcFlags::CREAT | IpcFlags::EXCL)) == (IpcFlags::CREAT | IpcFlags::EXCL)) {
            return Errno::EXIST;
        }
        return fits(*found) ? SyscallResult(found->identity.id) : SyscallResult(Errno::INVAL);
    }
    return key != 0 && (flags & IpcFlags::CREAT) == 0 ? SyscallResult(Errno::NOENT) : make();
}

/// The largest place in a table that is taken, which is what the calls about all objects return.
template <typename Table>
std::uint32_t last_index(Table& table) {
    return table.all().empty() ? 0 : table.all().rbegin()->first;
}

/// What the calls do, by their own numbers and by ipc().
[[nodiscard]] SyscallResult get_segment(Syscall& call, std::uint32_t key, std::uint32_t bytes, std::uint32_t flags);
[[nodiscard]] SyscallResult attach_segment(Syscall& call, std::uint32_t id, VirtAddr address, std::uint32_t flags);
[[nodiscard]] SyscallResult detach_segment(Syscall& call, VirtAddr address);
[[nodiscard]] SyscallResult control_segment(Syscall& call, std::uint32_t id, std::uint32_t command, VirtAddr buffer,
                                            IpcLayout layout);

[[nodiscard]] SyscallResult get_semaphores(Syscall& call, std::uint32_t key, std::uint32_t count, std::uint32_t flags);
/// `timeout` may be 0; Timespec says how it is written.
template <typename Timespec>
[[nodiscard]] SyscallResult operate_semaphores(Syscall& call, std::uint32_t id, VirtAddr operations,
                                               std::uint32_t count, VirtAddr timeout);
[[nodiscard]] SyscallResult control_semaphores(Syscall& call, std::uint32_t id, std::uint32_t number,
                                               std::uint32_t command, std::uint32_t argument, IpcLayout layout);

[[nodiscard]] SyscallResult get_message_queue(Syscall& call, std::uint32_t key, std::uint32_t flags);
[[nodiscard]] SyscallResult send_message(Syscall& call, std::uint32_t id, VirtAddr message, std::uint32_t bytes,
                                         std::uint32_t flags);
[[nodiscard]] SyscallResult receive_message(Syscall& call, std::uint32_t id, VirtAddr message, std::uint32_t bytes,
                                            std::uint32_t type, std::uint32_t flags);
[[nodiscard]] SyscallResult control_message_queue(Syscall& call, std::uint32_t id, std::uint32_t command,
                                                  VirtAddr buffer, IpcLayout layout);

}  // namespace vmlab::linux_abi
