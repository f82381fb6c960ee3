// SPDX-License-Identifier: GPL-2.0-only
// Extended attributes: no file has any, and none takes one, as on a filesystem that knows nothing of them.
#include <array>
#include <optional>
#include <vector>

#include "abi/linux/named_file.hpp"
#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

namespace {

/// What a call is about: the path of its first argument, or the descriptor.
enum class Target : std::uint8_t { Path, LinkItself, Descriptor };

/// Nothing when the file is there.
std::optional<Errno> find_target(Syscall& call, Target target) {
    if (target == Target::Descriptor) {
        return call.process.files().find(call.argument(0)) != nullptr ? std::nullopt : std::optional(Errno::BADF);
    }
    const auto follow = target == Target::LinkItself ? FollowLinks::NotTheLast : FollowLinks::Yes;
    const auto file = find_file(call, AT_FDCWD, call.pointer(0), follow);
    return file ? std::nullopt : std::optional(file.error());
}

/// Nothing when the attribute of the second argument has a name that there can be.
std::optional<Errno> refuse_name(Syscall& call) {
    constexpr std::uint32_t LONGEST_NAME = 255;
    std::array<std::byte, LONGEST_NAME + 1> bytes;
    const auto name = call.memory.copy_in_string(call.pointer(1), LONGEST_NAME);
    if (!name) {
        const bool too_long = call.memory.copy_in(call.pointer(1), bytes) == CopyResult::Ok;
        return too_long ? Errno::RANGE : Errno::FAULT;
    }
    return name->empty() ? std::optional(Errno::RANGE) : std::nullopt;
}

SyscallResult refuse(Syscall& call, Target target) {
    if (const auto refused = refuse_name(call)) {
        return *refused;
    }
    return find_target(call, target).value_or(Errno::OPNOTSUPP);
}

/// The value is read before the file is looked for.
SyscallResult set(Syscall& call, Target target) {
    constexpr std::uint32_t CREATE = 1, REPLACE = 2, LARGEST_VALUE = 65536;
    const std::uint32_t bytes = call.argument(3);
    if ((call.argument(4) & ~(CREATE | REPLACE)) != 0) {
        return Errno::INVAL;
    }
    if (const auto refused = refuse_name(call)) {
        return *refused;
    }
    if (bytes > LARGEST_VALUE) {
        return Errno::TOOBIG;
    }
    std::vector<std::byte> value(bytes);
    if (call.memory.copy_in(call.pointer(2), value) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    return find_target(call, target).value_or(Errno::OPNOTSUPP);
}

SyscallResult list(Syscall& call, Target target) {
    const auto missing = find_target(call, target);
    return missing ? SyscallResult(*missing) : SyscallResult(0U);
}

}  // namespace

SyscallResult sys_setxattr(Syscall& call) { return set(call, Target::Path); }
SyscallResult sys_lsetxattr(Syscall& call) { return set(call, Target::LinkItself); }
SyscallResult sys_fsetxattr(Syscall& call) { return set(call, Target::Descriptor); }
SyscallResult sys_getxattr(Syscall& call) { return refuse(call, Target::Path); }
SyscallResult sys_lgetxattr(Syscall& call) { return refuse(call, Target::LinkItself); }
SyscallResult sys_fgetxattr(Syscall& call) { return refuse(call, Target::Descriptor); }
SyscallResult sys_listxattr(Syscall& call) { return list(call, Target::Path); }
SyscallResult sys_llistxattr(Syscall& call) { return list(call, Target::LinkItself); }
SyscallResult sys_flistxattr(Syscall& call) { return list(call, Target::Descriptor); }
SyscallResult sys_removexattr(Syscall& call) { return refuse(call, Target::Path); }
SyscallResult sys_lremovexattr(Syscall& call) { return refuse(call, Target::LinkItself); }
SyscallResult sys_fremovexattr(Syscall& call) { return refuse(call, Target::Descriptor); }

}  // namespace vmlab::linux_abi
