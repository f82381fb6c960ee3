// SPDX-License-Identifier: GPL-2.0-only
// Parents and children: execve and wait.
#include <cstring>

#include "abi/linux/layout.hpp"
#include "abi/linux/signals.hpp"
#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

namespace {

/// One argument, of at most MAX_ARG_STRLEN bytes with its end.
Result<std::string, Errno> read_string(Syscall& call, VirtAddr address) {
    constexpr std::uint32_t LIMIT = 128 * 1024;
    std::array<std::byte, 1> last{};
    if (auto text = call.memory.copy_in_string(address, LIMIT - 1)) {
        return std::move(*text);
    }
    return Failure(call.memory.copy_in(address + (LIMIT - 1), last) == CopyResult::Ok ? Errno::TOOBIG : Errno::FAULT);
}

/// The texts of a NULL-terminated array of pointers; 0 for the array means none.
Result<std::vector<std::string>, Errno> read_strings(Syscall& call, VirtAddr array) {
    std::vector<std::string> texts;
    std::uint64_t bytes = 0;
    for (; array.value != 0; array = array + 4) {
        const auto pointer = call.memory.read<std::uint32_t>(array);
        if (!pointer) {
            return Failure(Errno::FAULT);
        }
        if (*pointer == 0) {
            break;
        }
        auto text = read_string(call, VirtAddr(*pointer));
        if (!text) {
            return Failure(text.error());
        }
        bytes += text.value().size() + 1 + sizeof(std::uint32_t);
        if (bytes > largest_string_area(call.process.limits().space())) {
            return Failure(Errno::TOOBIG);
        }
        texts.push_back(std::move(text).take());
    }
    return texts;
}

/// A program that was found but cannot be mapped has no caller to return to: on Linux its memory is gone by then.
SyscallResult refuse_to_start(Syscall& call, const StartFailure& failure) {
    switch (failure.why) {
        case StartFailure::Why::BadProgram:
            return Errno::NOEXEC;
        case StartFailure::Why::BadInterpreter:
            return Errno::LIBBAD;
        case StartFailure::Why::CutShort:
            return Errno::IO;
        case StartFailure::Why::File:
            return *failure.file;
        case StartFailure::Why::NoMemory:
            return Errno::NOMEM;
        case StartFailure::Why::StringsTooLong:
            return Errno::TOOBIG;
        case StartFailure::Why::Unloadable:
            die_of(call.kernel, call.process, Signal::Segv);
            return 0U;
    }
    throw Panic("a failure to start a program without a Linux number");
}

}  // namespace

SyscallResult sys_execve(Syscall& call) {
    auto path = read_path(call, call.pointer(0));
    if (!path) {
        return path.error();
    }
    auto arguments = read_strings(call, call.pointer(1));
    if (!arguments) {
        return arguments.error();
    }
    auto environment = read_strings(call, call.pointer(2));
    if (!environment) {
        return environment.error();
    }
    if (arguments.value().empty()) {
        arguments.value().emplace_back();  // whoever looks at argv[0] finds something
    }
    ProgramStart start{std::move(path).take(), std::move(arguments).take(), std::move(environment).take()};
    const auto executed = call.kernel.exec(call.process, std::move(start));
    return executed ? SyscallResult(0U) : refuse_to_start(call, executed.error());
}

