// SPDX-License-Identifier: GPL-2.0-only
// Who a process is, how it ends, and what it may ask about itself.
#include <algorithm>
#include <cstring>

#include "abi/linux/syscall.hpp"
#include "kernel/system_names.hpp"

namespace vmlab::linux_abi {

SyscallResult sys_exit_group(Syscall& call) {
    call.kernel.end_threads(call.process, call.argument(0) & 0xFF, Signal::None);
    return 0U;
}

SyscallResult sys_getpid(Syscall& call) { return call.process.thread_group; }

SyscallResult sys_sched_yield(Syscall& call) {
    call.kernel.yield();
    return 0U;
}

SyscallResult sys_uname(Syscall& call) {
    constexpr std::size_t FIELD = 65;
    constexpr const char* FIELDS[] = {SystemNames::SYSTEM,  SystemNames::HOST,    SystemNames::RELEASE,
                                      SystemNames::VERSION, SystemNames::MACHINE, SystemNames::DOMAIN};
    std::array<char, FIELD * std::size(FIELDS)> name{};
    for (std::size_t i = 0; i < std::size(FIELDS); ++i) {
        std::strcpy(name.data() + i * FIELD, FIELDS[i]);
    }
    return call.memory.write(call.pointer(0), name);
}

namespace {

/// What a string holds up to its end or the limit.
std::optional<std::string> read_text(UserMemory& memory, VirtAddr from, std::size_t limit) {
    std::string text;
    for (; text.size() < limit; from = from + 1) {
        const auto next = memory.read<char>(from);
        if (!next) {
            return std::nullopt;
        }
        if (*next == '\0') {
            break;
        }
        text += *next;
    }
    return text;
}

/// What prctl() has about parents and orphans.
SyscallResult control_family(Syscall& call) {
    constexpr std::uint32_t PR_SET_PDEATHSIG = 1, PR_GET_PDEATHSIG = 2, PR_SET_CHILD_SUBREAPER = 36;
    constexpr std::uint32_t PR_GET_CHILD_SUBREAPER = 37;
    Process& process = call.process;
    Process& leader = call.kernel.leader_of(process);
    switch (call.argument(0)) {
        case PR_SET_PDEATHSIG:
            if (call.argument(1) > LAST_SIGNAL) {
                return Errno::INVAL;
            }
            leader.parent_end_signal = static_cast<Signal>(call.argument(1));
            return 0U;
        case PR_GET_PDEATHSIG:
            return call.memory.write(call.pointer(1), static_cast<std::uint32_t>(leader.parent_end_signal));
        case PR_SET_CHILD_SUBREAPER:
            leader.takes_orphans = call.argument(1) != 0;
            return 0U;
        case PR_GET_CHILD_SUBREAPER:
            return call.memory.write(call.pointer(1), leader.takes_orphans ? 1U : 0U);
        default:
            return Errno::INVAL;
    }
}

}  // namespace

SyscallResult sys_prctl(Syscall& call) {
    constexpr std::uint32_t PR_SET_NAME = 15, PR_GET_NAME = 16;
    std::array<char, 16> name{};
    if (call.argument(0) == PR_GET_NAME) {
        call.process.name().copy(name.data(), name.size() - 1);
        return call.memory.write(call.pointer(1), name);
    }
    if (call.argument(0) != PR_SET_NAME) {
        return control_family(call);
    }
    const auto text = read_text(call.memory, call.pointer(1), name.size() - 1);
    if (!text) {
        return Errno::FAULT;
    }
    call.process.set_name(*text);
    return 0U;
}

namespace {

/// What personality() takes: the kernel's own ways, and those that are not another's. Readable pages can be executed as it
/// is, and addresses end at 3 GiB.
struct ProgramQuirks {
    static constexpr std::uint32_t KIND = 0xFF, LINUX = 0, LINUX_32 = 8;
    static constexpr std::uint32_t FIXED_PLACES = 0x40000, READ_IMPLIES_EXECUTE = 0x400000, BITS_32 = 0x800000;
    static constexpr std::uint32_t GIB_3 = 0x8000000;

    [[nodiscard]] static bool is_possible(std::uint32_t quirks) {
        constexpr std::uint32_t FLAGS = FIXED_PLACES | READ_IMPLIES_EXECUTE | BITS_32 | GIB_3;
        const std::uint32_t kind = quirks & KIND;
        return (quirks & ~(KIND | FLAGS)) == 0 && (kind == LINUX || kind == LINUX_32);
    }
};

}  // namespace

SyscallResult sys_personality(Syscall& call) {
    constexpr std::uint32_t ASK = 0xFFFFFFFF;
    const std::uint32_t wanted = call.argument(0), before = call.process.program_quirks;
    if (wanted == ASK) {
        return before;
    }
    if (!ProgramQuirks::is_possible(wanted)) {
        return Errno::INVAL;
    }
    call.process.program_quirks = wanted;
    call.process.fixed_places = (wanted & ProgramQuirks::FIXED_PLACES) != 0;
    return before;
}

SyscallResult sys_getrandom(Syscall& call) {
    constexpr std::uint32_t GRND_NONBLOCK = 1, GRND_RANDOM = 2, GRND_INSECURE = 4;
    const std::uint32_t flags = call.argument(2);
    if ((flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) != 0 ||
        (flags & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE)) {
        return Errno::INVAL;
    }
    constexpr std::uint32_t LARGEST = 0x7FFFFFFF;
    const std::uint32_t wanted = std::min(call.argument(1), LARGEST);
    std::array<std::byte, PAGE_SIZE> bytes;
    std::uint32_t done = 0;
    while (done < wanted) {
        const VirtAddr at = call.pointer(0) + done;
        const auto part = std::span(bytes).first(std::min(wanted - done, PAGE_SIZE - at.offset()));
        call.kernel.random().fill(part);
        if (call.memory.copy_out(at, part) == CopyResult::Fault) {
            return done > 0 ? SyscallResult(done) : SyscallResult(Errno::FAULT);
        }
        done += static_cast<std::uint32_t>(part.size());
    }
    return done;
}

}  // namespace vmlab::linux_abi
