// SPDX-License-Identifier: GPL-2.0-only
// Calls on names: opening, making, linking and removing files.
#include "abi/xv6/descriptors.hpp"
#include "abi/xv6/disk_space.hpp"
#include "abi/xv6/paths.hpp"
#include "abi/xv6/syscall.hpp"

namespace vmlab::xv6_abi {

namespace {

struct OpenFlags {
    static constexpr std::uint32_t WRITE_ONLY = 1, READ_WRITE = 2, CREATE = 0x200;
};

OpenMode mode_of(std::uint32_t flags) {
    if ((flags & OpenFlags::WRITE_ONLY) != 0) {
        return OpenMode::Write;
    }
    return (flags & OpenFlags::READ_WRITE) != 0 ? OpenMode::ReadWrite : OpenMode::Read;
}

/// A path argument and where it begins.
struct NamedFile {
    Path path;
    std::string directory;
};

std::optional<NamedFile> read_name(Syscall& call, std::uint32_t argument) {
    const auto text = call.text(argument);
    if (!text) {
        return std::nullopt;
    }
    Path path = read_path(*text);
    std::string directory = directory_for(call.process, path);
    return NamedFile{std::move(path), std::move(directory)};
}

Ref<Inode> find(Syscall& call, const NamedFile& name) {
    auto found = call.kernel.filesystem().find(name.directory, name.path.text, FollowLinks::Yes);
    return found ? std::move(found).take() : nullptr;
}

/// A name needs a block more where its directory has no place left for it; a directory, one for itself too.
constexpr std::uint32_t BLOCKS_OF_A_NAME = 1, BLOCKS_OF_A_DIRECTORY = 2;

Result<Ref<OpenFile>, FileError> open_or_create(Syscall& call, const NamedFile& name, std::uint32_t flags) {
    OpenRequest request{.mode = mode_of(flags)};
    const Ref<Inode> there = find(call, name);
    if ((flags & OpenFlags::CREATE) != 0) {
        const bool good = there ? there->type() == FileType::Regular
                                : name.path.names_entry() && has_blocks(call.kernel.filesystem(), BLOCKS_OF_A_NAME);
        if (!good) {
            return Failure(FileError::NoSpace);
        }
        request.create = CreateFile::IfAbsent;
    } else if (is_directory(there) && flags != 0) {
        return Failure(FileError::IsDirectory);
    }
    return call.kernel.filesystem().open(name.directory, name.path.text, request);
}

std::uint32_t result_of(const Result<Done, FileError>& result) { return result ? 0 : FAILED; }

}  // namespace

// What is made stays made when there is no descriptor for it.
std::uint32_t sys_open(Syscall& call) {
    const auto name = read_name(call, 0);
    const auto flags = call.argument(1);
    if (!name || !flags) {
        return FAILED;
    }
    auto file = open_or_create(call, *name, *flags);
    if (!file || !may_open(call.kernel, 1)) {
        return FAILED;
    }
    const auto descriptor = call.process.files().install(std::move(file).take());
    return descriptor ? descriptor.value() : FAILED;
}

std::uint32_t sys_mknod(Syscall& call) {
    constexpr std::uint32_t CONSOLE = 1;
    const auto name = read_name(call, 0);
    const auto major = call.argument(1), minor = call.argument(2);
    if (!name || !major || !minor || !name->path.names_entry() ||
        !has_blocks(call.kernel.filesystem(), BLOCKS_OF_A_NAME)) {
        return FAILED;
    }
    const DeviceKind kind = (*major & 0xFFFF) == CONSOLE ? DeviceKind::Console : DeviceKind::Missing;
    return result_of(call.kernel.filesystem().make_device(kind, name->directory, name->path.text));
}

std::uint32_t sys_mkdir(Syscall& call) {
    const auto name = read_name(call, 0);
    if (!name || !name->path.names_entry() || !has_blocks(call.kernel.filesystem(), BLOCKS_OF_A_DIRECTORY)) {
        return FAILED;
    }
    return result_of(call.kernel.filesystem().make_directory(name->directory, name->path.text, 0755));
}

std::uint32_t sys_link(Syscall& call) {
    const auto from = read_name(call, 0), to = read_name(call, 1);
    Ref<Inode> inode = from && to ? find(call, *from) : nullptr;
    if (!inode || is_directory(inode) || !to->path.names_entry() ||
        !has_blocks(call.kernel.filesystem(), BLOCKS_OF_A_NAME)) {
        return FAILED;
    }
    return result_of(call.kernel.filesystem().link(std::move(inode), to->directory, to->path.text));
}

std::uint32_t sys_unlink(Syscall& call) {
    const auto name = read_name(call, 0);
    if (!name || !name->path.names_entry()) {
        return FAILED;
    }
    return result_of(call.kernel.filesystem().remove(name->directory, name->path.text));
}

std::uint32_t sys_chdir(Syscall& call) {
    const auto name = read_name(call, 0);
    if (!name) {
        return FAILED;
    }
    auto directory = call.kernel.filesystem().find_directory(name->directory, name->path.text);
    if (!directory) {
        return FAILED;
    }
    call.process.place().go_to(std::move(directory).take());
    return 0;
}

}  // namespace vmlab::xv6_abi
