// SPDX-License-Identifier: GPL-2.0-only
// Calls on descriptors: reading, writing, and what a descriptor stands for.
#include <algorithm>
#include <cstring>
#include <set>

#include "abi/xv6/descriptors.hpp"
#include "abi/xv6/disk_space.hpp"
#include "abi/xv6/layout.hpp"
#include "abi/xv6/syscall.hpp"
#include "kernel/user_buffers.hpp"

namespace vmlab::xv6_abi {

namespace {

/// What one piece of a write to a file has at most: as much as one entry in xv6's log takes.
constexpr std::uint32_t MOST_IN_A_PIECE = 3 * BLOCK_BYTES;

/// The bytes of a directory as xv6 has them on its disk: places of 16 bytes, a number and a name, zeros where none is.
std::string bytes_of(const Directory& directory) {
    std::string bytes(directory_bytes(directory), '\0');
    for (std::uint64_t place = 0; place < directory.end_position(); ++place) {
        const auto entry = directory.entry_at(place);
        if (!entry || entry->next_position != place + 1) {
            continue;
        }
        char* const at = bytes.data() + place * DIRECTORY_ENTRY_BYTES;
        const auto number = static_cast<std::uint16_t>(entry->inode);
        std::memcpy(at, &number, sizeof number);
        entry->name.copy(at + sizeof number, LONGEST_NAME);
    }
    return bytes;
}

std::uint64_t position_of(OpenFile& file) { return file.seek(0, SeekFrom::Current).value(); }

std::uint32_t read_directory(Syscall& call, OpenFile& file, VirtAddr to, std::uint32_t count) {
    const std::string bytes = bytes_of(static_cast<const Directory&>(*file.inode()));
    const auto start = static_cast<std::size_t>(std::min<std::uint64_t>(position_of(file), bytes.size()));
    const auto piece =
        std::span<const char>(bytes).subspan(start).first(std::min<std::size_t>(count, bytes.size() - start));
    if (call.memory.copy_out(to, std::as_bytes(piece)) == CopyResult::Fault) {
        return FAILED;
    }
    const auto moved = file.seek(static_cast<std::int64_t>(start + piece.size()), SeekFrom::Start);
    return moved ? static_cast<std::uint32_t>(piece.size()) : FAILED;
}

/// Whether a file may have so many bytes more at the position.
bool may_write(const Kernel& kernel, OpenFile& file, std::uint32_t count) {
    const std::uint64_t end = position_of(file) + count;
    const std::uint64_t size = file.status().size;
    if (end > LARGEST_FILE) {
        return false;
    }
    const std::uint32_t more = blocks_for(std::max(end, size)) - blocks_for(size);
    return more == 0 || has_blocks(const_cast<Kernel&>(kernel).filesystem(), more);
}

/// In pieces that are written whole or not at all. One that is not makes the call fail, however much was written before.
std::uint32_t write_regular(Syscall& call, OpenFile& file, ByteSource& from, std::uint32_t count) {
    for (std::uint32_t done = 0; done < count;) {
        const std::uint32_t piece = std::min(count - done, MOST_IN_A_PIECE);
        const FileCount written =
            may_write(call.kernel, file, piece) ? file.write(from, piece) : Failure(FileError::NoSpace);
        if (!written || written.value() != piece) {
            return FAILED;
        }
        done += piece;
    }
    return count;
}

/// To a pipe, which may be full meanwhile, or to the console.
std::uint32_t write_stream(Syscall& call, OpenFile& file, UserSource& from, std::uint32_t count) {
    std::uint32_t& done = call.process.progress;
    from.skip(done);
    while (done < count) {
        const FileCount written = file.write(from, count - done);
        if (!written) {
            const bool waits = written.error() == FileError::WouldBlock && file.wait_channel(Direction::Output);
            return waits ? wait_for(call, file, Direction::Output) : FAILED;
        }
        done += written.value();
    }
    return count;
}

struct Transfer {
    Ref<OpenFile> file;
    UserPiece memory;
};

/// What read() and write() are asked for; nothing where an argument is bad.
std::optional<Transfer> read_transfer(Syscall& call) {
    Ref<OpenFile> file = call.file();
    const auto count = call.argument(2);
    const auto memory = count ? call.pointer(1, *count) : std::nullopt;
    return file && memory ? std::optional(Transfer{std::move(file), {memory->value, *count}}) : std::nullopt;
}

/// struct stat.
struct Status {
    std::int16_t type = 0;
    std::uint16_t padding = 0;
    std::int32_t device = 1;
    std::uint32_t inode = 0;
    std::int16_t links = 0;
    std::uint16_t padding_2 = 0;
    std::uint32_t size = 0;
};
static_assert(sizeof(Status) == 20);

Status status_of(const Inode& inode) {
    constexpr std::int16_t T_DIR = 1, T_FILE = 2, T_DEV = 3;
    const FileStatus status = inode.status();
    Status told{.inode = static_cast<std::uint32_t>(status.inode),
                .links = static_cast<std::int16_t>(status.links),
                .size = static_cast<std::uint32_t>(status.size)};
    if (status.type == FileType::Directory) {
        // xv6 counts a directory's name and its children's "..", but not its own "."; the root has no name.
        const auto& directory = static_cast<const Directory&>(inode);
        told.type = T_DIR;
        told.links = static_cast<std::int16_t>(directory.parent() == &directory ? told.links + 1 : told.links - 1);
        told.size = directory_bytes(directory);
    } else {
        told.type = status.type == FileType::Regular ? T_FILE : T_DEV;
        told.size = status.type == FileType::Regular ? told.size : 0;
    }
    return told;
}

}  // namespace

bool may_open(const Kernel& kernel, std::uint32_t more) {
    std::set<const OpenFile*> open;
    for (const auto& process : kernel.processes()) {
        for (const std::uint32_t descriptor : process->files().numbers()) {
            open.insert(process->files().find(descriptor));
        }
    }
    return open.size() + more <= MOST_OPEN;
}

std::uint32_t sys_read(Syscall& call) {
    const auto transfer = read_transfer(call);
    if (!transfer || !transfer->file->readable()) {
        return FAILED;
    }
    const auto& [file, memory] = *transfer;
    if (file->inode() != nullptr && file->inode()->type() == FileType::Directory) {
        return read_directory(call, *file, VirtAddr(memory.address), memory.bytes);
    }
    UserSink sink(call.memory, std::span(&memory, 1));
    const FileCount done = file->read(sink, memory.bytes);
    if (!done && done.error() == FileError::WouldBlock) {
        return wait_for(call, *file, Direction::Input);
    }
    return done ? done.value() : FAILED;
}

std::uint32_t sys_write(Syscall& call) {
    const auto transfer = read_transfer(call);
    if (!transfer || !transfer->file->writable()) {
        return FAILED;
    }
    const auto& [file, memory] = *transfer;
    UserSource source(call.memory, std::span(&memory, 1));
    return file->status().type == FileType::Regular ? write_regular(call, *file, source, memory.bytes)
                                                    : write_stream(call, *file, source, memory.bytes);
}

std::uint32_t sys_close(Syscall& call) {
    const auto descriptor = call.argument(0);
    return descriptor && call.process.files().close(*descriptor) ? 0 : FAILED;
}

std::uint32_t sys_dup(Syscall& call) {
    Ref<OpenFile> file = call.file();
    const auto copy = file ? call.process.files().install(std::move(file)) : Failure(FileError::BadDescriptor);
    return copy ? copy.value() : FAILED;
}

std::uint32_t sys_fstat(Syscall& call) {
    const Ref<OpenFile> file = call.file();
    const auto to = call.pointer(1, sizeof(Status));
    if (!file || !to || file->inode() == nullptr || file->inode()->type() == FileType::Pipe) {
        return FAILED;
    }
    return call.memory.write(*to, status_of(*file->inode())) == CopyResult::Ok ? 0 : FAILED;
}

std::uint32_t sys_pipe(Syscall& call) {
    const auto to = call.pointer(0, 2 * sizeof(std::uint32_t));
    if (!to || !may_open(call.kernel, 2)) {
        return FAILED;
    }
    auto& files = call.process.files();
    auto ends = call.kernel.filesystem().make_pipe();
    const auto read = files.install(std::move(ends.read));
    const auto write = read ? files.install(std::move(ends.write)) : Failure(FileError::TooManyOpen);
    if (!write) {
        if (read) {
            require(files.close(read.value()).ok(), "what was just opened can be closed");
        }
        return FAILED;
    }
    const std::array<std::uint32_t, 2> descriptors{read.value(), write.value()};
    return call.memory.write(*to, descriptors) == CopyResult::Ok ? 0 : FAILED;
}

}  // namespace vmlab::xv6_abi
