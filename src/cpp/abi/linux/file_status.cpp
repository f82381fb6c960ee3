// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/file_status.hpp"

namespace vmlab::linux_abi {

namespace {

constexpr std::int64_t NANOSECONDS = 1'000'000'000;
constexpr std::uint32_t BLOCK = 512;
constexpr std::uint32_t ROOT_DEVICE = 1;  ///< minor of major 0, as memory filesystems have

struct OldStat {
    std::uint32_t device, inode;
    std::uint16_t mode, links, user, group;
    std::uint32_t special_device, size, block_size, blocks;
    std::uint32_t access[2], modification[2], change[2];
    std::uint32_t unused[2];
};
static_assert(sizeof(OldStat) == 64);

struct Stat64 {
    std::uint32_t device[2], padding0, short_inode, mode, links, user, group;
    std::uint32_t special_device[2], padding1, size[2], block_size, blocks[2];
    std::uint32_t access[2], modification[2], change[2];
    std::uint32_t inode[2];
};
static_assert(sizeof(Stat64) == 96);

struct StatxTime {
    std::int64_t seconds;
    std::uint32_t nanoseconds;
    std::int32_t reserved;
};

struct Statx {
    std::uint32_t mask, block_size;
    std::uint64_t attributes;
    std::uint32_t links, user, group;
    std::uint16_t mode, padding;
    std::uint64_t inode, size, blocks, attributes_mask;
    StatxTime access, birth, change, modification;
    std::uint32_t special_major, special_minor, device_major, device_minor;
    std::uint64_t spare[14];
};
static_assert(sizeof(Statx) == 256);

struct Split {
    std::uint32_t words[2];
    explicit Split(std::uint64_t value)
        : words{static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> 32)} {}
    void to(std::uint32_t (&place)[2]) const {
        place[0] = words[0];
        place[1] = words[1];
    }
};

std::uint64_t blocks_of(const FileStatus& status) { return (status.size + BLOCK - 1) / BLOCK; }

std::uint32_t mode_of(const FileStatus& status) { return type_bits(status.type) | status.permissions; }

StatxTime time_of(std::int64_t units) {
    const bool borrows = units % NANOSECONDS < 0;
    return {.seconds = units / NANOSECONDS - (borrows ? 1 : 0),
            .nanoseconds = static_cast<std::uint32_t>(units % NANOSECONDS + (borrows ? NANOSECONDS : 0)),
            .reserved = 0};
}

template <typename Times>
void set_times(Times& times, const FileStatus& status) {
    const auto set = [](std::uint32_t (&place)[2], std::int64_t units) {
        const StatxTime time = time_of(units);
        place[0] = static_cast<std::uint32_t>(time.seconds);
        place[1] = time.nanoseconds;
    };
    set(times.access, status.accessed);
    set(times.modification, status.modified);
    set(times.change, status.changed);
}

OldStat old_stat(const FileStatus& status) {
    OldStat stat{.device = ROOT_DEVICE,
                 .inode = static_cast<std::uint32_t>(status.inode),
                 .mode = static_cast<std::uint16_t>(mode_of(status)),
                 .links = static_cast<std::uint16_t>(status.links),
                 .user = static_cast<std::uint16_t>(status.user),
                 .group = static_cast<std::uint16_t>(status.group),
                 .special_device = status.device,
                 .size = static_cast<std::uint32_t>(status.size),
                 .block_size = PAGE_SIZE,
                 .blocks = static_cast<std::uint32_t>(blocks_of(status))};
    set_times(stat, status);
    return stat;
}

Stat64 stat64(const FileStatus& status) {
    Stat64 stat{.short_inode = static_cast<std::uint32_t>(status.inode),
                .mode = mode_of(status),
                .links = status.links,
                .user = status.user,
                .group = status.group,
                .block_size = PAGE_SIZE};
    Split(ROOT_DEVICE).to(stat.device);
    Split(status.device).to(stat.special_device);
    Split(status.size).to(stat.size);
    Split(blocks_of(status)).to(stat.blocks);
    Split(status.inode).to(stat.inode);
    set_times(stat, status);
    return stat;
}

Statx statx(const FileStatus& status) {
    constexpr std::uint32_t BASIC = 0x7FF;
    return {.mask = BASIC,
            .block_size = PAGE_SIZE,
            .links = status.links,
            .user = status.user,
            .group = status.group,
            .mode = static_cast<std::uint16_t>(mode_of(status)),
            .inode = status.inode,
            .size = status.size,
            .blocks = blocks_of(status),
            .access = time_of(status.accessed),
            .change = time_of(status.changed),
            .modification = time_of(status.modified),
            .special_major = status.device >> 8,
            .special_minor = status.device & 0xFF,
            .device_minor = ROOT_DEVICE};
}

}  // namespace

std::uint32_t type_bits(FileType type) {
    switch (type) {
        case FileType::Regular:
            return 0100000;
        case FileType::Directory:
            return 0040000;
        case FileType::SymbolicLink:
            return 0120000;
        case FileType::CharacterDevice:
            return 0020000;
        case FileType::Pipe:
            return 0010000;
        case FileType::Socket:
            return 0140000;
        case FileType::Nothing:
            return 0;
    }
    throw Panic("a file type without a Linux number");
}

SyscallResult write_status(UserMemory& memory, VirtAddr to, const FileStatus& status, StatLayout layout) {
    switch (layout) {
        case StatLayout::Old:
            return status.size >> 31 != 0 ? SyscallResult(Errno::OVERFLOWED) : memory.write(to, old_stat(status));
        case StatLayout::Stat64:
            return memory.write(to, stat64(status));
        case StatLayout::Statx:
            return memory.write(to, statx(status));
    }
    throw Panic("an unknown layout of stat");
}

}  // namespace vmlab::linux_abi
