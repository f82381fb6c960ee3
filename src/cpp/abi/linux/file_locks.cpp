// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/file_locks.hpp"

#include <algorithm>

#include "abi/linux/waiting.hpp"
#include "kernel/files/inode.hpp"

namespace vmlab::linux_abi {

namespace {

enum class LockLayout : std::uint8_t { Old, Wide };

/// One of fcntl()'s commands.
struct LockCommand {
    std::uint32_t number;
    LockLayout layout;
    enum class Action : std::uint8_t { Ask, Set, SetOrWait } action;
    /// Whose the lock is: the process's, or that of the open file itself, whoever has it.
    enum class Owner : std::uint8_t { Process, OpenFile } owner;
};
using Action = LockCommand::Action;
using Owner = LockCommand::Owner;

constexpr LockCommand COMMANDS[] = {
    {5, LockLayout::Old, Action::Ask, Owner::Process},
    {6, LockLayout::Old, Action::Set, Owner::Process},
    {7, LockLayout::Old, Action::SetOrWait, Owner::Process},
    {12, LockLayout::Wide, Action::Ask, Owner::Process},
    {13, LockLayout::Wide, Action::Set, Owner::Process},
    {14, LockLayout::Wide, Action::SetOrWait, Owner::Process},
    {36, LockLayout::Wide, Action::Ask, Owner::OpenFile},
    {37, LockLayout::Wide, Action::Set, Owner::OpenFile},
    {38, LockLayout::Wide, Action::SetOrWait, Owner::OpenFile},
};

/// What is told as the pid where an open file has the lock.
constexpr std::uint32_t NO_PID = ~0U;

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

/// The bytes that a record means, and whose they are to be. Fails: INVAL, OVERFLOWED.
Result<RecordLocks::Lock, Errno> lock_of(Syscall& call, OpenFile& file, const WideRecord& record, Owner owner) {
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
    const bool by_file = owner == Owner::OpenFile;
    return RecordLocks::Lock{
        .owner = by_file ? static_cast<const void*>(&file) : &call.process.files(),
        .pid = by_file ? NO_PID : call.process.pid(),
        .kind = record.type == LockType::WRITE ? RecordLocks::Kind::Exclusive : RecordLocks::Kind::Shared,
        .first = static_cast<std::uint64_t>(first),
        .last = static_cast<std::uint64_t>(last)};
}

/// What there is to lock; a text of /proc is nobody else's.
Inode* lockable(const OpenFile& file) { return file.inode(); }

WaitChannel unlocking(const Inode& inode) { return {WaitChannel::What::Unlock, inode.number()}; }

/// Whether who owns `holder`'s lock waits, behind however many others, for one of `owner`. As on Linux, of several threads
/// that wait one counts, and rows longer than this are not followed. Elsewhere: posix_locks_deadlock (Linux).
bool waits_for(const Kernel& kernel, const void* holder, const void* owner) {
    constexpr std::uint32_t LONGEST = 11;
    for (std::uint32_t followed = 0; holder != nullptr && followed < LONGEST; ++followed) {
        const auto waiter = std::ranges::find_if(kernel.processes(), [holder](const auto& process) {
            return process->alive() && process->state() == ProcessState::Blocked && process->wait == Wait::File &&
                   process->file_wait.behind != nullptr && &process->files() == holder;
        });
        holder = waiter == kernel.processes().end() ? nullptr : (*waiter)->file_wait.behind;
        if (holder == owner) {
            return true;
        }
    }
    return false;
}

SyscallResult tell_lock(Syscall& call, OpenFile& file, WideRecord record, const LockCommand& command) {
    const bool by_file = command.owner == Owner::OpenFile;
    if (record.type != LockType::READ && record.type != LockType::WRITE &&
        !(by_file && record.type == LockType::UNLOCK)) {
        return Errno::INVAL;
    }
    const auto wanted = lock_of(call, file, record, command.owner);
    if (!wanted) {
        return wanted.error();
    }
    if (by_file && record.pid != 0) {
        return Errno::INVAL;
    }
    Inode* const inode = lockable(file);
    const bool asks_for_own = record.type == LockType::UNLOCK;
    const auto other = inode == nullptr ? std::nullopt
                       : asks_for_own   ? inode->record_locks().find_own(wanted.value())
                                        : inode->record_locks().find_conflict(wanted.value());
    if (!other) {
        record.type = LockType::UNLOCK;
        return write_record(call, record, command.layout);
    }
    const bool to_the_end = other->last == RecordLocks::LAST_BYTE;
    return write_record(call,
                        {.type = other->kind == RecordLocks::Kind::Exclusive ? LockType::WRITE : LockType::READ,
                         .whence = 0,
                         .start = static_cast<std::int64_t>(other->first),
                         .length = to_the_end ? 0 : static_cast<std::int64_t>(other->last - other->first + 1),
                         .pid = static_cast<std::int32_t>(other->pid)},
                        command.layout);
}

/// What stands in the way decides: it is waited for, unless nobody wants to, or it would be for ever.
SyscallResult wait_behind(Syscall& call, const Inode& inode, const RecordLocks::Lock& other,
                          const RecordLocks::Lock& wanted, const LockCommand& command) {
    if (command.action == Action::Set) {
        return Errno::AGAIN;
    }
    if (command.owner == Owner::Process && waits_for(call.kernel, other.owner, wanted.owner)) {
        return Errno::DEADLK;
    }
    const bool tells_whom = command.owner == Owner::Process;
    return wait_for(call, {.channels = {unlocking(inode)}, .behind = tells_whom ? other.owner : nullptr});
}

SyscallResult set_lock(Syscall& call, OpenFile& file, const WideRecord& record, const LockCommand& command) {
    const auto wanted = lock_of(call, file, record, command.owner);
    if (!wanted) {
        return wanted.error();
    }
    const bool unlocks = record.type == LockType::UNLOCK;
    if (!unlocks && record.type != LockType::READ && record.type != LockType::WRITE) {
        return Errno::INVAL;
    }
    if (!unlocks && (record.type == LockType::READ ? !file.readable() : !file.writable())) {
        return Errno::BADF;
    }
    if (command.owner == Owner::OpenFile && record.pid != 0) {
        return Errno::INVAL;
    }
    Inode* const inode = lockable(file);
    if (inode == nullptr) {
        return 0U;
    }
    const RecordLocks::Lock& lock = wanted.value();
    if (unlocks) {
        inode->record_locks().remove(lock.owner, lock.first, lock.last);
        return 0U;
    }
    if (const auto other = inode->record_locks().find_conflict(lock)) {
        return wait_behind(call, *inode, *other, lock, command);
    }
    inode->record_locks().add(lock, call.kernel.filesystem().waker(), unlocking(*inode));
    if (command.owner == Owner::OpenFile) {
        file.note_own_lock(Ref<Inode>(inode));
    }
    return 0U;
}

}  // namespace

SyscallResult control_lock(Syscall& call, OpenFile& file, std::uint32_t number) {
    const auto* const command = std::ranges::find(COMMANDS, number, &LockCommand::number);
    if (command == std::end(COMMANDS)) {
        return Errno::INVAL;
    }
    const auto record = read_record(call, command->layout);
    if (!record) {
        return Errno::FAULT;
    }
    return command->action == Action::Ask ? tell_lock(call, file, *record, *command)
                                          : set_lock(call, file, *record, *command);
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
    file->note_own_lock(Ref<Inode>(inode));
    return 0U;
}

}  // namespace vmlab::linux_abi
