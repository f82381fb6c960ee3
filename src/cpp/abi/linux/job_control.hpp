// SPDX-License-Identifier: GPL-2.0-only
// Process groups: signals to all of one, and groups that nobody in the session could let go on once they are stopped.
#pragma once

#include "kernel/kernel.hpp"

namespace vmlab::linux_abi {

/// From the kernel to all processes of a group.
void signal_group(Kernel& kernel, std::uint32_t group, Signal signal);

/// Whether no member but `leaving` has a parent in another group of the same session.
[[nodiscard]] bool is_orphaned_group(const Kernel& kernel, std::uint32_t group, const Process* leaving = nullptr);

/// What a process's end means to its group: where it was the last link to its parent's session, members that are stopped
/// get SIGHUP and SIGCONT.
void leave_group(Kernel& kernel, Process& ended, const Process& parent);
/// The same for the group of a child whose parent has ended; and the child is told if it asked for that.
void leave_to_reaper(Kernel& kernel, Process& child, const Process& parent);

}  // namespace vmlab::linux_abi
