// SPDX-License-Identifier: GPL-2.0-only
// The thread-local segments of set_thread_area and of clone's CLONE_SETTLS.
#pragma once

#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

struct ThreadSegment {
    std::uint32_t slot;  ///< below Process::TLS_SLOTS
    std::uint64_t descriptor;
};

/// What a struct user_desc in the caller's memory asks for, of a slot that it names. Fails: FAULT, INVAL.
[[nodiscard]] Result<ThreadSegment, Errno> read_thread_segment(Syscall& call, VirtAddr at);

}  // namespace vmlab::linux_abi
