// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/job_control.hpp"

#include <algorithm>

#include "abi/linux/signals.hpp"

namespace vmlab::linux_abi {

namespace {

bool has_stopped_member(const Kernel& kernel, std::uint32_t group) {
    return std::ranges::any_of(kernel.processes(), [group](const auto& process) {
        return process->group == group && process->state() == ProcessState::Stopped;
    });
}

/// The parent was outside the group, and in the session.
void cut_link(Kernel& kernel, const Process& child, const Process& parent, const Process* leaving) {
    if (parent.group != child.group && parent.session == child.session &&
        is_orphaned_group(kernel, child.group, leaving) && has_stopped_member(kernel, child.group)) {
        const std::uint32_t group = child.group;
        signal_group(kernel, group, Signal::HangUp);
        signal_group(kernel, group, Signal::Continue);
    }
}

}  // namespace

void signal_group(Kernel& kernel, std::uint32_t group, Signal signal) {
    std::vector<std::uint32_t> members;
    for (const auto& process : kernel.processes()) {
        if (process->group == group && process->leads_threads() && kernel.has_threads(process->pid())) {
            members.push_back(process->pid());
        }
    }
    for (const std::uint32_t pid : members) {
        raise_signal(kernel, *kernel.find_process(pid), {.signal = signal, .code = SignalCode::KERNEL});
    }
}

bool is_orphaned_group(const Kernel& kernel, std::uint32_t group, const Process* leaving) {
    for (const auto& process : kernel.processes()) {
        if (!process->leads_threads() || process->group != group || process.get() == leaving ||
            !kernel.has_threads(process->pid()) || process->orphan) {
            continue;
        }
        const Process* parent = kernel.find_process(process->parent());
        if (parent == nullptr || (parent->group != group && parent->session == process->session)) {
            return false;  // who started the first process sits at the console
        }
    }
    return true;
}

void leave_group(Kernel& kernel, Process& ended, const Process& parent) { cut_link(kernel, ended, parent, &ended); }

void leave_to_reaper(Kernel& kernel, Process& child, const Process& parent) {
    cut_link(kernel, child, parent, nullptr);
    if (child.parent_end_signal != Signal::None && kernel.has_threads(child.pid())) {
        raise_signal(kernel, child, {.signal = child.parent_end_signal, .code = SignalCode::USER, .pid = parent.pid()});
    }
}

}  // namespace vmlab::linux_abi
