// SPDX-License-Identifier: GPL-2.0-only
// Calls on the table of descriptors, and what can be asked of any descriptor.
#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

SyscallResult sys_close(Syscall& call) { return call.process.files().close(call.argument(0)); }

namespace {

constexpr std::uint32_t CLOSE_ON_EXEC_FLAG = 02000000;

SyscallResult duplicate(Syscall& call, CloseOnExec on_exec) {
    auto& files = call.process.files();
    auto file = files.get(call.argument(0));
    if (!file) {
        return file.error();
    }
    const auto placed = files.install_at(std::move(file).take(), call.argument(1), on_exec);
    return placed ? SyscallResult(call.argument(1)) : SyscallResult(placed.error());
}

SyscallResult duplicate_from(Syscall& call, std::uint32_t lowest, CloseOnExec on_exec) {
    auto file = call.process.files().get(call.argument(0));
    return file ? SyscallResult(call.process.files().install(std::move(file).take(), lowest, on_exec))
                : SyscallResult(file.error());
}

}  // namespace

SyscallResult sys_dup(Syscall& call) { return duplicate_from(call, 0, CloseOnExec::No); }

SyscallResult sys_dup2(Syscall& call) {
    if (call.argument(0) == call.argument(1)) {
        const bool open = call.process.files().find(call.argument(0)) != nullptr;
        return open ? SyscallResult(call.argument(0)) : SyscallResult(Errno::BADF);
    }
    return duplicate(call, CloseOnExec::No);
}

SyscallResult sys_dup3(Syscall& call) {
    const std::uint32_t flags = call.argument(2);
    if ((flags & ~CLOSE_ON_EXEC_FLAG) != 0 || call.argument(0) == call.argument(1)) {
        return Errno::INVAL;
    }
    return duplicate(call, flags != 0 ? CloseOnExec::Yes : CloseOnExec::No);
}

SyscallResult sys_fcntl64(Syscall& call) {
    constexpr std::uint32_t DUPFD = 0, GETFD = 1, SETFD = 2, GETFL = 3, SETFL = 4, DUPFD_CLOEXEC = 1030;
    constexpr std::uint32_t FD_CLOEXEC = 1, O_APPEND = 02000;
    auto& files = call.process.files();
    const std::uint32_t descriptor = call.argument(0), argument = call.argument(2);
    OpenFile* const file = files.find(descriptor);
    if (file == nullptr) {
        return Errno::BADF;
    }
    switch (call.argument(1)) {
        case DUPFD:
            return duplicate_from(call, argument, CloseOnExec::No);
        case DUPFD_CLOEXEC:
            return duplicate_from(call, argument, CloseOnExec::Yes);
        case GETFD:
            return files.close_on_exec(descriptor) == CloseOnExec::Yes ? FD_CLOEXEC : 0U;
        case SETFD:
            files.set_close_on_exec(descriptor, (argument & FD_CLOEXEC) != 0 ? CloseOnExec::Yes : CloseOnExec::No);
            return 0U;
        case GETFL:
            return static_cast<std::uint32_t>(file->mode()) | (file->append() == AppendMode::Yes ? O_APPEND : 0U);
        case SETFL:
            file->set_append((argument & O_APPEND) != 0 ? AppendMode::Yes : AppendMode::No);
            return 0U;
        default:
            return Errno::INVAL;
    }
}

// Everything here is ready at once: a stream at its end reads 0 bytes, and nothing ever fills up.
SyscallResult sys_poll(Syscall& call) {
    struct Wanted {
        std::int32_t descriptor;
        std::uint16_t events, found;
    };
    constexpr std::uint16_t IN = 0x41, OUT = 0x104, INVALID = 0x20;
    if (call.argument(1) > DescriptorTable::LIMIT) {
        return Errno::INVAL;
    }
    std::uint32_t ready = 0;
    for (std::uint32_t i = 0; i < call.argument(1); ++i) {
        const VirtAddr at = call.pointer(0) + i * static_cast<std::uint32_t>(sizeof(Wanted));
        auto wanted = call.memory.read<Wanted>(at);
        if (!wanted) {
            return Errno::FAULT;
        }
        const OpenFile* const file = call.process.files().find(static_cast<std::uint32_t>(wanted->descriptor));
        const int possible = file == nullptr ? INVALID : (file->readable() ? IN : 0) | (file->writable() ? OUT : 0);
        const int asked = file == nullptr ? INVALID : wanted->events;
        wanted->found = wanted->descriptor < 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(possible & asked);
        ready += wanted->found != 0 ? 1 : 0;
        if (call.memory.write(at, *wanted) == CopyResult::Fault) {
            return Errno::FAULT;
        }
    }
    const auto timeout = static_cast<std::int32_t>(call.argument(2));
    if (ready == 0 && timeout < 0) {
        return Errno::NOSYS;
    }
    constexpr std::uint64_t MILLISECOND = 1'000'000;
    call.kernel.charge(ready == 0 ? static_cast<std::uint64_t>(timeout) * MILLISECOND : 0);
    return ready;
}

// There is no terminal, and nothing else here has controls.
SyscallResult sys_ioctl(Syscall& call) {
    return call.process.files().find(call.argument(0)) != nullptr ? Errno::NOTTY : Errno::BADF;
}

}  // namespace vmlab::linux_abi
