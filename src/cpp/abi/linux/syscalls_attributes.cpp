// SPDX-License-Identifier: GPL-2.0-only
// Calls that change what is kept about a file: rights, owner, times, length.
#include <algorithm>
#include <limits>

#include "abi/linux/named_file.hpp"
#include "abi/linux/syscall.hpp"
#include "abi/linux/time_records.hpp"

namespace vmlab::linux_abi {

namespace {

using FoundFile = Result<Ref<Inode>, Errno>;

FoundFile file_of(const OpenFile* file) {
    if (file == nullptr) {
        return Failure(Errno::BADF);
    }
    return file->inode() != nullptr ? FoundFile(Ref<Inode>(file->inode())) : Failure(Errno::PERM);
}

FoundFile file_of_descriptor(Syscall& call, std::uint32_t descriptor) {
    return file_of(call.process.files().find(descriptor));
}

/// A descriptor's own file where AT_EMPTY_PATH says so, else what the path names.
FoundFile find_file_at(Syscall& call, std::uint32_t descriptor, VirtAddr path, std::uint32_t flags) {
    if ((flags & AT_EMPTY_PATH) != 0 && descriptor != AT_FDCWD) {
        const auto name = read_name(call, descriptor, path);
        if (!name || name.value().path.empty()) {
            return name ? file_of(call.process.files().find_any(descriptor)) : FoundFile(Failure(name.error()));
        }
    }
    const auto follow = (flags & AT_SYMLINK_NOFOLLOW) != 0 ? FollowLinks::NotTheLast : FollowLinks::Yes;
    return find_file(call, descriptor, path, follow);
}

FoundFile find_file_here(Syscall& call, FollowLinks follow) {
    return find_file(call, AT_FDCWD, call.pointer(0), follow);
}

SyscallResult change_rights(Syscall& call, const FoundFile& file, std::uint32_t permissions) {
    if (!file) {
        return file.error();
    }
    constexpr std::uint32_t MAY_EXECUTE = 0111;
    const RegularFile* const regular = as_regular_file(file.value().get());
    if (regular != nullptr && regular->is_sealed(FileSeals::EXEC) &&
        ((regular->permissions() ^ permissions) & MAY_EXECUTE) != 0) {
        return Errno::PERM;
    }
    file.value()->set_permissions(permissions & 07777);
    file.value()->set_changed(call.kernel.now());
    return 0U;
}

constexpr std::uint32_t NOBODY = ~0U;  ///< stays as it is

/// Whoever the owner was: rights that a program has by its owner do not pass to another.
std::uint32_t without_set_id(std::uint32_t permissions) {
    constexpr std::uint32_t SET_USER = 04000, SET_GROUP = 02000, GROUP_EXECUTES = 010;
    const bool group_too = (permissions & GROUP_EXECUTES) != 0;
    return permissions & ~(SET_USER | (group_too ? SET_GROUP : 0U));
}

SyscallResult change_owner(Syscall& call, const FoundFile& file, std::uint32_t user, std::uint32_t group) {
    if (!file) {
        return file.error();
    }
    Inode& inode = *file.value();
    if (user != NOBODY) {
        inode.set_user(user);
    }
    if (group != NOBODY) {
        inode.set_group(group);
    }
    if (inode.type() != FileType::Directory) {
        inode.set_permissions(without_set_id(inode.permissions()));
    }
    inode.set_changed(call.kernel.now());
    return 0U;
}

/// An owner as the first calls give it: in 16 bits.
std::uint32_t wide(std::uint32_t owner) { return (owner & 0xFFFF) == 0xFFFF ? NOBODY : owner & 0xFFFF; }

}  // namespace

SyscallResult sys_umask(Syscall& call) {
    return std::exchange(call.process.place().file_mask, call.argument(0) & 0777);
}

SyscallResult sys_chmod(Syscall& call) {
    return change_rights(call, find_file_here(call, FollowLinks::Yes), call.argument(1));
}
SyscallResult sys_fchmod(Syscall& call) {
    return change_rights(call, file_of_descriptor(call, call.argument(0)), call.argument(1));
}
SyscallResult sys_fchmodat(Syscall& call) {
    return change_rights(call, find_file_at(call, call.argument(0), call.pointer(1), 0), call.argument(2));
}

SyscallResult sys_chown(Syscall& call) {
    return change_owner(call, find_file_here(call, FollowLinks::Yes), call.argument(1), call.argument(2));
}
SyscallResult sys_lchown(Syscall& call) {
    return change_owner(call, find_file_here(call, FollowLinks::NotTheLast), call.argument(1), call.argument(2));
}
SyscallResult sys_fchown(Syscall& call) {
    return change_owner(call, file_of_descriptor(call, call.argument(0)), call.argument(1), call.argument(2));
}
SyscallResult sys_chown16(Syscall& call) {
    return change_owner(call, find_file_here(call, FollowLinks::Yes), wide(call.argument(1)), wide(call.argument(2)));
}
SyscallResult sys_lchown16(Syscall& call) {
    return change_owner(call, find_file_here(call, FollowLinks::NotTheLast), wide(call.argument(1)),
                        wide(call.argument(2)));
}
SyscallResult sys_fchown16(Syscall& call) {
    return change_owner(call, file_of_descriptor(call, call.argument(0)), wide(call.argument(1)),
                        wide(call.argument(2)));
}
SyscallResult sys_fchownat(Syscall& call) {
    const std::uint32_t flags = call.argument(4);
    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) {
        return Errno::INVAL;
    }
    return change_owner(call, find_file_at(call, call.argument(0), call.pointer(1), flags), call.argument(2),
                        call.argument(3));
}

