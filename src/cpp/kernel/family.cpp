// SPDX-License-Identifier: GPL-2.0-only
// Who belongs to whom: the threads of a process, its children, and what becomes of these when it ends.
#include <algorithm>

#include "kernel/kernel.hpp"

namespace vmlab {

std::vector<Process*> Kernel::children_of(const Process& parent) const {
    std::vector<Process*> children;
    for (const auto& process : processes_) {
        if (process->parent() == parent.thread_group && process->leads_threads()) {
            children.push_back(process.get());
        }
    }
    return children;
}

std::vector<Process*> Kernel::threads_of(std::uint32_t thread_group) const {
    std::vector<Process*> threads;
    for (const auto& process : processes_) {
        if (process->thread_group == thread_group && process->alive()) {
            threads.push_back(process.get());
        }
    }
    return threads;
}

bool Kernel::has_threads(std::uint32_t thread_group) const {
    return std::ranges::any_of(
        processes_, [&](const auto& process) { return process->thread_group == thread_group && process->alive(); });
}

Process& Kernel::leader_of(const Process& thread) const { return *find_process(thread.thread_group); }

/// The first thread has ended, and gets the other's pid, as a thread that nobody asks for.
void Kernel::become_leader(Process& thread) {
    if (thread.leads_threads()) {
        return;
    }
    const auto place_of = [this](const Process& process) {
        return std::ranges::find(processes_, &process, &std::unique_ptr<Process>::get);
    };
    const auto leader = place_of(leader_of(thread)), own = place_of(thread);
    thread.take_lead(**leader);
    std::iter_swap(leader, own);
    last_pid_ = thread.pid();
    work_for(thread);
}

ResourceUse Kernel::use_of(const Process& process) const {
    ResourceUse use;
    for (const auto& thread : processes_) {
        if (thread->thread_group == process.thread_group) {
            use += thread->use();
        }
    }
    return use;
}

void Kernel::reap(Process& child, const Process& parent) {
    child.set_reaped();
    ResourceUse& children = leader_of(parent).children_use;
    children += use_of(child);
    children += child.children_use;
}

void Kernel::wake_lenders(const Process& child) {
    for (const auto& process : processes_) {
        if (process->wait == Wait::ChildMemory && process->wait_pid == child.pid()) {
            wake(Wait::ChildMemory, process->pid());
        }
    }
}

/// With the last thread: the parent may wait for the process, and its own children are another's, or nobody's.
void Kernel::leave_family(Process& thread) {
    if (!thread.leads_threads()) {
        thread.set_reaped();
    }
    wake_lenders(thread);
    if (has_threads(thread.thread_group)) {
        return;
    }
    Process& process = leader_of(thread);
    if (&process != &thread) {
        process.end(thread.exit_status(), thread.exit_signal());  // who ends last says how the process has ended
    }
    if (process.pid() == terminal_->session) {
        hang_up();
    }
    for (Process* child : children_of(process)) {
        leave_child(*child, process);
    }
    Process* parent = find_process(process.parent());
    if (parent == nullptr || !has_threads(parent->pid())) {
        process.set_reaped();
        return;
    }
    wake_threads(Wait::ChildEnd, parent->pid());
    personality_->child_changed(*this, process, *parent);
}

void Kernel::leave_child(Process& child, Process& parent) {
    Process* const reaper = find_reaper(parent);
    const bool ended = !has_threads(child.pid());
    if (ended && (reaper == nullptr || child.reaped())) {
        child.set_reaped();  // and stays whose it was
        return;
    }
    child.orphan = reaper == nullptr;
    child.set_parent(reaper == nullptr ? 0 : reaper->pid());
    child.end_signal = Signal::Child;
    if (ended) {
        wake_threads(Wait::ChildEnd, reaper->pid());
        personality_->child_changed(*this, child, *reaper);
    }
    personality_->parent_ended(*this, child, parent);
}

Process* Kernel::find_reaper(const Process& ended) const {
    for (Process* at = find_process(ended.parent()); at != nullptr; at = find_process(at->parent())) {
        if (at->takes_orphans && has_threads(at->pid())) {
            return at;
        }
    }
    return nullptr;
}

}  // namespace vmlab
