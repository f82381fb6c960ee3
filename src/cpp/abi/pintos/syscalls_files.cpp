// SPDX-License-Identifier: GPL-2.0-only
// Calls about files: create, remove, open, filesize, read, write, seek, tell and close.
#include <algorithm>
#include <limits>

#include "abi/pintos/layout.hpp"
#include "abi/pintos/names.hpp"
#include "abi/pintos/syscall.hpp"
#include "abi/pintos/user_buffer.hpp"

namespace vmlab::pintos_abi {

namespace {

/// Bytes from the position to the end. Nobody makes a file longer than it was created.
std::uint32_t bytes_left(OpenFile& file) {
    const std::uint64_t size = file.status().size, position = file.seek(0, SeekFrom::Current).value();
    return static_cast<std::uint32_t>(size - std::min(size, position));
}

/// Waits for a key, or that the console goes on.
SyscallResult wait_for_console(Syscall& call, const OpenFile& console, Direction direction) {
    call.kernel.wait_for_files(call.process,
                               {.channels = {*console.wait_channel(direction)}, .turn = FileWait::Turn::Exclusive},
                               std::nullopt);
    return 0U;
}

/// Moves what is left of a call's bytes from the keyboard or to the console; it may have to wait in between.
template <typename Move>
SyscallResult move_all(Syscall& call, Direction direction, const Move& move) {
    OpenFile& console = *call.process.files().find(call.argument(0));
    std::uint32_t& done = call.process.progress;
    while (done < call.argument(2)) {
        UserBuffer buffer(call.memory, call.pointer(1) + done);
        const FileCount moved = move(console, buffer, call.argument(2) - done);
        if (!moved && moved.error() == FileError::WouldBlock) {
            return wait_for_console(call, console, direction);
        }
        if (!moved) {
            return Failure(BadPointer{});
        }
        done += moved.value();
    }
    return done;
}

}  // namespace

SyscallResult sys_create(Syscall& call) {
    const auto name = read_string(call, call.pointer(0));
    if (!name) {
        return Failure(name.error());
    }
    const std::uint32_t bytes = call.argument(1);
    if (!is_new_name(name.value()) || bytes > static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max())) {
        return FALSE_VALUE;
    }
    auto file = call.kernel.filesystem().open(
        call.process.place().working_directory(), *name.value(),
        {.mode = OpenMode::ReadWrite, .create = CreateFile::MustBeNew, .permissions = FILE_PERMISSIONS});
    return file && file.value()->resize(bytes) ? TRUE_VALUE : FALSE_VALUE;
}

SyscallResult sys_remove(Syscall& call) {
    const auto name = read_string(call, call.pointer(0));
    if (!name) {
        return Failure(name.error());
    }
    if (!name.value()) {
        return FALSE_VALUE;
    }
    const auto removed = call.kernel.filesystem().remove(call.process.place().working_directory(), *name.value());
    return removed ? TRUE_VALUE : FALSE_VALUE;
}

SyscallResult sys_open(Syscall& call) {
    const auto name = read_string(call, call.pointer(0));
    if (!name) {
        return Failure(name.error());
    }
    if (!name.value()) {
        return FAILED;
    }
    RamFilesystem& files = call.kernel.filesystem();
    const std::string directory = call.process.place().working_directory();
    auto file = files.open(directory, *name.value(), {.mode = OpenMode::ReadWrite, .deny_write = DenyWrite::AtWrite});
    if (!file && file.error() == FileError::IsDirectory) {
        file = files.open(directory, *name.value(), {.mode = OpenMode::Read});
    }
    if (!file) {
        return FAILED;
    }
    const auto descriptor = call.process.files().install(std::move(file).take(), CONSOLE + 1);
    return descriptor ? descriptor.value() : FAILED;
}

SyscallResult sys_filesize(Syscall& call) {
    OpenFile* const file = call.file();
    return file != nullptr ? static_cast<std::uint32_t>(file->status().size) : FAILED;
}

SyscallResult sys_read(Syscall& call) {
    if (call.argument(0) == KEYBOARD) {
        return move_all(call, Direction::Input, [](OpenFile& keyboard, UserBuffer& to, std::uint32_t bytes) {
            return keyboard.read(to, bytes);
        });
    }
    OpenFile* const file = call.file();
    if (file == nullptr) {
        return FAILED;
    }
    UserBuffer buffer(call.memory, call.pointer(1));
    const FileCount count = file->read(buffer, call.argument(2));
    if (buffer.bad()) {
        return Failure(BadPointer{});
    }
    return count ? count.value() : FAILED;
}

SyscallResult sys_write(Syscall& call) {
    if (call.argument(0) == CONSOLE) {
        return move_all(call, Direction::Output, [](OpenFile& console, UserBuffer& from, std::uint32_t bytes) {
            return console.write(from, bytes);
        });
    }
    OpenFile* const file = call.file();
    if (file == nullptr || !file->writable()) {
        return FAILED;
    }
    UserBuffer buffer(call.memory, call.pointer(1));
    const FileCount count = file->write(buffer, std::min(call.argument(2), bytes_left(*file)));
    if (buffer.bad()) {
        return Failure(BadPointer{});
    }
    return count ? count.value() : 0U;
}

SyscallResult sys_seek(Syscall& call) {
    if (OpenFile* const file = call.file()) {
        static_cast<void>(file->seek(call.argument(1), SeekFrom::Start));
    }
    return 0U;
}

SyscallResult sys_tell(Syscall& call) {
    OpenFile* const file = call.file();
    return file != nullptr ? static_cast<std::uint32_t>(file->seek(0, SeekFrom::Current).value()) : FAILED;
}

SyscallResult sys_close(Syscall& call) {
    if (call.file() != nullptr) {
        const auto closed = call.process.files().close(call.argument(0));
        require(closed.ok(), "a descriptor that is open can be closed");
    }
    return 0U;
}

}  // namespace vmlab::pintos_abi
