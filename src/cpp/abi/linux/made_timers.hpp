// SPDX-License-Identifier: GPL-2.0-only
// What the timers of timer_create() send, and what becomes of a timer once its signal is taken.
#pragma once

#include "kernel/kernel.hpp"

namespace vmlab::linux_abi {

/// Whether the signal now waits to be taken.
[[nodiscard]] bool send_of_timer(Kernel& kernel, Process& process, const MadeTimer& timer);
/// The signal is taken: the timer goes on, and the signal says how often it has expired beside.
void take_from_timer(Kernel& kernel, const Process& process, SignalInfo& info);

}  // namespace vmlab::linux_abi
