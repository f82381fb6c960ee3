// SPDX-License-Identifier: GPL-2.0-only
// The frame that a handler finds on its stack: what was interrupted, in the bytes that i386 Linux gives it.
#pragma once

#include "abi/linux/syscall.hpp"
#include "kernel/signal_state.hpp"

namespace vmlab::linux_abi {

/// Puts a frame onto the process's stack and its registers at the handler. `blocked`: what sigreturn will block again.
/// False when the stack has no room.
[[nodiscard]] bool push_signal_frame(Kernel& kernel, Process& process, const SignalInfo& info,
                                     const SignalAction& action, SignalSet blocked);

/// siginfo_t. Elsewhere: compat_siginfo.
struct SignalInfoRecord {
    std::uint32_t signal;
    std::uint32_t error_number;
    std::int32_t code;
    std::uint32_t fields[29];
};
static_assert(sizeof(SignalInfoRecord) == 128);
[[nodiscard]] SignalInfoRecord record_of(const SignalInfo& info);

/// Why an x87 or SSE instruction raised an exception: the first cause that is not masked.
[[nodiscard]] std::int32_t code_of_float_exception(const FloatingPoint& state, bool sse);

/// sigaltstack's checks and effect; also what rt_sigreturn puts back.
struct StackRecord {
    std::uint32_t base;
    std::uint32_t flags;
    std::uint32_t size;
};
[[nodiscard]] SyscallResult set_signal_stack(Process& process, const StackRecord& wanted);
[[nodiscard]] StackRecord signal_stack_of(const Process& process);

}  // namespace vmlab::linux_abi
