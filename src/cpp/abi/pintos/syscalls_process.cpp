// SPDX-License-Identifier: GPL-2.0-only
// Calls about processes: halt, exit, exec and wait.
#include <algorithm>

#include "abi/pintos/command_line.hpp"
#include "abi/pintos/syscall.hpp"

namespace vmlab::pintos_abi {

SyscallResult sys_halt(Syscall& call) {
    call.session.halt(call.kernel);
    return 0U;
}

SyscallResult sys_exit(Syscall& call) {
    call.session.end(call.kernel, call.process, static_cast<std::int32_t>(call.argument(0)));
    return 0U;
}

SyscallResult sys_exec(Syscall& call) {
    const auto line = read_string(call, call.pointer(0));
    if (!line) {
        return Failure(line.error());
    }
    auto words = line.value() ? split_command(*line.value()) : std::vector<std::string>();
    if (words.empty()) {
        return FAILED;
    }
    const std::string name = words.front();
    const auto child = call.kernel.start_child(call.process, {name, std::move(words), {}});
    if (child) {
        return child.value()->pid();
    }
    if (const auto why = child.error().why; why != StartFailure::Why::NoMemory) {
        const bool opened = why != StartFailure::Why::File;
        call.kernel.print("load: " + name + (opened ? ": error loading executable\n" : ": open failed\n"));
    }
    return FAILED;
}

// A child is waited for once, and the user's programs are nobody's children.
SyscallResult sys_wait(Syscall& call) {
    const auto children = call.kernel.children_of(call.process);
    const auto found = std::ranges::find(children, call.argument(0), &Process::pid);
    if (found == children.end() || (*found)->reaped()) {
        return FAILED;
    }
    Process& child = **found;
    if (child.alive()) {
        call.kernel.block(call.process, Wait::ChildEnd);
        return 0U;
    }
    call.kernel.reap(child, call.process);
    return child.exit_signal() == Signal::None ? child.exit_status() : FAILED;
}

}  // namespace vmlab::pintos_abi
