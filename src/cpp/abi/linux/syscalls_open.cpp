// SPDX-License-Identifier: GPL-2.0-only
// open and its kin.
#include <algorithm>

#include "abi/linux/named_file.hpp"
#include "abi/linux/open_flags.hpp"
#include "abi/linux/waiting.hpp"

namespace vmlab::linux_abi {

namespace {

OpenRequest open_request(const Process& process, std::uint32_t flags, std::uint32_t permissions) {
    const bool only_names = (flags & OpenFlags::PATH) != 0;
    OpenRequest request{
        .mode = only_names ? OpenMode::Place : static_cast<OpenMode>(std::min(flags & OpenFlags::ACCESS, 2U)),
        .permissions = permissions & 07777 & ~process.place().file_mask};
    if ((flags & OpenFlags::CREAT) != 0) {
        request.create = (flags & OpenFlags::EXCL) != 0 ? CreateFile::MustBeNew : CreateFile::IfAbsent;
    }
    request.truncate = (flags & OpenFlags::TRUNC) != 0 ? TruncateFile::Yes : TruncateFile::No;
    request.append = (flags & OpenFlags::APPEND) != 0 ? AppendMode::Yes : AppendMode::No;
    request.kind = (flags & OpenFlags::DIRECTORY) != 0 ? OpenRequest::Kind::DirectoryOnly : OpenRequest::Kind::Any;
    request.follow = (flags & OpenFlags::NOFOLLOW) != 0 ? FollowLinks::NotTheLast : FollowLinks::Yes;
    request.block_mode = block_mode(flags);
    return request;
}

/// Fails: as read_name(), and as open(2) says.
Result<Ref<OpenFile>, Errno> open_named(Syscall& call, const NamedFile& name, std::uint32_t flags,
                                        std::uint32_t permissions) {
    OpenRequest request = open_request(call.process, flags, permissions);
    RamFilesystem& files = call.kernel.filesystem();
    const bool nameless = (flags & OpenFlags::NAMELESS) != 0;
    if (nameless && (flags & OpenFlags::EXCL) != 0) {
        request.create = CreateFile::MustBeNew;
    }
    auto file = nameless ? files.open_nameless(name.directory, name.path, request)
                         : files.open(name.directory, name.path, request);
    return file ? Result<Ref<OpenFile>, Errno>(std::move(file).take()) : Failure(errno_of(file.error()));
}

/// An open file gets its number before it is open for good: a FIFO may have to wait for its other end.
SyscallResult finish_opening(Syscall& call, std::uint32_t descriptor) {
    const OpenFile* const file = call.process.files().find_any(descriptor);
    const auto opening = file->block_mode() == BlockMode::Wait ? file->opening() : std::nullopt;
    if (!opening) {
        return descriptor;
    }
    call.process.progress = descriptor + 1;
    const SyscallResult waited = wait_for(call, {.channels = {*opening}});
    if (is_over(call)) {
        (void)call.process.files().close(descriptor);
    }
    return waited;
}

/// A directory is not made by opening it; a file without a name is made in one, and to be written.
bool contradict(std::uint32_t flags) {
    constexpr std::uint32_t CREATES_DIRECTORY = OpenFlags::CREAT | OpenFlags::DIRECTORY;
    const bool nameless = (flags & OpenFlags::NAMELESS) != 0;
    return (flags & CREATES_DIRECTORY) == CREATES_DIRECTORY ||
           (nameless && ((flags & OpenFlags::DIRECTORY) == 0 || (flags & OpenFlags::ACCESS) == 0));
}

SyscallResult open_file(Syscall& call, std::uint32_t descriptor, VirtAddr path, std::uint32_t flags,
                        std::uint32_t permissions) {
    if (call.resumed) {
        return finish_opening(call, call.process.progress - 1);
    }
    if ((flags & OpenFlags::PATH) != 0) {
        flags &= OpenFlags::WITH_PATH;
    }
    if (contradict(flags)) {
        return Errno::INVAL;
    }
    const auto name = read_name(call, descriptor, path);
    if (!name) {
        return name.error();
    }
    auto& files = call.process.files();
    if (!files.has_room()) {
        return Errno::MFILE;
    }
    auto file = open_named(call, name.value(), flags, permissions);
    if (!file) {
        return file.error();
    }
    file.value()->set_block_mode(block_mode(flags));
    file.value()->open_flags = flags & ~OpenFlags::NOT_KEPT;
    return finish_opening(call, files.install(std::move(file).take(), 0, close_on_exec(flags)).value());
}

}  // namespace

SyscallResult sys_open(Syscall& call) {
    return open_file(call, AT_FDCWD, call.pointer(0), call.argument(1), call.argument(2));
}

SyscallResult sys_openat(Syscall& call) {
    return open_file(call, call.argument(0), call.pointer(1), call.argument(2), call.argument(3));
}

SyscallResult sys_creat(Syscall& call) {
    constexpr std::uint32_t FLAGS = static_cast<std::uint32_t>(OpenMode::Write) | OpenFlags::CREAT | OpenFlags::TRUNC;
    return open_file(call, AT_FDCWD, call.pointer(0), FLAGS, call.argument(1));
}

}  // namespace vmlab::linux_abi
