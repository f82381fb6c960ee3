// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/waiting.hpp"

#include "abi/linux/time_records.hpp"
#include "abi/linux/timeouts.hpp"

namespace vmlab::linux_abi {

SyscallResult wait_for(Syscall& call, FileWait wait, OnSignal how, std::optional<std::uint64_t> until) {
    return unless_interrupted(call, how, [&] { call.kernel.wait_for_files(call.process, std::move(wait), until); });
}

namespace {

/// How long a read of a terminal waits at most.
std::optional<std::uint64_t> patience_of(const OpenFile& file) {
    constexpr std::uint64_t TENTH = SECOND / 10;
    const auto tenths = file.terminal() != nullptr ? file.terminal()->patience() : std::nullopt;
    return tenths ? std::optional(*tenths * TENTH) : std::nullopt;
}

}  // namespace

SyscallResult wait_for_file(Syscall& call, const OpenFile& file, Direction direction) {
    const auto channel = file.wait_channel(direction);
    if (file.block_mode() == BlockMode::Refuse || !channel) {
        return Errno::AGAIN;
    }
    const std::uint64_t until = deadline_of(call, direction == Direction::Input ? patience_of(file) : std::nullopt);
    if (call.kernel.now() >= until) {
        return 0U;
    }
    return wait_for(call, {.channels = {*channel}, .turn = FileWait::Turn::Exclusive}, OnSignal::Restart, until);
}

}  // namespace vmlab::linux_abi
