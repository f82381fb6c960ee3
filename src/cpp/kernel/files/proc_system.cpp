// SPDX-License-Identifier: GPL-2.0-only
// The directory /proc itself: what it says of the whole machine.
#include <algorithm>
#include <cinttypes>

#include "kernel/files/proc_tree.hpp"
#include "kernel/kernel.hpp"
#include "kernel/system_names.hpp"

namespace vmlab {

namespace {

constexpr std::uint64_t TICK = SECOND / 100;

/// What the processor did for processes, and what it had nobody for, in simulated time.
struct Times {
    std::uint64_t busy = 0, idle = 0;
};

Times times_of(const Kernel& kernel) {
    Times times;
    for (const auto& process : kernel.processes()) {
        times.busy += process->executed_instructions;
    }
    times.idle = kernel.now() - std::min(kernel.now(), times.busy);
    return times;
}

std::uint64_t pages_of_files(VirtualMemory& vm) {
    std::uint64_t pages = 0;
    for (VmObject* object = vm.objects().first(); object != nullptr; object = ObjectList::after(*object)) {
        pages += object->kind() == ObjectKind::File ? object->slots().resident() : 0;
    }
    return pages;
}

/// The lines of Linux's /proc/meminfo that there is something to say about.
std::string memory_information(Kernel& kernel, Process&) {
    VirtualMemory& vm = kernel.vm();
    const FramePool& frames = vm.machine().frames();
    const SwapDevice& swap = vm.swap();
    const std::uint64_t cached = pages_of_files(vm);
    const std::pair<const char*, std::uint64_t> pages[] = {
        {"MemTotal:", frames.total()},
        {"MemFree:", frames.available()},
        {"MemAvailable:", std::min<std::uint64_t>(frames.available() + cached, frames.total())},
        {"Buffers:", 0},
        {"Cached:", cached},
        {"Inactive:", vm.standby().size() + vm.modified().size()},
        {"Mlocked:", vm.wired_pages()},
        {"SwapTotal:", swap.total()},
        {"SwapFree:", swap.total() - swap.used()},
        {"CommitLimit:", vm.commit().limit()},
        {"Committed_AS:", vm.commit().committed()},
    };
    std::string text;
    for (const auto& [name, count] : pages) {
        text += proc_kilobytes(name, count * PAGE_SIZE);
    }
    return text;
}

std::string statistics(Kernel& kernel, Process&) {
    const Times times = times_of(kernel);
    const std::uint64_t user = times.busy / TICK, idle = times.idle / TICK;
    std::string text;
    for (const char* const processor : {"cpu ", "cpu0"}) {
        text += proc_text("%s %" PRIu64 " 0 0 %" PRIu64 " 0 0 0 0 0 0\n", processor, user, idle);
    }
    const auto count = [&kernel](const auto& matches) {
        return static_cast<unsigned>(std::ranges::count_if(kernel.processes(), matches));
    };
    const unsigned running = count([](const auto& process) {
        return process->state() == ProcessState::Ready || process->state() == ProcessState::Running;
    });
    const unsigned blocked = count([](const auto& process) {
        return process->state() == ProcessState::Blocked && !is_interruptible(process->wait);
    });
    std::uint64_t switches = 0;
    for (const auto& process : kernel.processes()) {
        switches += process->counters().context_switches;
    }
    return text + proc_text("intr 0\nctxt %" PRIu64 "\nbtime 0\nprocesses %zu\nprocs_running %u\nprocs_blocked %u\n",
                            switches, kernel.processes().size(), running, blocked);
}

/// What the virtual memory has counted, by Linux's names.
std::string memory_statistics(Kernel& kernel, Process&) {
    VirtualMemory& vm = kernel.vm();
    const VmCounters& counters = vm.counters();
    const std::pair<const char*, std::uint64_t> values[] = {
        {"nr_free_pages", vm.machine().frames().available()},
        {"nr_mlock", vm.wired_pages()},
        {"nr_file_pages", pages_of_files(vm)},
        {"nr_swapcached", 0},
        {"pgpgin", counters.pages_read * (PAGE_SIZE / 1024)},
        {"pgpgout", counters.pages_written_back * (PAGE_SIZE / 1024)},
        {"pswpin", counters.pages_swapped_in},
        {"pswpout", counters.pages_swapped_out},
        {"pgfault", counters.minor_faults + counters.major_faults},
        {"pgmajfault", counters.major_faults},
        {"pgsteal_direct", counters.pages_evicted},
    };
    std::string text;
    for (const auto& [name, value] : values) {
        text += proc_text("%s %" PRIu64 "\n", name, value);
    }
    return text;
}

std::string swap_devices(Kernel& kernel, Process&) {
    const SwapDevice& swap = kernel.vm().swap();
    std::string text = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
    if (swap.total() > 0) {
        text += proc_text("%-40spartition\t%u\t\t%u\t\t-2\n", "/dev/swap", swap.total() * (PAGE_SIZE / 1024),
                          swap.used() * (PAGE_SIZE / 1024));
    }
    return text;
}

std::string time_since_start(Kernel& kernel, Process&) {
    const auto told = [](std::uint64_t time) {
        return proc_text("%" PRIu64 ".%02" PRIu64, time / SECOND, time % SECOND / TICK);
    };
    return told(kernel.now()) + " " + told(times_of(kernel).idle) + "\n";
}

/// Nobody averages it: how many could run now, of how many, and the last pid.
std::string load(Kernel& kernel, Process&) {
    std::size_t running = 0, alive = 0;
    for (const auto& process : kernel.processes()) {
        running += process->state() == ProcessState::Ready || process->state() == ProcessState::Running ? 1U : 0U;
        alive += process->alive() ? 1U : 0U;
    }
    const std::uint32_t last = kernel.processes().empty() ? 0 : kernel.processes().back()->pid();
    return proc_text("0.00 0.00 0.00 %zu/%zu %u\n", running, alive, last);
}

std::string filesystems(Kernel&, Process&) { return "nodev\ttmpfs\nnodev\tproc\n"; }

std::string version(Kernel&, Process&) {
    return proc_text("%s version %s %s\n", SystemNames::SYSTEM, SystemNames::RELEASE, SystemNames::VERSION);
}

LinkJump whoever_asks(Kernel& kernel, Process& process) {
    static_cast<void>(kernel);
    return {.text = std::to_string(process.thread_group)};
}

LinkJump own_mounts(Kernel&, Process&) { return {.text = "self/mounts"}; }

std::vector<std::uint32_t> processes_of(Kernel& kernel, Process&) {
    std::vector<std::uint32_t> pids;
    for (const auto& process : kernel.processes()) {
        if (process->leads_threads() && !process->reaped()) {
            pids.push_back(process->pid());
        }
    }
    std::ranges::sort(pids);
    return pids;
}

constexpr ProcName NAMES[] = {
    {.name = "filesystems", .text = filesystems},
    {.name = "loadavg", .text = load},
    {.name = "meminfo", .text = memory_information},
    {.name = "mounts", .link = own_mounts},
    {.name = "self", .link = whoever_asks},
    {.name = "stat", .text = statistics},
    {.name = "swaps", .text = swap_devices},
    {.name = "sys", .listing = settings_listing},
    {.name = "sysvipc", .listing = ipc_listing},
    {.name = "uptime", .text = time_since_start},
    {.name = "version", .text = version},
    {.name = "vmstat", .text = memory_statistics},
};

constexpr ProcNumbers PROCESSES{
    .list = processes_of, .type = FileType::Directory, .link = nullptr, .listing = process_listing};
constexpr ProcListing LISTING{.names = NAMES, .numbers = &PROCESSES};

}  // namespace

const ProcListing* proc_listing() { return &LISTING; }

}  // namespace vmlab
