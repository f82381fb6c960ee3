// SPDX-License-Identifier: GPL-2.0-only
// How processes come from processes: fork, vfork, exec, and what a parent and its children wait for.
#include "kernel/kernel.hpp"

namespace vmlab {

std::unique_ptr<Process> Kernel::make_process(std::string name, Ref<AddressSpace> space) {
    const auto stack =
        space && vm_.reserve_frames(1) ? machine_.frames().allocate(FrameUse::KernelStack) : std::nullopt;
    if (!stack) {
        return nullptr;
    }
    machine_.memory().zero_frame(*stack);
    return std::make_unique<Process>(next_pid_, std::move(name), std::move(space),
                                     KernelStack(machine_.memory(), *stack, machine_.kernel_window()),
                                     machine_.cpu().initial_context());
}

Process* Kernel::fork(Process& parent, const ForkSharing& shares) {
    require(current_ == &parent, "a process forks itself");
    if (!shares.memory && !vm_.can_guarantee_another()) {
        return nullptr;
    }
    Ref<AddressSpace> space = shares.memory ? parent.share_space() : parent.space().fork();
    auto owned = make_process(parent.name(), std::move(space));
    if (!owned) {
        return nullptr;
    }
    return &adopt(std::move(owned), parent, shares);
}

Process* Kernel::fork_empty(Process& parent) {
    require(current_ == &parent, "a process forks itself");
    auto owned = make_process(parent.name(), AddressSpace::create(vm_, personality_->layout(layout_random(parent))));
    if (!owned) {
        return nullptr;
    }
    Process& child = adopt(std::move(owned), parent, {});
    block(child, Wait::Release);
    return &child;
}

Process& Kernel::adopt(std::unique_ptr<Process> owned, const Process& parent, const ForkSharing& shares) {
    Process& child = *owned;
    child.inherit(parent, shares);
    child.idle_since = child.started_at = now();
    child.set_context(machine_.cpu().save_context());
    ++next_pid_;
    processes_.push_back(std::move(owned));
    vm_.emit(ForkEvent{.child = child.pid(),
                       .borrowed = shares.memory ? 1U : 0U,
                       .mappings = static_cast<std::uint32_t>(child.space().mappings().size())});
    return child;
}

void Kernel::open_streams(Process& process) {
    Ref<OpenFile> file;  // a terminal is opened once, for all of them
    for (const Console::Stream stream : personality_->standard_streams()) {
        file = file && file->terminal() != nullptr ? file : Console::open(process.console(), stream);
        const auto opened = process.files().install(file);
        require(opened.ok(), "a process that has nothing open may open its streams");
    }
}

Result<Process*, StartFailure> Kernel::start_child(Process& parent, ProgramStart start) {
    require(current_ == &parent, "a process starts its own children");
    if (!vm_.can_guarantee_another()) {
        return Failure(no_address_space());
    }
    auto owned = make_process(start.path, AddressSpace::create(vm_, personality_->layout(layout_random(parent))));
    if (!owned) {
        return Failure(no_address_space());
    }
    Process& child = *owned;
    child.start_below(parent);
    child.idle_since = child.started_at = now();
    open_streams(child);
    enter_space(child);
    auto loaded = personality_->load(*this, child, std::move(start));
    if (!loaded) {
        child.drop_space();
        release_stack(child);
        enter_space(parent);
        return Failure(loaded.error());
    }
    const Registers registers = loaded.value().registers;
    child.set_name(loaded.value().name);
    child.begin(std::move(loaded).take());
    vm_.emit(ProcessStartedEvent{.entry = registers.eip, .esp = registers.esp});
    enter_space(parent);
    ++next_pid_;
    processes_.push_back(std::move(owned));
    return &child;
}

Result<Done, StartFailure> Kernel::exec(Process& process, ProgramStart start) {
    require(current_ == &process, "a process executes a program in its own place");
    // What was borrowed goes back, and with it another's working set: this one's is new then.
    const bool borrowed = process.space().ref_count() > 1;
    auto space = borrowed && !vm_.can_guarantee_another()
                     ? nullptr
                     : AddressSpace::create(vm_, personality_->layout(layout_random(process)));
    if (!space) {
        return Failure(no_address_space());
    }
    Ref<AddressSpace> old_space = process.exchange_space(std::move(space));
    // What the old program was promised does not stand in the new one's way, unless the old one goes on elsewhere.
    const std::uint64_t returned = borrowed ? 0 : old_space->committed_pages();
    vm_.commit().uncharge(returned);
    enter_space(process);
    auto loaded = personality_->load(*this, process, std::move(start));
    vm_.commit().charge(returned);
    if (!loaded) {
        process.exchange_space(std::move(old_space));
        enter_space(process);
        return Failure(loaded.error());
    }
    const Registers registers = loaded.value().registers;
    leave_old_memory(process, old_space);
    if (old_space->ref_count() == 1) {
        segments_.note_detached(*old_space, old_space->whole(), process.thread_group, now());
    }
    AddressSpace::drop(std::move(old_space));  // given back to the parent, if it was borrowed
    wake_lenders(process);
    become_leader(process);
    process.start_anew(std::move(loaded).take());
    process.set_context(machine_.cpu().initial_context());
    machine_.cpu().restore_context(process.context());
    cpu_registers_ = machine_.cpu().registers();
    vm_.emit(ExecEvent{.entry = registers.eip, .esp = registers.esp});
    return Done{};
}

/// Once more in the old memory, which others may go on with, now that nothing can fail any more.
void Kernel::leave_old_memory(Process& process, Ref<AddressSpace>& old_space) {
    Ref<AddressSpace> new_space = process.exchange_space(std::move(old_space));
    enter_space(process);
    end_other_threads(process);
    personality_->leaving_memory(*this, process);
    old_space = process.exchange_space(std::move(new_space));
    enter_space(process);
}

void Kernel::end_other_threads(Process& process) {
    for (Process* thread : threads_of(process.thread_group)) {
        if (thread != &process) {
            end_process(*thread, 0, Signal::None);
        }
    }
    work_for(process);
}

/// Makes the process's memory the current one, in CR3 and for what is charged to it.
void Kernel::enter_space(Process& process) {
    machine_.mmu().load_cr3(process.space().pmap().root());
    work_for(process);
}

void Kernel::block(Process& process, Wait wait) {
    process.set_state(ProcessState::Blocked);
    process.wait = wait;
}

void Kernel::wake(Wait wait, std::uint32_t pid) {
    Process* process = find_process(pid);
    if (process != nullptr && process->state() == ProcessState::Blocked && process->wait == wait) {
        process->set_state(ProcessState::Ready);
        process->wait = Wait::Nothing;
    }
}

void Kernel::interrupt(Process& process) {
    if (process.state() == ProcessState::Blocked && is_interruptible(process.wait)) {
        const bool slept = process.waits_for_time();
        wake(process.wait, process.pid());
        if (slept) {
            find_next_wake();
        }
    }
}

void Kernel::wake_threads(Wait wait, std::uint32_t thread_group) {
    for (const Process* thread : threads_of(thread_group)) {
        wake(wait, thread->pid());
    }
}

// Who was blocked and goes on handles its trap again, and sees for itself whether what it waited for came meanwhile.
void Kernel::stop(Process& process, Signal by) {
    Process& leader = leader_of(process);
    leader.stopped_by = by;
    leader.news = ChildNews::Stopped;
    for (Process* thread : threads_of(process.thread_group)) {
        thread->set_state(ProcessState::Stopped);
        thread->wait = Wait::Nothing;
        vm_.frame_waiters().remove(thread->pid());
    }
    if (current_ != nullptr && current_->state() == ProcessState::Stopped) {
        leave_current();
    }
    find_next_wake();
    tell_parent(leader);
}

void Kernel::resume(Process& process) {
    Process& leader = leader_of(process);
    bool stopped = false;
    for (Process* thread : threads_of(process.thread_group)) {
        if (thread->state() == ProcessState::Stopped) {
            thread->set_state(ProcessState::Ready);
            stopped = true;
        }
    }
    if (stopped) {
        leader.news = ChildNews::Continued;
        tell_parent(leader);
    }
}

/// That a child which lives has been stopped, or goes on.
void Kernel::tell_parent(Process& process) {
    Process* parent = find_process(process.parent());
    if (parent != nullptr && has_threads(parent->pid())) {
        wake_threads(Wait::ChildEnd, parent->pid());
        personality_->child_changed(*this, process, *parent);
    }
}

Process& Kernel::choose_oom_victim(Process& faulting) {
    Process* victim = &faulting;
    std::uint32_t most = 0;
    for (const auto& process : processes_) {
        if (process->alive()) {
            const std::uint32_t pages = process->space().pmap().resident_pages();
            if (pages > most) {
                most = pages;
                victim = process.get();
            }
        }
    }
    vm_.emit(OomKillEvent{.victim = victim->pid(), .pages = most});
    return *victim;
}

}  // namespace vmlab
