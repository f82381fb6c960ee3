// SPDX-License-Identifier: GPL-2.0-only
// RLIMIT_CPU: what becomes of a process that has executed for as long as it may.
#pragma once

#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

/// SIGXCPU, and again each second, which the limit moves on by; SIGKILL once the higher limit is reached as well.
void time_limit_reached(Kernel& kernel, Process& process);

}  // namespace vmlab::linux_abi