namespace {

/// A time that utimes() asks for: one of its own, the present one, or the one that is there.
struct WantedTime {
    enum class Kind : std::uint8_t { Given, Now, Keep } kind = Kind::Now;
    std::int64_t units = 0;
};
using WantedTimes = std::array<WantedTime, 2>;  ///< of access, of modification

std::int64_t units_from_1970(std::int64_t seconds, std::int64_t nanoseconds) {
    constexpr std::int64_t LONGEST = std::numeric_limits<std::int64_t>::max() / static_cast<std::int64_t>(SECOND) - 1;
    return std::clamp(seconds, -LONGEST, LONGEST) * static_cast<std::int64_t>(SECOND) + nanoseconds;
}

template <typename Timespec>
Result<WantedTime, Errno> wanted_time(const Timespec& time) {
    constexpr std::int32_t NOW = 0x3FFFFFFF, OMIT = 0x3FFFFFFE;
    if (time.part == NOW || time.part == OMIT) {
        return WantedTime{.kind = time.part == NOW ? WantedTime::Kind::Now : WantedTime::Kind::Keep};
    }
    if (time.part < 0 || static_cast<std::uint64_t>(time.part) >= SECOND) {
        return Failure(Errno::INVAL);
    }
    return WantedTime{WantedTime::Kind::Given, units_from_1970(time.seconds, time.part)};
}

Result<WantedTime, Errno> wanted_time(const Timeval& time) {
    constexpr std::int32_t MICROSECONDS = 1'000'000;
    if (time.part < 0 || time.part >= MICROSECONDS) {
        return Failure(Errno::INVAL);
    }
    return WantedTime{WantedTime::Kind::Given, units_from_1970(time.seconds, std::int64_t{time.part} * 1000)};
}

/// Address 0 asks for the present time.
template <typename Time>
Result<WantedTimes, Errno> read_times(Syscall& call, VirtAddr address) {
    if (address.value == 0) {
        return WantedTimes{};
    }
    const auto times = call.memory.read<std::array<Time, 2>>(address);
    if (!times) {
        return Failure(Errno::FAULT);
    }
    const auto access = wanted_time((*times)[0]), modification = wanted_time((*times)[1]);
    if (!access || !modification) {
        return Failure(Errno::INVAL);
    }
    return WantedTimes{access.value(), modification.value()};
}

bool keeps_both(const WantedTimes& times) {
    return times[0].kind == WantedTime::Kind::Keep && times[1].kind == WantedTime::Kind::Keep;
}

SyscallResult change_times(Syscall& call, const FoundFile& file, const WantedTimes& times) {
    if (!file) {
        return file.error();
    }
    const std::uint64_t now = call.kernel.now();
    const auto units = [now](const WantedTime& time) {
        return time.kind == WantedTime::Kind::Now ? static_cast<std::int64_t>(now) : time.units;
    };
    if (times[0].kind != WantedTime::Kind::Keep) {
        file.value()->set_access_time(units(times[0]));
    }
    if (times[1].kind != WantedTime::Kind::Keep) {
        file.value()->set_modification_time(units(times[1]));
    }
    file.value()->set_changed(now);
    return 0U;
}

template <typename Timespec>
SyscallResult change_times_at(Syscall& call) {
    const std::uint32_t flags = call.argument(3);
    const auto times = read_times<Timespec>(call, call.pointer(2));
    if (!times) {
        return times.error();
    }
    if (keeps_both(times.value())) {
        return 0U;  // not even the path is looked at
    }
    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) {
        return Errno::INVAL;
    }
    if (call.argument(1) == 0 && call.argument(0) != AT_FDCWD) {
        return flags != 0 ? SyscallResult(Errno::INVAL)
                          : change_times(call, file_of_descriptor(call, call.argument(0)), times.value());
    }
    return change_times(call, find_file_at(call, call.argument(0), call.pointer(1), flags), times.value());
}

}  // namespace

