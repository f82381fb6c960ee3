// SPDX-License-Identifier: GPL-2.0-only
// What sendmsg() and recvmsg() carry beside bytes: open files, and who sent them.
#pragma once

#include <vector>

#include "abi/linux/syscall.hpp"
#include "kernel/files/socket.hpp"

namespace vmlab::linux_abi {

/// struct ucred.
struct UserCredentials {
    std::uint32_t pid = 0, user = 0, group = 0;
};

/// Where control messages are, or go to.
struct ControlArea {
    VirtAddr address;
    std::uint32_t bytes = 0;
};

/// What a message carries.
struct Carried {
    std::vector<Ref<OpenFile>> files;
    SocketOwner sender;
};
/// Fails: INVAL, FAULT, BADF, SRCH.
[[nodiscard]] Result<Carried, Errno> read_control(Syscall& call, ControlArea area);

/// Which of them are told, and how.
struct ControlTelling {
    CloseOnExec on_exec = CloseOnExec::No;
    enum class Sender : std::uint8_t { Hidden, Told } sender = Sender::Hidden;
};
/// What was written of the area, and whether all had room there.
struct ControlWritten {
    std::uint32_t bytes = 0;
    enum class Whole : std::uint8_t { Yes, CutShort } whole = Whole::Yes;
};
/// Gives the files numbers, as far as these have room.
[[nodiscard]] ControlWritten write_control(Syscall& call, ControlArea area, const SocketReceived& received,
                                           const ControlTelling& telling);

}  // namespace vmlab::linux_abi
