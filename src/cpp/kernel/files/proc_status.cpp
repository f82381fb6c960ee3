// SPDX-License-Identifier: GPL-2.0-only
// What /proc/PID says of a process itself: status, stat, statm and limits.
#include <cinttypes>

#include "kernel/files/proc_tree.hpp"
#include "kernel/kernel.hpp"
#include "vm/mapping_use.hpp"

namespace vmlab {

namespace {

constexpr std::uint64_t UNITS_OF_A_TICK = 10'000'000;  ///< of simulated time; there are 100 ticks a second

struct StateName {
    char letter;
    const char* name;
};

StateName state_of(const Process& process) {
    switch (process.state()) {
        case ProcessState::Ready:
        case ProcessState::Running:
            return {'R', "running"};
        case ProcessState::Blocked:
            return is_interruptible(process.wait) ? StateName{'S', "sleeping"} : StateName{'D', "disk sleep"};
        case ProcessState::Stopped:
            return {'T', "stopped"};
        case ProcessState::Exited:
            return {'Z', "zombie"};
    }
    throw Panic("a process is in no state");
}

/// Pages of an address space by what they are.
struct PageCounts {
    std::uint64_t mapped = 0, locked = 0, data = 0, stack = 0, text = 0, library = 0;
    std::uint64_t resident = 0, anonymous = 0, of_file = 0, shared_memory = 0;
    std::uint64_t tables = 0, swapped = 0;
};

void count_resident(PageCounts& counts, const AddressSpace& space, const Mapping& mapping) {
    space.pmap().for_each_present(mapping.range, [&](VirtAddr, Pte pte) {
        const Page* const page = space.vm().page_of(pte.frame());
        if (page == nullptr) {
            return;  // zeros, which are nobody's
        }
        ++counts.resident;
        ++(page->object().kind() != ObjectKind::Anonymous ? counts.of_file
           : mapping.sharing == Sharing::Shared           ? counts.shared_memory
                                                          : counts.anonymous);
    });
}

PageCounts count_pages(const Process& process) {
    PageCounts counts;
    const AddressSpace* const space = process.find_space();
    if (space == nullptr) {
        return counts;
    }
    const std::string program = process.executable ? process.executable->path() : "";
    for (const auto& [start, mapping] : space->mappings()) {
        const std::uint64_t pages = mapping.range.pages();
        const bool code = mapping.kind == MappingKind::File && (mapping.protection.bits & Protection::EXEC) != 0 &&
                          !mapping.protection.writable();
        counts.locked += is_wired(mapping.wiring) ? pages : 0;
        counts.stack += mapping.kind == MappingKind::Stack ? pages : 0;
        (mapping.name == program ? counts.text : counts.library) += code ? pages : 0;
        counts.swapped += measure(*space, mapping).swap / PAGE_SIZE;
        count_resident(counts, *space, mapping);
    }
    counts.mapped = space->mapped_pages();
    counts.data = space->data_pages();
    counts.tables = space->pmap().table_count();
    return counts;
}

std::string pages_line(const char* name, std::uint64_t pages) {
    return proc_text("%s\t%8" PRIu64 " kB\n", name, pages * (PAGE_SIZE / 1024));
}

std::string memory_lines(const Process& process) {
    const PageCounts counts = count_pages(process);
    return pages_line("VmSize:", counts.mapped) + pages_line("VmLck:", counts.locked) + pages_line("VmPin:", 0) +
           pages_line("VmHWM:", process.peak_resident_pages()) + pages_line("VmRSS:", counts.resident) +
           pages_line("RssAnon:", counts.anonymous) + pages_line("RssFile:", counts.of_file) +
           pages_line("RssShmem:", counts.shared_memory) + pages_line("VmData:", counts.data) +
           pages_line("VmStk:", counts.stack) + pages_line("VmExe:", counts.text) +
           pages_line("VmLib:", counts.library) + pages_line("VmPTE:", counts.tables) +
           pages_line("VmSwap:", counts.swapped);
}

/// Signals that the process does not leave to their default, by whether they are ignored or have a handler.
struct ActionSets {
    SignalSet ignored, handled;
};

ActionSets action_sets(const Process& process) {
    ActionSets sets;
    for (std::uint32_t number = 1; number <= LAST_SIGNAL; ++number) {
        const auto signal = static_cast<Signal>(number);
        const SignalAction& action = (*process.signals.actions)[signal];
        if (action.ignores()) {
            sets.ignored = sets.ignored.with(SignalSet::of(signal));
        } else if (!action.is_default()) {
            sets.handled = sets.handled.with(SignalSet::of(signal));
        }
    }
    return sets;
}

std::string signal_lines(const Process& process) {
    const ActionSets sets = action_sets(process);
    const std::pair<const char*, SignalSet> lines[] = {
        {"SigPnd:", process.signals.pending.set()},
        {"ShdPnd:", process.signals.shared->pending.set()},
        {"SigBlk:", process.signals.blocked},
        {"SigIgn:", sets.ignored},
        {"SigCgt:", sets.handled},
    };
    std::string text;
    for (const auto& [name, set] : lines) {
        text += proc_text("%s\t%016" PRIx64 "\n", name, set.bits);
    }
    return text;
}

/// Each of its groups, with a blank between them and one at the end.
std::string group_list(const Process& process) {
    std::string list;
    for (std::uint32_t group = 0; group < process.credentials.further_groups; ++group) {
        list += group == 0 ? "0" : " 0";
    }
    return list + " ";
}

std::string capability_lines(const Process& process) {
    const Capabilities& sets = process.credentials.capabilities;
    const std::pair<const char*, std::uint64_t> lines[] = {
        {"CapInh:", sets.inheritable},
        {"CapPrm:", sets.permitted},
        {"CapEff:", sets.effective},
        {"CapBnd:", Capabilities::ALL},
        {"CapAmb:", 0},
    };
    std::string text;
    for (const auto& [name, set] : lines) {
        text += proc_text("%s\t%016" PRIx64 "\n", name, set);
    }
    return text;
}

std::string short_name(const Process& process) {
    constexpr std::size_t LONGEST_NAME = 15;
    return process.name().substr(0, LONGEST_NAME);
}

}  // namespace

std::string status_of(Kernel& kernel, Process& process) {
    const StateName state = state_of(process);
    const auto threads = kernel.threads_of(process.thread_group).size();
    std::string text = proc_text(
        "Name:\t%s\nUmask:\t%04o\nState:\t%c (%s)\nTgid:\t%u\nNgid:\t0\nPid:\t%u\nPPid:\t%u\nTracerPid:\t0\n"
        "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nFDSize:\t%u\nGroups:\t%s\n",
        short_name(process).c_str(), process.place().file_mask, state.letter, state.name, process.thread_group,
        process.pid(), process.parent(), process.files().size(), group_list(process).c_str());
    if (process.find_space() != nullptr) {
        text += memory_lines(process);
    }
    text += proc_text("Threads:\t%zu\n", threads) + signal_lines(process) + capability_lines(process);
    return text + proc_text("voluntary_ctxt_switches:\t%" PRIu64 "\nnonvoluntary_ctxt_switches:\t%" PRIu64 "\n",
                            process.counters().voluntary_switches, process.counters().involuntary_switches);
}

/// 52 numbers in a line; 0 for what nobody counts here.
std::string stat_of(Kernel& kernel, Process& process) {
    const ResourceUse use = kernel.use_of(process), &children = kernel.leader_of(process).children_use;
    const PageCounts counts = count_pages(process);
    const AddressSpace* const space = process.find_space();
    const ActionSets sets = action_sets(process);
    const auto low = [](SignalSet set) { return static_cast<std::uint32_t>(set.bits & 0x7FFFFFFF); };
    std::string text = proc_text("%u (%s) %c %u %u %u 0 -1 0", process.pid(), short_name(process).c_str(),
                                 state_of(process).letter, process.parent(), process.group, process.session);
    text += proc_text(" %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, use.minor_faults, children.minor_faults,
                      use.major_faults, children.major_faults);
    text += proc_text(" %" PRIu64 " 0 %" PRIu64 " 0 %d %d %zu 0 %" PRIu64, use.time / UNITS_OF_A_TICK,
                      children.time / UNITS_OF_A_TICK, 20 + process.niceness, process.niceness,
                      kernel.threads_of(process.thread_group).size(), process.started_at / UNITS_OF_A_TICK);
    text += proc_text(" %" PRIu64 " %" PRIu64 " %" PRIu32, counts.mapped * PAGE_SIZE, counts.resident,
                      static_cast<std::uint32_t>(process.limits()[Resource::Resident].current));
    text += " 0 0 0 0 0";  // where text and stack are, ESP and EIP
    text += proc_text(" %u %u %u %u 0 0 0", low(process.signals.pending.set()), low(process.signals.blocked),
                      low(sets.ignored), low(sets.handled));
    text += proc_text(" %u 0 0 0 0 0 0", static_cast<std::uint32_t>(process.end_signal));
    text += proc_text(
        " 0 0 %u %u %" PRIu64 " %u %" PRIu64 " %u\n", space != nullptr ? space->heap_start().value : 0U,
        process.started.arguments.start.value, process.started.arguments.end, process.started.environment.start.value,
        process.started.environment.end,
        process.alive() ? 0U : process.exit_status() << 8 | static_cast<std::uint32_t>(process.exit_signal()));
    return text;
}

/// In pages: mapped, in memory, of it shared, text, libraries (none: they count as text), data and stack, dirty (none).
std::string memory_counts_of(Kernel&, Process& process) {
    const PageCounts counts = count_pages(process);
    return proc_text("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " 0 %" PRIu64 " 0\n", counts.mapped,
                     counts.resident, counts.of_file + counts.shared_memory, counts.text, counts.data + counts.stack);
}

std::string limits_of(Kernel&, Process& process) {
    struct Row {
        const char* name;
        Resource resource;
        const char* unit;
    };
    constexpr Row ROWS[] = {
        {"Max cpu time", Resource::CpuTime, "seconds"},
        {"Max file size", Resource::FileSize, "bytes"},
        {"Max data size", Resource::Data, "bytes"},
        {"Max stack size", Resource::Stack, "bytes"},
        {"Max core file size", Resource::Core, "bytes"},
        {"Max resident set", Resource::Resident, "bytes"},
        {"Max processes", Resource::Processes, "processes"},
        {"Max open files", Resource::OpenFiles, "files"},
        {"Max locked memory", Resource::LockedMemory, "bytes"},
        {"Max address space", Resource::AddressSpace, "bytes"},
        {"Max file locks", Resource::FileLocks, "locks"},
        {"Max pending signals", Resource::PendingSignals, "signals"},
        {"Max msgqueue size", Resource::MessageQueues, "bytes"},
        {"Max nice priority", Resource::Nice, ""},
        {"Max realtime priority", Resource::RealtimePriority, ""},
        {"Max realtime timeout", Resource::RealtimeTime, "us"},
    };
    std::string text = proc_text("%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
    const auto told = [](std::uint64_t limit) {
        return limit == ResourceLimit::UNLIMITED ? std::string("unlimited") : std::to_string(limit);
    };
    for (const Row& row : ROWS) {
        const ResourceLimit& limit = process.limits()[row.resource];
        text += proc_text("%-25s %-20s %-20s ", row.name, told(limit.current).c_str(), told(limit.maximum).c_str());
        text += *row.unit != '\0' ? proc_text("%-10s\n", row.unit) : "\n";
    }
    return text;
}

}  // namespace vmlab
