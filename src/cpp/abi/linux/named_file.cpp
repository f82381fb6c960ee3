// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/named_file.hpp"

namespace vmlab::linux_abi {

Result<NamedFile, Errno> read_name(Syscall& call, std::uint32_t descriptor, VirtAddr address) {
    auto path = read_path(call, address);
    if (!path) {
        return Failure(path.error());
    }
    const bool absolute = path.value().starts_with('/');
    if (absolute || descriptor == AT_FDCWD) {
        return NamedFile{call.process.place().working_directory(), std::move(path).take()};
    }
    const OpenFile* const directory = call.process.files().find_any(descriptor);
    if (directory == nullptr) {
        return Failure(Errno::BADF);
    }
    if (!path.value().empty() && directory->status().type != FileType::Directory) {
        return Failure(Errno::NOTDIR);
    }
    return NamedFile{directory->path(), std::move(path).take()};
}

Result<Ref<Inode>, Errno> find_file(Syscall& call, std::uint32_t descriptor, VirtAddr address, FollowLinks follow) {
    const auto name = read_name(call, descriptor, address);
    if (!name) {
        return Failure(name.error());
    }
    auto inode = call.kernel.filesystem().find(name.value().directory, name.value().path, follow);
    return inode ? Result<Ref<Inode>, Errno>(std::move(inode).take()) : Failure(errno_of(inode.error()));
}

}  // namespace vmlab::linux_abi
