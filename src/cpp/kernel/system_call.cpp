// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/system_call.hpp"

#include <algorithm>
#include <array>

namespace vmlab {

void note_call(Kernel& kernel, const Process& process, std::uint32_t number, std::span<const std::uint32_t> arguments) {
    std::array<std::uint32_t, 6> all{};
    std::ranges::copy(arguments, all.begin());
    kernel.tracer().emit(process.pid(), SyscallEvent{.number = number,
                                                     .argument0 = all[0],
                                                     .argument1 = all[1],
                                                     .argument2 = all[2],
                                                     .argument3 = all[3],
                                                     .argument4 = all[4],
                                                     .argument5 = all[5]});
}

void note_unknown_call(Kernel& kernel, const Process& process, std::uint32_t number) {
    kernel.tracer().emit(process.pid(), SyscallUnknownEvent{.number = number});
}

bool has_returned(const Process& process) { return process.alive() && process.state() != ProcessState::Blocked; }

void return_from_call(Kernel& kernel, Process& process, std::uint32_t caller, std::uint32_t number,
                      std::uint32_t result) {
    process.file_wait = {};
    process.kernel_stack().set_eax(result);
    kernel.tracer().emit(caller, SyscallReturnEvent{.number = number, .result = result});
}

}  // namespace vmlab
