// SPDX-License-Identifier: GPL-2.0-only
// Processes that wait for a disk in the middle of a page fault: how they fall asleep, and what wakes them.
//
//   a page on its way in            until its transfer ends; then the same fault is handled again
//   a page on its way out           the same: lecture 004's frame that is "busy" while its page is written
//   no free frame                   until one is kept for the process: "free the page frame if no process is waiting to use it"
//
// Within a system call, and where nobody else can run, the machine itself waits: time passes.
#include "kernel/kernel.hpp"

namespace vmlab {

void Kernel::block_in_fault(Process& process, const PageFault& fault, const FaultOutcome& outcome) {
    process.next_attempt = {.io = IoMode::Start, .so_far = outcome.cost};
    process.wait_transfer = outcome.transfer;
    if (outcome.transfer == 0) {
        vm_.frame_waiters().add(process.pid());
    }
    block(process, outcome.transfer != 0 ? Wait::Page : Wait::Frame);
    vm_.emit(FaultBlockedEvent{.address = fault.address, .transfer = outcome.transfer});
}

void Kernel::finish_transfers() {
    wake_sleepers();
    if (!vm_.transfers().any_due() && vm_.frame_waiters().empty() && !vm_.transfers().any_finished()) {
        return;
    }
    vm_.transfers().finish_due();
    for (const Transfers::Finished& finished : vm_.transfers().take_finished()) {
        for (const auto& process : processes_) {
            if (process->wait == Wait::Page && process->wait_transfer == finished.id) {
                process->next_attempt.awaited = finished.result;
                wake(Wait::Page, process->pid());
            }
        }
    }
    if (!vm_.frame_waiters().empty()) {
        wake_frame_waiters();
    }
}

void Kernel::wake_frame_waiters() {
    vm_.grant_frames();
    for (const auto& process : processes_) {
        if (process->wait != Wait::Frame || !vm_.frame_waiters().may_try_again(process->pid())) {
            continue;
        }
        if (vm_.frame_waiters().is_granted(process->pid())) {
            wake(Wait::Frame, process->pid());
        } else if (vm_.transfers().leaving() == 0) {
            // What was to leave could not: it sees for itself, page after page, whether there is another way.
            process->next_attempt.io = IoMode::Wait;
            wake(Wait::Frame, process->pid());
        }
    }
}

void Kernel::fail_disk(DiskName disk, IoDirection direction, std::uint32_t transfers) {
    journal_.record({InputKind::Knob,
                     {static_cast<std::uint64_t>(disk), static_cast<std::uint64_t>(direction), transfers},
                     {"fail_disk", ""}});
    vm_.disk(disk).fail_next(direction, transfers);
}

}  // namespace vmlab
