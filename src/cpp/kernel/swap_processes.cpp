// SPDX-License-Identifier: GPL-2.0-only
// Idle processes and the swapper: who has waited for long enough loses his kernel stack, then his working set. The stack
// comes back before he runs, the working set by his faults.
#include <algorithm>

#include "kernel/kernel.hpp"

namespace vmlab {

namespace {

/// Whether the process waits for something that no disk will bring, and the swapper has not yet come.
bool waits(const Process& process) {
    return process.state() == ProcessState::Blocked && process.wait != Wait::Page && process.wait != Wait::Frame &&
           !process.swapped_out;
}

}  // namespace

std::uint64_t Kernel::next_swap_out() const {
    const std::uint64_t idle = vm_.profile().swapper_idle_ms * MILLISECOND;
    if (idle == 0) {
        return NEVER;
    }
    std::uint64_t next = NEVER;
    for (const auto& process : processes_) {
        if (waits(*process)) {
            next = std::min(next, process->idle_since + idle);
        }
    }
    return next;
}

void Kernel::swap_out_idle() {
    const std::uint64_t idle = vm_.profile().swapper_idle_ms * MILLISECOND;
    if (idle == 0) {
        return;
    }
    for (const auto& process : processes_) {
        if (!waits(*process) || now() - process->idle_since < idle) {
            continue;
        }
        process->swapped_out = true;
        work_for(*process);
        swap_out_stack(*process);
        // A child may run in this memory: then it is not idle.
        const ReplacementDomains::Number set = process->space().domain();
        if (!vm_.is_shared(set) && process->wait != Wait::ChildMemory && vm_.domains()[set].pages > 0) {
            const std::uint32_t pages = vm_.swapper().empty(set);
            vm_.emit(WorkingSetEmptiedEvent{.pages = pages});
            vm_.note_work(Worker::Swapper, pages);
        }
    }
}

void Kernel::swap_out_stack(Process& process) {
    if (!process.stack_in_memory()) {
        return;
    }
    const FrameNumber frame = process.kernel_stack().frame();
    if (const auto slot = vm_.swapper().take_out(frame)) {
        process.move_stack_to(*slot);
        vm_.emit(StackSwappedOutEvent{.frame = frame, .slot = slot->value});
        vm_.note_work(Worker::Swapper, 1);
    }
}

bool Kernel::swap_in_stack(Process& process) {
    if (process.stack_in_memory()) {
        return true;
    }
    work_for(process);
    const SwapSlot slot = process.stack_slot();
    const auto frame = vm_.swapper().bring_back(slot, FrameUse::KernelStack);
    if (!frame) {
        return false;
    }
    process.move_stack_to(KernelStack(machine_.memory(), *frame, machine_.kernel_window()));
    vm_.emit(StackSwappedInEvent{.frame = *frame, .slot = slot.value});
    return true;
}

void Kernel::release_stack(Process& process) {
    if (process.stack_in_memory()) {
        machine_.frames().free(process.kernel_stack().frame());
    } else {
        vm_.swapper().forget(process.stack_slot());
    }
}

}  // namespace vmlab
