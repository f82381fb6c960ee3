// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/file_locks.hpp"

#include "abi/linux/waiting.hpp"
#include "kernel/files/inode.hpp"

namespace vmlab::linux_abi {

namespace {

struct LockType {
    static constexpr std::int16_t READ = 0, WRITE = 1, UNLOCK = 2;
};

/// struct flock of the i386; what both layouts are read into is the wide one.
struct OldRecord {
    std::int16_t type, whence;
    std::int32_t start, length, pid;
};
struct __attribute__((packed)) WideRecord {
    std::int16_t type, whence;
    std::int64_t start, length;
    std::int32_t pid;
};
static_assert(sizeof(OldRecord) == 16 && sizeof(WideRecord) == 24);

std::optional<WideRecord> read_record(Syscall& call, LockLayout layout) {
    if (layout == LockLayout::Wide) {
        return call.memory.read<WideRecord>(call.pointer(2));
    }
    const auto old = call.memory.read<OldRecord>(call.pointer(2));
    return old ? std::optional(WideRecord{old->type, old->whence, old->start, old->length, old->pid}) : std::nullopt;
}

SyscallResult write_record(Syscall& call, const WideRecord& record, LockLayout layout) {
    if (layout == LockLayout::Wide) {
        return call.memory.write(call.pointer(2), record);
    }
    return call.memory.write(call.pointer(2),
                             OldRecord{record.type, record.whence, static_cast<std::int32_t>(record.start),
                                       static_cast<std::int32_t>(record.length), record.pid});
}

/// The bytes that a record means. Fails: INVAL, OVERFLOWED.
Result<RecordLocks::Lock, Errno> lock_of(Syscall& call, OpenFile& file, const WideRecord& record) {
    constexpr std::int16_t FROM_START = 0, FROM_POSITION = 1, FROM_END = 2;
    constexpr auto LAST = static_cast<std::int64_t>(RecordLocks::LAST_BYTE);
    std::int64_t base = 0;
    if (record.whence == FROM_POSITION) {
        const auto position = file.seek(0, SeekFrom::Current);
        base = position ? static_cast<std::int64_t>(position.value()) : 0;
    } else if (record.whence == FROM_END) {
        base = static_cast<std::int64_t>(file.status().size);
    } else if (record.whence != FROM_START) {
        return Failure(Errno::INVAL);
    }
    if (record.start > LAST - base) {
        return Failure(Errno::OVERFLOWED);
    }
    std::int64_t first = base + record.start, last = LAST;
    if (first < 0 || (record.length < 0 && first + record.length < 0)) {
        return Failure(Errno::INVAL);
    }
    if (record.length > 0) {
        if (record.length - 1 > LAST - first) {
            return Failure(Errno::OVERFLOWED);
        }
        last = first + record.length - 1;
    } else if (record.length < 0) {
        last = first - 1;
        first += record.length;
    }
    return RecordLocks::Lock{
        .owner = &call.process.files(),
        .pid = call.process.pid(),
        .kind = record.type == LockType::WRITE ? RecordLocks::Kind::Exclusive : RecordLocks::Kind::Shared,
        .first = static_cast<std::uint64_t>(first),
        .last = static_cast<std::uint64_t>(last)};
}

/// What there is to lock; a text of /proc is nobody else's.
Inode* lockable(const OpenFile& file) { return file.inode(); }

WaitChannel unlocking(const Inode& inode) { return {WaitChannel::What::Unlock, inode.number()}; }

}  // namespace

SyscallResult tell_lock(Syscall& call, OpenFile& file, LockLayout layout) {
    auto record = read_record(call, layout);
    if (!record) {
        return Errno::FAULT;
    }
    if (record->type != LockType::READ && record->type != LockType::WRITE) {
        return Errno::INVAL;
    }
    const auto wanted = lock_of(call, file, *record);
    if (!wanted) {
        return wanted.error();
    }
    Inode* const inode = lockable(file);
    const auto other = inode != nullptr ? inode->record_locks().find_conflict(wanted.value()) : std::nullopt;
    if (!other) {
        record->type = LockType::UNLOCK;
        return write_record(call, *record, layout);
    }
    const bool to_the_end = other->last == RecordLocks::LAST_BYTE;
    return write_record(call,
                        {.type = other->kind == RecordLocks::Kind::Exclusive ? LockType::WRITE : LockType::READ,
                         .whence = 0,
                         .start = static_cast<std::int64_t>(other->first),
                         .length = to_the_end ? 0 : static_cast<std::int64_t>(other->last - other->first + 1),
                         .pid = static_cast<std::int32_t>(other->pid)},
                        layout);
}

SyscallResult set_lock(Syscall& call, OpenFile& file, LockLayout layout, BlockMode mode) {
    const auto record = read_record(call, layout);
    if (!record) {
        return Errno::FAULT;
    }
    const auto wanted = lock_of(call, file, *record);
    if (!wanted) {
        return wanted.error();
    }
    const RecordLocks::Lock& lock = wanted.value();
    Inode* const inode = lockable(file);
    switch (record->type) {
        case LockType::UNLOCK:
            if (inode != nullptr) {
                inode->record_locks().remove(lock.owner, lock.first, lock.last);
            }
            return 0U;
        case LockType::READ:
        case LockType::WRITE:
            break;
        default:
            return Errno::INVAL;
    }
    if (record->type == LockType::READ ? !file.readable() : !file.writable()) {
        return Errno::BADF;
    }
    if (inode != nullptr && inode->record_locks().find_conflict(lock)) {
        return mode == BlockMode::Refuse ? SyscallResult(Errno::AGAIN)
                                         : wait_for(call, {.channels = {unlocking(*inode)}});
    }
    if (inode != nullptr) {
        inode->record_locks().add(lock, call.kernel.filesystem().waker(), unlocking(*inode));
    }
    return 0U;
}

// A lock that is to become another kind goes first: whoever waits may come between.
SyscallResult sys_flock(Syscall& call) {
    constexpr std::uint32_t SHARED = 1, EXCLUSIVE = 2, NONBLOCKING = 4, UNLOCK = 8;
    const std::uint32_t operation = call.argument(1) & ~NONBLOCKING;
    if (operation != SHARED && operation != EXCLUSIVE && operation != UNLOCK) {
        return Errno::INVAL;
    }
    OpenFile* const file = call.process.files().find(call.argument(0));
    if (file == nullptr) {
        return Errno::BADF;
    }
    Inode* const inode = lockable(*file);
    if (inode == nullptr) {
        return 0U;
    }
    RecordLocks& locks = inode->whole_locks();
    const RecordLocks::Lock lock{
        .owner = file,
        .pid = call.process.pid(),
        .kind = operation == EXCLUSIVE ? RecordLocks::Kind::Exclusive : RecordLocks::Kind::Shared};
    if (operation == UNLOCK || !locks.holds(lock)) {
        locks.remove(file);
    }
    if (operation == UNLOCK) {
        return 0U;
    }
    if (locks.find_conflict(lock)) {
        return (call.argument(1) & NONBLOCKING) != 0 ? SyscallResult(Errno::AGAIN)
                                                     : wait_for(call, {.channels = {unlocking(*inode)}});
    }
    locks.add(lock, call.kernel.filesystem().waker(), unlocking(*inode));
    file->note_whole_lock(Ref<Inode>(inode));
    return 0U;
}

}  // namespace vmlab::linux_abi
