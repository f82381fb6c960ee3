// SPDX-License-Identifier: GPL-2.0-only
// Calls on the table of descriptors.
#include "abi/linux/open_flags.hpp"
#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

SyscallResult sys_close(Syscall& call) { return call.process.files().close(call.argument(0)); }

SyscallResult sys_close_range(Syscall& call) {
    constexpr std::uint32_t UNSHARE = 2, CLOEXEC = 4;
    const std::uint32_t first = call.argument(0), last = call.argument(1), flags = call.argument(2);
    if ((flags & ~(UNSHARE | CLOEXEC)) != 0 || first > last) {
        return Errno::INVAL;
    }
    if ((flags & UNSHARE) != 0) {
        call.process.keep_own_files();
    }
    DescriptorTable& files = call.process.files();
    for (const std::uint32_t descriptor : files.numbers()) {
        if (descriptor < first || descriptor > last) {
            continue;
        }
        if ((flags & CLOEXEC) != 0) {
            files.set_close_on_exec(descriptor, CloseOnExec::Yes);
        } else {
            require(files.close(descriptor).ok(), "an open descriptor can be closed");
        }
    }
    return 0U;
}

namespace {

SyscallResult duplicate(Syscall& call, CloseOnExec on_exec) {
    auto& files = call.process.files();
    auto file = files.get_any(call.argument(0));
    if (!file) {
        return file.error();
    }
    const auto placed = files.install_at(std::move(file).take(), call.argument(1), on_exec);
    return placed ? SyscallResult(call.argument(1)) : SyscallResult(placed.error());
}

}  // namespace

SyscallResult duplicate_from(Syscall& call, std::uint32_t lowest, CloseOnExec on_exec) {
    auto file = call.process.files().get_any(call.argument(0));
    return file ? SyscallResult(call.process.files().install(std::move(file).take(), lowest, on_exec))
                : SyscallResult(file.error());
}

SyscallResult sys_dup(Syscall& call) { return duplicate_from(call, 0, CloseOnExec::No); }

SyscallResult sys_dup2(Syscall& call) {
    if (call.argument(0) == call.argument(1)) {
        const bool open = call.process.files().find_any(call.argument(0)) != nullptr;
        return open ? SyscallResult(call.argument(0)) : SyscallResult(Errno::BADF);
    }
    return duplicate(call, CloseOnExec::No);
}

SyscallResult sys_dup3(Syscall& call) {
    const std::uint32_t flags = call.argument(2);
    if ((flags & ~OpenFlags::CLOEXEC) != 0 || call.argument(0) == call.argument(1)) {
        return Errno::INVAL;
    }
    return duplicate(call, flags != 0 ? CloseOnExec::Yes : CloseOnExec::No);
}

}  // namespace vmlab::linux_abi