SyscallResult sys_utimensat(Syscall& call) { return change_times_at<Timespec32>(call); }
SyscallResult sys_utimensat64(Syscall& call) { return change_times_at<Timespec64>(call); }

SyscallResult sys_utimes(Syscall& call) {
    const auto times = read_times<Timeval>(call, call.pointer(1));
    return times ? change_times(call, find_file_here(call, FollowLinks::Yes), times.value())
                 : SyscallResult(times.error());
}

SyscallResult sys_futimesat(Syscall& call) {
    const auto times = read_times<Timeval>(call, call.pointer(2));
    return times ? change_times(call, find_file_at(call, call.argument(0), call.pointer(1), 0), times.value())
                 : SyscallResult(times.error());
}

SyscallResult sys_utime(Syscall& call) {
    WantedTimes times;
    if (call.argument(1) != 0) {
        const auto seconds = call.memory.read<std::array<std::int32_t, 2>>(call.pointer(1));
        if (!seconds) {
            return Errno::FAULT;
        }
        times = {WantedTime{WantedTime::Kind::Given, units_from_1970((*seconds)[0], 0)},
                 WantedTime{WantedTime::Kind::Given, units_from_1970((*seconds)[1], 0)}};
    }
    return change_times(call, find_file_here(call, FollowLinks::Yes), times);
}

namespace {

SyscallResult cut(Syscall& call, std::uint64_t bytes) {
    if (bytes >> 63 != 0) {
        return Errno::INVAL;
    }
    const auto file = find_file_here(call, FollowLinks::Yes);
    if (!file) {
        return file.error();
    }
    if (file.value()->type() != FileType::Regular) {
        return is_directory(file.value()) ? Errno::ISDIR : Errno::INVAL;
    }
    if (file.value()->is_made()) {
        return 0U;  // it has no length of its own
    }
    if (bytes > RegularFile::MAX_BYTES) {
        return Errno::FBIG;
    }
    RegularFile& regular = static_cast<RegularFile&>(*file.value());
    if (regular.executers() > 0) {
        return Errno::TXTBSY;
    }
    if (!regular.may_have(bytes)) {
        return Errno::PERM;
    }
    if (bytes > regular.object()->bytes() && bytes > call.process.limits()[Resource::FileSize].current) {
        return refuse_large_file(call);
    }
    regular.resize(bytes);
    regular.set_modified(call.kernel.now());
    return 0U;
}

}  // namespace

SyscallResult sys_truncate(Syscall& call) {
    return cut(call, static_cast<std::uint64_t>(static_cast<std::int32_t>(call.argument(1))));
}
SyscallResult sys_truncate64(Syscall& call) { return cut(call, call.long_argument(1)); }

}  // namespace vmlab::linux_abi
