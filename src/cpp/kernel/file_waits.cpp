// SPDX-License-Identifier: GPL-2.0-only
// Processes that wait for something of a file, alone or with a time by which they go on anyway.
#include <algorithm>

#include "kernel/kernel.hpp"

namespace vmlab {

void Kernel::wait_for_files(Process& process, FileWait wait, std::optional<std::uint64_t> until) {
    // Who was woken, found nothing and waits on has waited longer than who came since.
    const bool goes_on = process.resumed && !process.file_wait.channels.empty();
    wait.place = goes_on ? process.file_wait.place : ++file_waits_;
    process.file_wait = std::move(wait);
    block_until(process, Wait::File, until.value_or(NEVER));
}

void Kernel::wake(const WaitChannel& channel, WakeWho who) {
    std::vector<Process*> waiting;
    for (const auto& process : processes_) {
        if (process->alive() && process->wait == Wait::File &&
            std::ranges::count(process->file_wait.channels, channel) > 0) {
            waiting.push_back(process.get());
        }
    }
    std::ranges::sort(waiting, {}, [](const Process* process) { return process->file_wait.place; });
    bool taken = false;
    for (const Process* process : waiting) {
        const bool takes = process->file_wait.turn == FileWait::Turn::Exclusive;
        if (who == WakeWho::All || !takes || !taken) {
            wake(Wait::File, process->pid());
            taken = taken || takes;
        }
    }
    if (!waiting.empty()) {
        find_next_wake();
    }
}

/// Somebody who was woken to take something ended before it could: the next one in the row gets the chance.
void Kernel::pass_wake_on(Process& process) {
    const bool was_woken = process.wait == Wait::Nothing && process.blocked_trap.has_value();
    const FileWait wait = std::exchange(process.file_wait, {});
    if (was_woken && wait.turn == FileWait::Turn::Exclusive) {
        for (const WaitChannel& channel : wait.channels) {
            wake(channel, WakeWho::First);
        }
    }
}

}  // namespace vmlab
