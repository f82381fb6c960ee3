// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/waiting.hpp"

namespace vmlab::linux_abi {

SyscallResult wait_for(Syscall& call, FileWait wait, OnSignal how, std::optional<std::uint64_t> until) {
    return unless_interrupted(call, how, [&] { call.kernel.wait_for_files(call.process, std::move(wait), until); });
}

SyscallResult wait_for_file(Syscall& call, const OpenFile& file, Direction direction) {
    const auto channel = file.wait_channel(direction);
    if (file.block_mode() == BlockMode::Refuse || !channel) {
        return Errno::AGAIN;
    }
    return wait_for(call, {.channels = {*channel}, .turn = FileWait::Turn::Exclusive});
}

}  // namespace vmlab::linux_abi
