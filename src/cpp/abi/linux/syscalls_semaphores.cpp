// SPDX-License-Identifier: GPL-2.0-only
// System V semaphores: what semget, semop, semtimedop and semctl do.
#include <algorithm>
#include <vector>

#include "abi/linux/ipc_records.hpp"
#include "abi/linux/timeouts.hpp"

namespace vmlab::linux_abi {

namespace {

using Outcome = SemaphoreSets::Outcome;
using WaitsFor = SemaphoreSets::WaitsFor;

/// Commands of semctl().
struct SemCommand {
    static constexpr std::uint32_t GETPID = 11, GETVAL = 12, GETALL = 13, GETNCNT = 14, GETZCNT = 15;
    static constexpr std::uint32_t SETVAL = 16, SETALL = 17, STAT = 18, INFO = 19, STAT_ANY = 20;
};

/// struct sembuf, and its flag SEM_UNDO.
struct OperationRecord {
    std::uint16_t number;
    std::int16_t change, flags;
};
constexpr std::uint32_t UNDO = 0x1000;

/// struct semid64_ds.
struct SetStatus {
    IpcRecord record;
    std::uint32_t operated[2], changed[2];
    std::uint32_t count, spare[2];
};
static_assert(sizeof(SetStatus) == 64);

/// struct semid_ds, of the calls before.
struct OldSetStatus {
    OldIpcRecord record;
    std::uint32_t operated, changed, pointers[4];
    std::uint16_t count, padding;
};
static_assert(sizeof(OldSetStatus) == 44);

/// struct seminfo.
struct SemaphoreLimits {
    std::uint32_t map, sets, semaphores, undos, of_set, operations, undos_of_one, size, largest, largest_undo;
};

SyscallResult make_set(Syscall& call, std::uint32_t key, std::uint32_t count, std::uint32_t flags) {
    SemaphoreSets& sets = call.kernel.semaphores();
    if (count == 0) {
        return Errno::INVAL;
    }
    if (sets.semaphores() + count > SemaphoreSets::MOST_SEMAPHORES ||
        sets.table().all().size() >= SemaphoreSets::MOST) {
        return Errno::NOSPC;
    }
    const SemaphoreSet& made = sets.table().add(
        {.identity = {.key = key, .permissions = flags & IpcFlags::PERMISSIONS, .changed = call.kernel.now()},
         .semaphores = std::vector<SemaphoreSet::Semaphore>(count)});
    return made.identity.id;
}

SemaphoreOperation operation_of(const OperationRecord& record) {
    const auto flags = static_cast<std::uint32_t>(record.flags);
    const bool waits = (flags & IpcFlags::NOWAIT) == 0;
    return {.number = record.number,
            .change = record.change,
            .blocked = waits ? SemaphoreOperation::Blocked::Waits : SemaphoreOperation::Blocked::Fails,
            .at_end = (flags & UNDO) != 0 ? SemaphoreOperation::AtEnd::IsUndone : SemaphoreOperation::AtEnd::Stays};
}

/// Fails: TOOBIG, INVAL, FAULT.
Result<std::vector<SemaphoreOperation>, Errno> read_operations(Syscall& call, VirtAddr from, std::uint32_t count) {
    if (count > SemaphoreSets::MOST_OPERATIONS || count == 0) {
        return Failure(count == 0 ? Errno::INVAL : Errno::TOOBIG);
    }
    std::vector<OperationRecord> records(count);
    if (call.memory.copy_in(from, std::as_writable_bytes(std::span(records))) == CopyResult::Fault) {
        return Failure(Errno::FAULT);
    }
    std::vector<SemaphoreOperation> operations(count);
    std::ranges::transform(records, operations.begin(), operation_of);
    return operations;
}

SyscallResult result_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::Done:
        case Outcome::Waits:
            return 0U;
        case Outcome::WouldWait:
            return Errno::AGAIN;
        case Outcome::OutOfRange:
            return Errno::RANGE;
        case Outcome::Removed:
            return Errno::IDRM;
    }
    throw Panic("an outcome of a semaphore operation without a Linux number");
}

/// A signal always ends the wait, and the call is not made again.
SyscallResult go_on_waiting(Syscall& call) {
    SemaphoreSets& sets = call.kernel.semaphores();
    Process& process = call.process;
    if (const auto outcome = sets.take_outcome(process.pid())) {
        return result_of(*outcome);
    }
    const bool late = call.kernel.now() >= process.wake_at;
    if (late || !process.signals.deliverable().empty()) {
        sets.leave(process.pid());
        return late ? Errno::AGAIN : Errno::INTR;
    }
    call.kernel.block_until(process, Wait::Ipc, process.wake_at);
    return 0U;
}

}  // namespace

