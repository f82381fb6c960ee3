// SPDX-License-Identifier: GPL-2.0-only
// ipc(), by which all calls of System V may be made, and those calls by numbers of their own.
#include "abi/linux/ipc_records.hpp"

namespace vmlab::linux_abi {

SyscallResult sys_shmget(Syscall& call) {
    return get_segment(call, call.argument(0), call.argument(1), call.argument(2));
}
SyscallResult sys_shmat(Syscall& call) {
    return attach_segment(call, call.argument(0), call.pointer(1), call.argument(2));
}
SyscallResult sys_shmdt(Syscall& call) { return detach_segment(call, call.pointer(0)); }
SyscallResult sys_shmctl(Syscall& call) {
    return control_segment(call, call.argument(0), call.argument(1), call.pointer(2), IpcLayout::Wide);
}
SyscallResult sys_semget(Syscall& call) {
    return get_semaphores(call, call.argument(0), call.argument(1), call.argument(2));
}
SyscallResult sys_semctl(Syscall& call) {
    return control_semaphores(call, call.argument(0), call.argument(1), call.argument(2), call.argument(3),
                              IpcLayout::Wide);
}
SyscallResult sys_semtimedop64(Syscall& call) {
    return operate_semaphores<Timespec64>(call, call.argument(0), call.pointer(1), call.argument(2), call.pointer(3));
}
SyscallResult sys_msgget(Syscall& call) { return get_message_queue(call, call.argument(0), call.argument(1)); }
SyscallResult sys_msgsnd(Syscall& call) {
    return send_message(call, call.argument(0), call.pointer(1), call.argument(2), call.argument(3));
}
SyscallResult sys_msgrcv(Syscall& call) {
    return receive_message(call, call.argument(0), call.pointer(1), call.argument(2), call.argument(3),
                           call.argument(4));
}
SyscallResult sys_msgctl(Syscall& call) {
    return control_message_queue(call, call.argument(0), call.argument(1), call.pointer(2), IpcLayout::Wide);
}

namespace {

/// The call that attaches among ipc()'s: the address goes to where its third argument says.
SyscallResult attach_and_tell(Syscall& call, std::uint32_t version) {
    if (version == 1) {
        return Errno::INVAL;
    }
    const SyscallResult attached = attach_segment(call, call.argument(1), call.pointer(4), call.argument(2));
    if (attached.is_error()) {
        return attached;
    }
    return call.memory.write(call.pointer(3), attached.eax);
}

/// The command of ipc()'s calls that control says by a bit which structures are meant.
IpcLayout layout_of(std::uint32_t command) {
    return (command & IpcFlags::WIDE) != 0 ? IpcLayout::Wide : IpcLayout::Old;
}

/// What a command is told stands where ipc()'s fifth argument points.
SyscallResult control_semaphores_by_pointer(Syscall& call) {
    const std::uint32_t command = call.argument(3);
    if (call.argument(4) == 0) {
        return Errno::INVAL;
    }
    const auto argument = call.memory.read<std::uint32_t>(call.pointer(4));
    return argument ? control_semaphores(call, call.argument(1), call.argument(2), command & ~IpcFlags::WIDE, *argument,
                                         layout_of(command))
                    : SyscallResult(Errno::FAULT);
}

/// In version 0, which has too few arguments, one points to where the message goes, and its type.
SyscallResult receive_by_pointer(Syscall& call, std::uint32_t version) {
    struct Both {
        std::uint32_t message, type;
    };
    const bool negative =
        static_cast<std::int32_t>(call.argument(1)) < 0 || static_cast<std::int32_t>(call.argument(2)) < 0;
    if (negative || (version == 0 && call.argument(4) == 0)) {
        return Errno::INVAL;
    }
    Both both{call.argument(4), call.argument(5)};
    if (version == 0) {
        const auto read = call.memory.read<Both>(call.pointer(4));
        if (!read) {
            return Errno::FAULT;
        }
        both = *read;
    }
    return receive_message(call, call.argument(1), VirtAddr(both.message), call.argument(2), both.type,
                           call.argument(3));
}

}  // namespace

SyscallResult sys_ipc(Syscall& call) {
    enum : std::uint32_t { SEMOP = 1, SEMGET, SEMCTL, SEMTIMEDOP };
    enum : std::uint32_t { MSGSND = 11, MSGRCV, MSGGET, MSGCTL };
    enum : std::uint32_t { SHMAT = 21, SHMDT, SHMGET, SHMCTL };
    const std::uint32_t version = call.argument(0) >> 16;
    const std::uint32_t first = call.argument(1), second = call.argument(2), third = call.argument(3);
    const std::uint32_t command = second & ~IpcFlags::WIDE;
    const VirtAddr pointer = call.pointer(4);
    switch (call.argument(0) & 0xFFFF) {
        case SEMOP:
            return operate_semaphores<Timespec32>(call, first, pointer, second, VirtAddr(0));
        case SEMTIMEDOP:
            return operate_semaphores<Timespec32>(call, first, pointer, second, call.pointer(5));
        case SEMGET:
            return get_semaphores(call, first, second, third);
        case SEMCTL:
            return control_semaphores_by_pointer(call);
        case MSGSND:
            return send_message(call, first, pointer, second, third);
        case MSGRCV:
            return receive_by_pointer(call, version);
        case MSGGET:
            return get_message_queue(call, first, second);
        case MSGCTL:
            return control_message_queue(call, first, command, pointer, layout_of(second));
        case SHMAT:
            return attach_and_tell(call, version);
        case SHMDT:
            return detach_segment(call, pointer);
        case SHMGET:
            return get_segment(call, first, second, third);
        case SHMCTL:
            return control_segment(call, first, command, pointer, layout_of(second));
        default:
            return Errno::NOSYS;
    }
}

}  // namespace vmlab::linux_abi
