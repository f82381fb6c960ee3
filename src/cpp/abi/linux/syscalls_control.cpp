// SPDX-License-Identifier: GPL-2.0-only
// fcntl and ioctl: what can be asked of any descriptor, and set.
#include <limits>

#include "abi/linux/file_locks.hpp"
#include "abi/linux/open_flags.hpp"
#include "abi/linux/syscall.hpp"
#include "abi/linux/terminal_control.hpp"
#include "kernel/files/pipe.hpp"
#include "kernel/files/socket.hpp"

namespace vmlab::linux_abi {

namespace {

/// The names that follow F_.
struct Control {
    static constexpr std::uint32_t DUPFD = 0, GETFD = 1, SETFD = 2, GETFL = 3, SETFL = 4;
    static constexpr std::uint32_t DUPFD_CLOEXEC = 1030, SETPIPE_SZ = 1031, GETPIPE_SZ = 1032;
    static constexpr std::uint32_t ADD_SEALS = 1033, GET_SEALS = 1034;
};
constexpr std::uint32_t FD_CLOEXEC = 1;

std::uint32_t status_flags(const OpenFile& file) {
    if (file.mode() == OpenMode::Place) {
        return file.open_flags;
    }
    return static_cast<std::uint32_t>(file.mode()) | (file.append() == AppendMode::Yes ? OpenFlags::APPEND : 0U) |
           (file.block_mode() == BlockMode::Refuse ? OpenFlags::NONBLOCK : 0U) | file.open_flags;
}

/// What can be asked and set where nothing can be done with the file itself.
bool is_about_descriptor(std::uint32_t command) {
    return command <= Control::GETFL || command == Control::DUPFD_CLOEXEC;
}

SyscallResult set_status_flags(OpenFile& file, std::uint32_t flags) {
    file.set_append((flags & OpenFlags::APPEND) != 0 ? AppendMode::Yes : AppendMode::No);
    file.set_block_mode(block_mode(flags));
    return 0U;
}

SyscallResult control_pipe(OpenFile& file, std::uint32_t command, std::uint32_t bytes) {
    const auto* const end = dynamic_cast<const OpenPipe*>(&file);
    if (end == nullptr) {
        return Errno::BADF;
    }
    if (command == Control::SETPIPE_SZ) {
        const auto set = end->pipe().set_capacity(bytes);
        if (!set) {
            return set.error();
        }
    }
    return end->pipe().capacity();
}

/// Whether a shared mapping writes to the file, or may yet be given the right to.
bool may_be_written_mapped(const RegularFile& file) {
    return file.object()->views().any_of([](const MappingView& view) {
        return view.mapping->sharing == Sharing::Shared && view.mapping->max_protection.writable();
    });
}

/// What can be executed and may not be made otherwise may not change either.
std::uint32_t with_implied(const RegularFile& file, std::uint32_t seals) {
    constexpr std::uint32_t MAY_EXECUTE = 0111;
    const bool fixes_program = (seals & FileSeals::EXEC) != 0 && (file.permissions() & MAY_EXECUTE) != 0;
    return fixes_program ? seals | (FileSeals::ALL & ~FileSeals::SEAL) : seals;
}

SyscallResult add_seals(const OpenFile& open, std::uint32_t seals) {
    if (!open.writable()) {
        return Errno::PERM;
    }
    RegularFile* const file = as_regular_file(open.inode());
    if ((seals & ~FileSeals::ALL) != 0 || file == nullptr || !file->seals()) {
        return Errno::INVAL;
    }
    if (file->is_sealed(FileSeals::SEAL)) {
        return Errno::PERM;
    }
    seals = with_implied(*file, seals);
    const bool forbids_writing = (seals & FileSeals::WRITE) != 0 && !file->is_sealed(FileSeals::WRITE);
    if (forbids_writing && may_be_written_mapped(*file)) {
        return Errno::BUSY;
    }
    file->set_seals(*file->seals() | seals);
    return 0U;
}

SyscallResult tell_seals(const OpenFile& open) {
    const RegularFile* const file = as_regular_file(open.inode());
    return file != nullptr && file->seals() ? SyscallResult(*file->seals()) : SyscallResult(Errno::INVAL);
}

}  // namespace

SyscallResult sys_fcntl64(Syscall& call) {
    auto& files = call.process.files();
    const std::uint32_t descriptor = call.argument(0), command = call.argument(1), argument = call.argument(2);
    OpenFile* const file = files.find_any(descriptor);
    if (file == nullptr || (file->mode() == OpenMode::Place && !is_about_descriptor(command))) {
        return Errno::BADF;
    }
    switch (command) {
        case Control::DUPFD:
            return duplicate_from(call, argument, CloseOnExec::No);
        case Control::DUPFD_CLOEXEC:
            return duplicate_from(call, argument, CloseOnExec::Yes);
        case Control::GETFD:
            return files.close_on_exec(descriptor) == CloseOnExec::Yes ? FD_CLOEXEC : 0U;
        case Control::SETFD:
            files.set_close_on_exec(descriptor, (argument & FD_CLOEXEC) != 0 ? CloseOnExec::Yes : CloseOnExec::No);
            return 0U;
        case Control::GETFL:
            return status_flags(*file);
        case Control::SETFL:
            return set_status_flags(*file, argument);
        case Control::GETPIPE_SZ:
        case Control::SETPIPE_SZ:
            return control_pipe(*file, command, argument);
        case Control::ADD_SEALS:
            return add_seals(*file, argument);
        case Control::GET_SEALS:
            return tell_seals(*file);
        default:
            return control_lock(call, *file, command);
    }
}

namespace {

SyscallResult tell_unread(Syscall& call, const OpenFile& file) {
    const auto* const socket = dynamic_cast<const OpenSocket*>(&file);
    if (socket != nullptr && socket->socket()->state() == Socket::State::Listening) {
        return Errno::INVAL;
    }
    const auto unread = file.unread_bytes();
    if (!unread) {
        return Errno::NOTTY;
    }
    constexpr std::uint64_t MOST = std::numeric_limits<std::int32_t>::max();
    return call.memory.write(call.pointer(2), static_cast<std::uint32_t>(std::min(*unread, MOST)));
}

SyscallResult set_block_mode(Syscall& call, OpenFile& file) {
    const auto on = call.memory.read<std::uint32_t>(call.pointer(2));
    if (!on) {
        return Errno::FAULT;
    }
    file.set_block_mode(*on != 0 ? BlockMode::Refuse : BlockMode::Wait);
    return 0U;
}

}  // namespace

SyscallResult sys_ioctl(Syscall& call) {
    constexpr std::uint32_t TIOCOUTQ = 0x5411, FIONREAD = 0x541B, FIONBIO = 0x5421, FIONCLEX = 0x5450, FIOCLEX = 0x5451;
    auto& files = call.process.files();
    OpenFile* const file = files.find(call.argument(0));
    if (file == nullptr) {
        return Errno::BADF;
    }
    switch (call.argument(1)) {
        case FIOCLEX:
        case FIONCLEX:
            files.set_close_on_exec(call.argument(0), call.argument(1) == FIOCLEX ? CloseOnExec::Yes : CloseOnExec::No);
            return 0U;
        case FIONBIO:
            return set_block_mode(call, *file);
        case FIONREAD:
            return tell_unread(call, *file);
        case TIOCOUTQ:
            if (const auto* const socket = dynamic_cast<const OpenSocket*>(file)) {
                return call.memory.write(call.pointer(2), socket->socket()->charged());
            }
            [[fallthrough]];
        default:
            return file->terminal() != nullptr ? control_terminal(call, *file->terminal())
                                               : SyscallResult(Errno::NOTTY);
    }
}

}  // namespace vmlab::linux_abi
