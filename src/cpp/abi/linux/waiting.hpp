// SPDX-License-Identifier: GPL-2.0-only
// How a call that cannot go on waits: the one place where a process falls asleep in a call on files.
#pragma once

#include <optional>

#include "abi/linux/signals.hpp"
#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

/// As wait_for() of signals: the call is made again once a channel is woken, the time has come, or a signal; what is returned
/// counts only where the caller did not fall asleep. Who is made again looks first whether it can go on.
[[nodiscard]] SyscallResult wait_for(Syscall& call, FileWait wait, OnSignal how = OnSignal::Restart,
                                     std::optional<std::uint64_t> until = std::nullopt);

/// Whether the call is over: it has a result, rather than that its caller waits or is no more.
[[nodiscard]] inline bool is_over(const Syscall& call) { return call.process.state() == ProcessState::Running; }

/// An open file that waits, or does not, as one call asks for.
class BlockModeForCall {
public:
    BlockModeForCall(OpenFile& file, BlockMode mode) : file_(file), before_(file.block_mode()) {
        file.set_block_mode(mode);
    }
    BlockModeForCall(const BlockModeForCall&) = delete;
    BlockModeForCall& operator=(const BlockModeForCall&) = delete;
    ~BlockModeForCall() { file_.set_block_mode(before_); }

private:
    OpenFile& file_;
    BlockMode before_;
};

/// What a read or a write that would block does: it waits, unless the file is in nonblocking mode.
[[nodiscard]] SyscallResult wait_for_file(Syscall& call, const OpenFile& file, Direction direction);
/// The same of one that has moved as many bytes as the process's progress says, where the channel is: who does not wait any
/// more is told of these.
[[nodiscard]] SyscallResult wait_to_move(Syscall& call, const OpenFile& file, Direction direction,
                                         const std::optional<WaitChannel>& channel);
/// SIGPIPE, for who writes what nobody will read.
void raise_broken_pipe(Syscall& call);

}  // namespace vmlab::linux_abi
