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

Process* Kernel::fork(Process& parent, ForkMemory memory) {
    require(current_ == &parent, "a process forks itself");
    if (memory == ForkMemory::Own && !vm_.can_guarantee_another()) {
        return nullptr;
    }
    Ref<AddressSpace> space = memory == ForkMemory::Borrowed ? parent.share_space() : parent.space().fork();
    auto owned = make_process(parent.name(), std::move(space));
    if (!owned) {
        return nullptr;
    }
    Process& child = *owned;
    child.inherit(parent);
    child.idle_since = now();
    child.set_context(machine_.cpu().save_context());
    ++next_pid_;
    processes_.push_back(std::move(owned));
    vm_.emit(ForkEvent{.child = child.pid(),
                       .borrowed = memory == ForkMemory::Borrowed ? 1U : 0U,
                       .mappings = static_cast<std::uint32_t>(child.space().mappings().size())});
    return &child;
}

Result<Done, StartFailure> Kernel::exec(Process& process, ProgramStart start) {
    require(current_ == &process, "a process executes a program in its own place");
    // What was borrowed goes back, and with it another's working set: this one's is new then.
    const bool borrowed = process.space().ref_count() > 1;
    auto space = borrowed && !vm_.can_guarantee_another()
                     ? nullptr
                     : AddressSpace::create(vm_, personality_->layout(layout_random()));
    if (!space) {
        return Failure(
            StartFailure{StartFailure::Why::NoMemory, "there is not enough memory for another address space", {}});
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
    AddressSpace::drop(std::move(old_space));  // given back to the parent, if it was borrowed
    process.start_anew(std::move(loaded).take());
    process.set_context(machine_.cpu().initial_context());
    machine_.cpu().restore_context(process.context());
    cpu_registers_ = machine_.cpu().registers();
    vm_.emit(ExecEvent{.entry = registers.eip, .esp = registers.esp});
    wake(Wait::ChildMemory, process.parent());
    return Done{};
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

void Kernel::stop(Process& process, Signal by) {
    process.stopped_by = by;
    process.news = ChildNews::Stopped;
    process.set_state(ProcessState::Stopped);
    if (current_ == &process) {
        leave_current();
    }
    tell_parent(process);
}

void Kernel::resume(Process& process) {
    if (process.state() == ProcessState::Stopped) {
        process.news = ChildNews::Continued;
        process.set_state(ProcessState::Ready);
        tell_parent(process);
    }
}

/// That a child which lives has been stopped, or goes on.
void Kernel::tell_parent(Process& process) {
    Process* parent = find_process(process.parent());
    if (parent != nullptr && parent->alive()) {
        wake(Wait::ChildEnd, parent->pid());
        personality_->child_changed(*this, process, *parent);
    }
}

std::vector<Process*> Kernel::children_of(const Process& parent) const {
    std::vector<Process*> children;
    for (const auto& process : processes_) {
        if (process->parent() == parent.pid()) {
            children.push_back(process.get());
        }
    }
    return children;
}

/// Its parent may wait for it; its own children are nobody's from here on.
void Kernel::leave_family(Process& process) {
    for (Process* child : children_of(process)) {
        if (child->alive()) {
            child->set_parent(0);
        } else {
            child->set_reaped();
        }
    }
    Process* parent = find_process(process.parent());
    if (parent == nullptr || !parent->alive()) {
        process.set_reaped();
        return;
    }
    wake(Wait::ChildMemory, parent->pid());
    wake(Wait::ChildEnd, parent->pid());
    personality_->child_changed(*this, process, *parent);
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
