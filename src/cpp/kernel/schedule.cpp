// SPDX-License-Identifier: GPL-2.0-only
// Who runs next, for how long, and the switch to it.
#include <algorithm>

#include "kernel/kernel.hpp"

namespace vmlab {

namespace {

constexpr std::uint64_t QUANTUM = 100'000;  ///< instructions until another process may run

/// A step of niceness is a quarter more or less of the processor, as Linux has it.
std::uint64_t slice_for(std::int32_t niceness) {
    std::uint64_t slice = QUANTUM;
    for (; niceness > 0; --niceness) {
        slice = slice * 4 / 5;
    }
    for (; niceness < 0; ++niceness) {
        slice = slice * 5 / 4;
    }
    return slice;
}

}  // namespace

StopReason Kernel::why_nobody_runs() const {
    const bool alive = std::ranges::any_of(processes_, [](const auto& process) { return process->alive(); });
    return !alive ? StopReason::Exited : anybody_waits_for_terminal() ? StopReason::Input : StopReason::Deadlock;
}

/// The current process while its slice lasts, then the next one that is ready, in the order of their pids.
Process* Kernel::choose_process() {
    if (current_ != nullptr && current_->alive() && slice_left_ > 0) {
        return current_;
    }
    Process* next = nullptr;
    for (const auto& process : processes_) {
        if (!is_runnable(*process)) {
            continue;
        }
        if (process->pid() > last_pid_) {
            next = process.get();
            break;
        }
        next = next == nullptr ? process.get() : next;
    }
    slice_left_ = next == nullptr ? QUANTUM : slice_for(next->niceness);
    return next;
}

void Kernel::run_next(const Process& process) {
    require(is_runnable(process), "who waits cannot run");
    last_pid_ = process.pid() - 1;  // choose_process takes the one behind
    yield();
}

void Kernel::leave_current() {
    if (current_ != nullptr) {
        work_for(*current_);
        const bool waits = current_->state() == ProcessState::Blocked;
        vm_.count([waits](VmCounters& c) { ++(waits ? c.voluntary_switches : c.involuntary_switches); });
        current_->set_context(machine_.cpu().save_context());
        current_->idle_since = now();
        current_->swapped_out = false;
        if (current_->state() == ProcessState::Running) {
            current_->set_state(ProcessState::Ready);
        }
        current_ = nullptr;
    }
}

/// Into the table. What the processor has loaded from there is not loaded anew.
void Kernel::write_thread_segments(const Process& process) {
    const std::uint32_t first_tls = machine_.descriptors().layout().first_tls;
    for (std::uint32_t slot = 0; slot < Process::TLS_SLOTS; ++slot) {
        machine_.descriptors().set_segment(first_tls + slot, process.tls()[slot]);
    }
}

/// Elsewhere: switchuvm and swtch (xv6), env_run and env_pop_tf (JOS), context_switch (Linux).
void Kernel::switch_to(Process& process) {
    if (current_ == &process) {
        return;
    }
    Process* const before = current_;
    const std::uint32_t from = before != nullptr ? before->pid() : 0;
    leave_current();
    work_for(process);
    machine_.cpu().restore_context(process.context());
    machine_.mmu().load_cr3(process.space().pmap().root());
    machine_.descriptors().set_esp0(process.kernel_stack().esp0());
    write_thread_segments(process);
    current_ = &process;
    last_pid_ = process.pid();
    process.set_state(ProcessState::Running);
    cpu_registers_ = machine_.cpu().registers();
    vm_.count([](VmCounters& c) { ++c.context_switches; });
    vm_.emit(ContextSwitchEvent{.from = from, .cr3 = process.space().pmap().root().value});
    personality_->switched(*this, before, process);
    return_to_user(process);
}

}  // namespace vmlab
