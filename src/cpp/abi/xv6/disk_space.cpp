// SPDX-License-Identifier: GPL-2.0-only
#include "abi/xv6/disk_space.hpp"

#include "abi/xv6/layout.hpp"

namespace vmlab::xv6_abi {

namespace {

std::uint64_t bytes_of(const Inode& inode) {
    if (inode.type() == FileType::Directory) {
        return directory_bytes(static_cast<const Directory&>(inode));
    }
    return inode.type() == FileType::Regular ? inode.status().size : 0;
}

}  // namespace

std::uint32_t directory_bytes(const Directory& directory) {
    return static_cast<std::uint32_t>(directory.end_position()) * DIRECTORY_ENTRY_BYTES;
}

std::uint32_t blocks_for(std::uint64_t bytes) {
    const auto blocks = static_cast<std::uint32_t>((bytes + BLOCK_BYTES - 1) / BLOCK_BYTES);
    return blocks + (blocks > DIRECT_BLOCKS ? 1 : 0);
}

bool has_blocks(const RamFilesystem& filesystem, std::uint32_t wanted) {
    std::uint32_t taken = 0;
    for (const Inode* const inode : filesystem.inodes()) {
        taken += blocks_for(bytes_of(*inode));
    }
    return taken + wanted <= DATA_BLOCKS;
}

}  // namespace vmlab::xv6_abi
