// SPDX-License-Identifier: GPL-2.0-only
// pipe and pipe2, and files without a name.
#include "abi/linux/open_flags.hpp"
#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

namespace {

// The numbers are handed out before they are told: where telling fails, they are given back.
SyscallResult make_pipe(Syscall& call, std::uint32_t flags) {
    const RamFilesystem::PipeEnds ends = call.kernel.filesystem().make_pipe();
    for (OpenPipe* const end : {ends.read.get(), ends.write.get()}) {
        end->set_block_mode(block_mode(flags));
        end->open_flags = flags & OpenFlags::DIRECT;
        end->set_packets(end->open_flags != 0 ? Pipe::Packets::Yes : Pipe::Packets::No);
    }
    auto& files = call.process.files();
    const auto read = files.install(ends.read, 0, close_on_exec(flags));
    if (!read) {
        return read.error();
    }
    const auto write = files.install(ends.write, 0, close_on_exec(flags));
    const bool told =
        write.ok() && call.memory.write(call.pointer(0), std::array{read.value(), write.value()}) == CopyResult::Ok;
    if (told) {
        return 0U;
    }
    (void)files.close(read.value());
    if (!write) {
        return write.error();
    }
    (void)files.close(write.value());
    return Errno::FAULT;
}

}  // namespace

SyscallResult sys_pipe(Syscall& call) { return make_pipe(call, 0); }

SyscallResult sys_pipe2(Syscall& call) {
    const std::uint32_t flags = call.argument(1);
    constexpr std::uint32_t KNOWN = OpenFlags::CLOEXEC | OpenFlags::NONBLOCK | OpenFlags::DIRECT;
    return (flags & ~KNOWN) != 0 ? SyscallResult(Errno::INVAL) : make_pipe(call, flags);
}

SyscallResult sys_memfd_create(Syscall& call) {
    constexpr std::uint32_t CLOEXEC = 1, ALLOW_SEALING = 2, NOEXEC_SEAL = 8, EXEC = 0x10;
    constexpr std::uint32_t NAME_LIMIT = 249;
    const std::uint32_t flags = call.argument(1);
    if ((flags & ~(CLOEXEC | ALLOW_SEALING | NOEXEC_SEAL | EXEC)) != 0 ||
        (flags & (NOEXEC_SEAL | EXEC)) == (NOEXEC_SEAL | EXEC)) {
        return Errno::INVAL;
    }
    const auto name = call.memory.copy_in_string(call.pointer(0), NAME_LIMIT);
    if (!name) {
        const auto path = read_path(call, call.pointer(0));
        return path || path.error() == Errno::NAMETOOLONG ? Errno::INVAL : path.error();
    }
    const bool executable = (flags & NOEXEC_SEAL) == 0;
    auto file =
        call.kernel.filesystem().make_unnamed_file("/memfd:" + *name + " (deleted)", executable ? 0777U : 0666U);
    as_regular_file(file->inode())
        ->set_seals(!executable                    ? FileSeals::EXEC
                    : (flags & ALLOW_SEALING) != 0 ? 0U
                                                   : FileSeals::SEAL);
    return call.process.files().install(std::move(file), 0,
                                        (flags & CLOEXEC) != 0 ? CloseOnExec::Yes : CloseOnExec::No);
}

}  // namespace vmlab::linux_abi
