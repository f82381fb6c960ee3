// SPDX-License-Identifier: GPL-2.0-only
// Processes, their memory's size, and time.
#include <algorithm>

#include "abi/xv6/layout.hpp"
#include "abi/xv6/process_size.hpp"
#include "abi/xv6/syscall.hpp"

namespace vmlab::xv6_abi {

namespace {

/// Whether it has a place in the table of processes: one that has ended keeps it until its parent has waited for it.
bool has_place(const Process& process) { return process.alive() || !process.reaped(); }

/// The arguments that a NULL ends. Nothing where one is bad, or they are too many.
std::optional<std::vector<std::string>> read_arguments(Syscall& call, std::uint32_t list) {
    std::vector<std::string> arguments;
    for (std::uint32_t i = 0; i < MOST_ARGUMENTS; ++i) {
        const auto address = call.word_at(list + 4 * i);
        if (!address || *address == 0) {
            return address ? std::optional(std::move(arguments)) : std::nullopt;
        }
        auto text = call.text_at(*address);
        if (!text) {
            return std::nullopt;
        }
        arguments.push_back(std::move(*text));
    }
    return std::nullopt;
}

}  // namespace

std::uint32_t sys_fork(Syscall& call) {
    const auto& processes = call.kernel.processes();
    if (std::ranges::count_if(processes, [](const auto& one) { return has_place(*one); }) >= MOST_PROCESSES) {
        return FAILED;
    }
    const Process* const child = call.kernel.fork(call.process, {});
    return child == nullptr ? FAILED : child->pid();
}

std::uint32_t sys_exit(Syscall& call) {
    call.kernel.end_process(call.process, 0, Signal::None);
    return 0;
}

std::uint32_t sys_wait(Syscall& call) {
    bool waits = false;
    for (Process* const child : call.kernel.children_of(call.process)) {
        if (child->alive()) {
            waits = true;
        } else if (!child->reaped()) {
            call.kernel.reap(*child, call.process);
            return child->pid();
        }
    }
    if (waits) {
        call.kernel.block(call.process, Wait::ChildEnd);
    }
    return FAILED;
}

// A process that is killed ends at once: it would end at its next return to ring 3, and does nothing before.
std::uint32_t sys_kill(Syscall& call) {
    const auto pid = call.argument(0);
    Process* const victim = pid ? call.kernel.find_process(*pid) : nullptr;
    if (victim == nullptr || !has_place(*victim)) {
        return FAILED;
    }
    if (victim->alive()) {
        call.kernel.end_process(*victim, 0, Signal::Kill);
    }
    return 0;
}

std::uint32_t sys_exec(Syscall& call) {
    const auto path = call.text(0);
    const auto list = call.argument(1);
    if (!path || !list) {
        return FAILED;
    }
    auto arguments = read_arguments(call, *list);
    if (!arguments) {
        return FAILED;
    }
    const auto executed = call.kernel.exec(call.process, {*path, std::move(*arguments), {}});
    if (!executed && executed.error().why == StartFailure::Why::File) {
        call.kernel.print("exec: fail\n");
    }
    return executed ? 0 : FAILED;
}

std::uint32_t sys_getpid(Syscall& call) { return call.process.pid(); }

std::uint32_t sys_sbrk(Syscall& call) {
    const auto change = call.argument(0);
    const std::uint32_t before = call.size();
    const bool changed = change && growproc(call.kernel, call.process, static_cast<std::int32_t>(*change));
    return changed ? before : FAILED;
}

// A number below 0 is a very large one.
std::uint32_t sys_sleep(Syscall& call) {
    const auto ticks = call.argument(0);
    if (!ticks || call.resumed() || *ticks == 0) {
        return ticks ? 0 : FAILED;
    }
    call.kernel.sleep_until(call.process, (call.kernel.now() / TICK + *ticks) * TICK);
    return 0;
}

std::uint32_t sys_uptime(Syscall& call) { return static_cast<std::uint32_t>(call.kernel.now() / TICK); }

}  // namespace vmlab::xv6_abi
