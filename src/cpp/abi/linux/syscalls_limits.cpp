// SPDX-License-Identifier: GPL-2.0-only
// setrlimit, getrlimit and prlimit64: how much of each resource a process may use.
#include "abi/linux/cpu_limit.hpp"
#include "abi/linux/layout.hpp"
#include "abi/linux/signals.hpp"
#include "abi/linux/syscall.hpp"
#include "abi/linux/time_records.hpp"

namespace vmlab::linux_abi {

namespace {

/// By Linux's numbers, RLIMIT_CPU first.
constexpr Resource RESOURCES[] = {
    Resource::CpuTime,       Resource::FileSize,  Resource::Data,
    Resource::Stack,         Resource::Core,      Resource::Resident,
    Resource::Processes,     Resource::OpenFiles, Resource::LockedMemory,
    Resource::AddressSpace,  Resource::FileLocks, Resource::PendingSignals,
    Resource::MessageQueues, Resource::Nice,      Resource::RealtimePriority,
    Resource::RealtimeTime,
};

/// A limit of the calls that know 32 bits.
struct NarrowLimit {
    static constexpr std::uint32_t UNLIMITED = ~std::uint32_t{0};
    std::uint32_t current, maximum;
};

std::uint32_t narrow(std::uint64_t limit, std::uint32_t largest) {
    return limit > largest ? largest : static_cast<std::uint32_t>(limit);
}

std::uint64_t widen(std::uint32_t limit) { return limit == NarrowLimit::UNLIMITED ? ResourceLimit::UNLIMITED : limit; }

std::optional<Resource> find_resource(std::uint32_t number) {
    return number < std::size(RESOURCES) ? std::optional(RESOURCES[number]) : std::nullopt;
}

/// Root may raise what nobody else may, but for the number of descriptors, which has an end for all.
SyscallResult set_limit(Kernel& kernel, Process& process, Resource resource, const ResourceLimit& limit) {
    if (limit.current > limit.maximum) {
        return Errno::INVAL;
    }
    if (resource == Resource::OpenFiles && limit.maximum > DescriptorTable::HIGHEST_LIMIT) {
        return Errno::PERM;
    }
    process.set_limit(resource, limit);
    if (resource == Resource::CpuTime) {
        kernel.note_time_limited();
    }
    return 0U;
}

SyscallResult tell_limit(Syscall& call, std::uint32_t largest) {
    const auto resource = find_resource(call.argument(0));
    if (!resource) {
        return Errno::INVAL;
    }
    const ResourceLimit& limit = call.process.limits()[*resource];
    return call.memory.write(call.pointer(1),
                             NarrowLimit{narrow(limit.current, largest), narrow(limit.maximum, largest)});
}

}  // namespace

void time_limit_reached(Kernel& kernel, Process& process) {
    ResourceLimit limit = process.limits()[Resource::CpuTime];
    const bool ends =
        limit.maximum != ResourceLimit::UNLIMITED && kernel.use_of(process).time / SECOND >= limit.maximum;
    if (!ends) {
        ++limit.current;
        process.set_limit(Resource::CpuTime, limit);
    }
    raise_signal(kernel, process, {.signal = ends ? Signal::Kill : Signal::CpuLimit, .code = SignalCode::KERNEL});
}

SyscallResult refuse_large_file(Syscall& call) {
    raise_signal(call.kernel, call.process,
                 {.signal = Signal::FileSizeLimit, .code = SignalCode::USER, .pid = call.process.thread_group},
                 SignalTo::Thread);
    return Errno::FBIG;
}

// What does not fit is told as the largest number; to the old call that one is signed.
SyscallResult sys_getrlimit(Syscall& call) { return tell_limit(call, 0x7FFFFFFF); }
SyscallResult sys_ugetrlimit(Syscall& call) { return tell_limit(call, NarrowLimit::UNLIMITED); }

SyscallResult sys_setrlimit(Syscall& call) {
    const auto wanted = call.memory.read<NarrowLimit>(call.pointer(1));
    if (!wanted) {
        return Errno::FAULT;
    }
    const auto resource = find_resource(call.argument(0));
    return resource ? set_limit(call.kernel, call.process, *resource,
                                {.current = widen(wanted->current), .maximum = widen(wanted->maximum)})
                    : SyscallResult(Errno::INVAL);
}

SyscallResult sys_prlimit64(Syscall& call) {
    std::optional<ResourceLimit> wanted;
    if (call.argument(2) != 0) {
        wanted = call.memory.read<ResourceLimit>(call.pointer(2));
        if (!wanted) {
            return Errno::FAULT;
        }
    }
    Process* const process = call.argument(0) == 0 ? &call.process : call.kernel.find_process(call.argument(0));
    if (process == nullptr || process->reaped()) {
        return Errno::SRCH;
    }
    const auto resource = find_resource(call.argument(1));
    if (!resource) {
        return Errno::INVAL;
    }
    const ResourceLimit before = process->limits()[*resource];
    const SyscallResult set = wanted ? set_limit(call.kernel, *process, *resource, *wanted) : SyscallResult(0U);
    return set.eax == 0 && call.argument(3) != 0 ? SyscallResult(call.memory.write(call.pointer(3), before)) : set;
}

}  // namespace vmlab::linux_abi