SyscallResult get_semaphores(Syscall& call, std::uint32_t key, std::uint32_t count, std::uint32_t flags) {
    if (count > SemaphoreSets::MOST_OF_SET) {
        return Errno::INVAL;
    }
    return find_or_make(
        call.kernel.semaphores().table(), key, flags,
        [count](const SemaphoreSet& set) { return count <= set.semaphores.size(); },
        [&] { return make_set(call, key, count, flags); });
}

template <typename Timespec>
SyscallResult operate_semaphores(Syscall& call, std::uint32_t id, VirtAddr operations, std::uint32_t count,
                                 VirtAddr timeout) {
    if (call.resumed) {
        return go_on_waiting(call);
    }
    const auto patience = read_timeout<Timespec>(call, timeout);
    if (!patience && patience.error() == Errno::FAULT) {
        return Errno::FAULT;
    }
    auto wanted = read_operations(call, operations, count);
    if (!wanted) {
        return wanted.error();
    }
    SemaphoreSets& sets = call.kernel.semaphores();
    SemaphoreSet* const set = static_cast<std::int32_t>(id) < 0 ? nullptr : sets.table().find(id);
    if (!patience || set == nullptr) {
        return patience ? Errno::INVAL : patience.error();
    }
    if (std::ranges::any_of(wanted.value(), [set](const auto& one) { return one.number >= set->semaphores.size(); })) {
        return Errno::FBIG;
    }
    Process& process = call.process;
    const Outcome outcome = sets.operate(*set, {.pid = process.pid(),
                                                .process = process.thread_group,
                                                .undo = process.ensure_semaphore_undo(),
                                                .operations = std::move(wanted).take()});
    if (outcome != Outcome::Waits) {
        return result_of(outcome);
    }
    process.wake_at = deadline_of(call, patience.value());
    return go_on_waiting(call);
}

template SyscallResult operate_semaphores<Timespec32>(Syscall&, std::uint32_t, VirtAddr, std::uint32_t, VirtAddr);
template SyscallResult operate_semaphores<Timespec64>(Syscall&, std::uint32_t, VirtAddr, std::uint32_t, VirtAddr);