namespace {

/// The names that follow W.
struct WaitOptions {
    static constexpr std::uint32_t NOHANG = 1, UNTRACED = 2, CONTINUED = 8;
};

/// struct rusage of the i386.
struct ResourceUsage {
    std::uint32_t user_time[2], system_time[2];
    std::uint32_t largest_resident, unused_sizes[3];
    std::uint32_t minor_faults, major_faults, unused_counts[6];
    std::uint32_t voluntary_switches, involuntary_switches;
};

std::uint32_t status_word(const Kernel& kernel, const Process& child) {
    if (kernel.has_threads(child.pid())) {
        constexpr std::uint32_t CONTINUED = 0xFFFF, STOPPED = 0x7F;
        return child.news == ChildNews::Continued ? CONTINUED
                                                  : static_cast<std::uint32_t>(child.stopped_by) << 8 | STOPPED;
    }
    if (child.exit_signal() == Signal::None) {
        return child.exit_status() << 8;
    }
    constexpr std::uint32_t DUMPED_CORE = 0x80;
    return static_cast<std::uint32_t>(child.exit_signal()) | (dumps_core(child) ? DUMPED_CORE : 0U);
}

/// Tells of a child, and after that no more of the same.
SyscallResult report(Syscall& call, Process& child, VirtAddr status, VirtAddr usage) {
    if (status.value != 0 && call.memory.write(status, status_word(call.kernel, child)) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    if (usage.value != 0) {
        ResourceUsage used{};
        const VmCounters& counters = child.counters();
        used.largest_resident = child.peak_resident_pages() * (PAGE_SIZE / 1024);
        used.minor_faults = static_cast<std::uint32_t>(counters.minor_faults);
        used.major_faults = static_cast<std::uint32_t>(counters.major_faults);
        used.voluntary_switches = static_cast<std::uint32_t>(counters.voluntary_switches);
        used.involuntary_switches = static_cast<std::uint32_t>(counters.involuntary_switches);
        if (call.memory.write(usage, used) == CopyResult::Fault) {
            return Errno::FAULT;
        }
    }
    if (call.kernel.has_threads(child.pid())) {
        child.news = ChildNews::None;
    } else {
        child.set_reaped();
    }
    return child.pid();
}

/// As waitpid() names children: one, those of a group, those of the caller's, or any.
bool is_wanted(const Process& child, const Process& caller, std::uint32_t wanted) {
    const auto number = static_cast<std::int32_t>(wanted);
    return number == -1 || (number > 0 && child.pid() == wanted) || (number == 0 && child.group == caller.group) ||
           (number < -1 && child.group == 0U - wanted);
}

bool has_news(const Kernel& kernel, const Process& child, std::uint32_t options) {
    return !kernel.has_threads(child.pid()) ||
           (child.news == ChildNews::Stopped && (options & WaitOptions::UNTRACED) != 0) ||
           (child.news == ChildNews::Continued && (options & WaitOptions::CONTINUED) != 0);
}

SyscallResult wait_for_child(Syscall& call, std::uint32_t wanted, VirtAddr status, std::uint32_t options,
                             VirtAddr usage) {
    constexpr std::uint32_t NOTHREAD = 0x20000000, ALL = 0x40000000, CLONE = 0x80000000;
    if ((options & ~(WaitOptions::NOHANG | WaitOptions::UNTRACED | WaitOptions::CONTINUED | NOTHREAD | ALL | CLONE)) !=
        0) {
        return Errno::INVAL;
    }
    bool has_child = false;
    for (Process* child : call.kernel.children_of(call.process)) {
        if (child->reaped() || !is_wanted(*child, call.process, wanted)) {
            continue;
        }
        if (has_news(call.kernel, *child, options)) {
            return report(call, *child, status, usage);
        }
        has_child = true;
    }
    if (!has_child) {
        return Errno::CHILD;
    }
    return (options & WaitOptions::NOHANG) != 0 ? SyscallResult(0U) : wait_for(call, Wait::ChildEnd);
}

}  // namespace

SyscallResult sys_wait4(Syscall& call) {
    return wait_for_child(call, call.argument(0), call.pointer(1), call.argument(2), call.pointer(3));
}

SyscallResult sys_waitpid(Syscall& call) {
    return wait_for_child(call, call.argument(0), call.pointer(1), call.argument(2), VirtAddr(0));
}

SyscallResult sys_getppid(Syscall& call) { return call.process.parent(); }

}  // namespace vmlab::linux_abi