namespace {

SyscallResult tell_limits(Syscall& call, std::uint32_t command, VirtAddr to) {
    constexpr std::uint32_t SIZE = 20, LARGEST = SemaphoreSets::LARGEST_VALUE;
    SemaphoreSets& sets = call.kernel.semaphores();
    SemaphoreLimits limits{.map = SemaphoreSets::MOST_SEMAPHORES,
                           .sets = SemaphoreSets::MOST,
                           .semaphores = SemaphoreSets::MOST_SEMAPHORES,
                           .undos = SemaphoreSets::MOST_SEMAPHORES,
                           .of_set = SemaphoreSets::MOST_OF_SET,
                           .operations = SemaphoreSets::MOST_OPERATIONS,
                           .undos_of_one = SemaphoreSets::MOST_OPERATIONS,
                           .size = SIZE,
                           .largest = LARGEST,
                           .largest_undo = LARGEST};
    if (command == SemCommand::INFO) {
        limits.size = static_cast<std::uint32_t>(sets.table().all().size());
        limits.largest_undo = sets.semaphores();
    }
    return call.memory.write(to, limits) == CopyResult::Ok ? SyscallResult(last_index(sets.table()))
                                                           : SyscallResult(Errno::FAULT);
}

SyscallResult tell_status(Syscall& call, const SemaphoreSet& set, VirtAddr to, IpcLayout layout) {
    const SetStatus status{.record = record_of(set.identity),
                           .operated = {ipc_seconds(set.operated)},
                           .changed = {ipc_seconds(set.identity.changed)},
                           .count = static_cast<std::uint32_t>(set.semaphores.size())};
    if (layout == IpcLayout::Wide) {
        return call.memory.write(to, status);
    }
    return call.memory.write(to, OldSetStatus{.record = old_record_of(status.record),
                                              .operated = status.operated[0],
                                              .changed = status.changed[0],
                                              .count = ipc_narrow(status.count)});
}

SyscallResult tell_values(Syscall& call, const SemaphoreSet& set, VirtAddr to) {
    std::vector<std::uint16_t> values(set.semaphores.size());
    std::ranges::transform(set.semaphores, values.begin(),
                           [](const auto& semaphore) { return static_cast<std::uint16_t>(semaphore.value); });
    return call.memory.copy_out(to, std::as_bytes(std::span(values)));
}

SyscallResult set_values(Syscall& call, SemaphoreSet& set, VirtAddr from) {
    std::vector<std::uint16_t> values(set.semaphores.size());
    if (call.memory.copy_in(from, std::as_writable_bytes(std::span(values))) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    if (std::ranges::any_of(values, [](std::uint16_t value) { return value > SemaphoreSets::LARGEST_VALUE; })) {
        return Errno::RANGE;
    }
    call.kernel.semaphores().set_values(set, values, call.process.thread_group);
    return 0U;
}

/// The commands about one semaphore. Requires: the set has it.
SyscallResult control_one(Syscall& call, SemaphoreSet& set, std::uint32_t number, std::uint32_t command,
                          std::uint32_t argument) {
    SemaphoreSets& sets = call.kernel.semaphores();
    switch (command) {
        case SemCommand::GETVAL:
            return static_cast<std::uint32_t>(set.semaphores[number].value);
        case SemCommand::GETPID:
            return set.semaphores[number].last;
        case SemCommand::GETNCNT:
            return sets.count_waiting(set, number, WaitsFor::Increase);
        case SemCommand::GETZCNT:
            return sets.count_waiting(set, number, WaitsFor::Zero);
        default:
            sets.set_value(set, number, static_cast<std::int32_t>(argument), call.process.thread_group);
            return 0U;
    }
}

/// The commands about a set as a whole. Requires: `command` is one of them.
SyscallResult control_all(Syscall& call, SemaphoreSet& set, std::uint32_t command, VirtAddr argument,
                          IpcLayout layout) {
    switch (command) {
        case SemCommand::GETALL:
            return tell_values(call, set, argument);
        case SemCommand::SETALL:
            return set_values(call, set, argument);
        case IpcFlags::RMID:
            call.kernel.semaphores().remove(set);
            return 0U;
        default: {
            const SyscallResult told = tell_status(call, set, argument, layout);
            return told.eax != 0 || command == IpcFlags::STAT ? told : SyscallResult(set.identity.id);
        }
    }
}

SyscallResult change(Syscall& call, std::uint32_t id, VirtAddr from, IpcLayout layout) {
    const auto wanted = read_wanted_identity<SetStatus, OldSetStatus>(call.memory, from, layout);
    if (!wanted) {
        return Errno::FAULT;
    }
    SemaphoreSet* const set = call.kernel.semaphores().table().find(id);
    if (set == nullptr) {
        return Errno::INVAL;
    }
    change_identity(set->identity, *wanted, call.kernel.now());
    return 0U;
}

bool is_about_one(std::uint32_t command) {
    return command == SemCommand::GETVAL || command == SemCommand::GETPID || command == SemCommand::GETNCNT ||
           command == SemCommand::GETZCNT || command == SemCommand::SETVAL;
}

bool is_about_all(std::uint32_t command) {
    return command == SemCommand::GETALL || command == SemCommand::SETALL || command == IpcFlags::RMID ||
           command == IpcFlags::STAT || command == SemCommand::STAT || command == SemCommand::STAT_ANY;
}

}  // namespace

SyscallResult control_semaphores(Syscall& call, std::uint32_t id, std::uint32_t number, std::uint32_t command,
                                 std::uint32_t argument, IpcLayout layout) {
    if (static_cast<std::int32_t>(id) < 0) {
        return Errno::INVAL;
    }
    if (command == IpcFlags::INFO || command == SemCommand::INFO) {
        return tell_limits(call, command, VirtAddr(argument));
    }
    if (command == IpcFlags::SET) {
        return change(call, id, VirtAddr(argument), layout);
    }
    if (!is_about_one(command) && !is_about_all(command)) {
        return Errno::INVAL;
    }
    if (command == SemCommand::SETVAL && argument > static_cast<std::uint32_t>(SemaphoreSets::LARGEST_VALUE)) {
        return Errno::RANGE;
    }
    IpcTable<SemaphoreSet>& table = call.kernel.semaphores().table();
    const bool by_index = command == SemCommand::STAT || command == SemCommand::STAT_ANY;
    SemaphoreSet* const set = by_index ? table.find_by_index(id) : table.find(id);
    if (set == nullptr || (is_about_one(command) && number >= set->semaphores.size())) {
        return Errno::INVAL;
    }
    return is_about_one(command) ? control_one(call, *set, number, command, argument)
                                 : control_all(call, *set, command, VirtAddr(argument), layout);
}

}  // namespace vmlab::linux_abi
