// SPDX-License-Identifier: GPL-2.0-only
// capget and capset: root's rights one by one, which are kept and told.
#include <array>
#include <cstddef>
#include <span>

#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

namespace {

/// struct __user_cap_header_struct.
struct Header {
    std::uint32_t version;
    std::int32_t pid;
};

/// struct __user_cap_data_struct: 32 of the rights in each set. The later versions give it twice, the low half first.
struct HalfSets {
    std::uint32_t effective = 0, permitted = 0, inheritable = 0;
};
using Halves = std::array<HalfSets, 2>;

std::uint64_t join(std::uint32_t low, std::uint32_t high) {
    return (low | std::uint64_t{high} << 32) & Capabilities::ALL;
}

HalfSets half_of(const Capabilities& sets, unsigned shift) {
    return {static_cast<std::uint32_t>(sets.effective >> shift), static_cast<std::uint32_t>(sets.permitted >> shift),
            static_cast<std::uint32_t>(sets.inheritable >> shift)};
}

/// How many halves the header's version has. Who has another is told which one to use; fails: FAULT, INVAL.
Result<std::size_t, Errno> count_halves(Syscall& call) {
    constexpr std::uint32_t FIRST = 0x19980330, SECOND = 0x20071026, THIRD = 0x20080522;
    const auto version = call.memory.read<std::uint32_t>(call.pointer(0));
    if (!version) {
        return Failure(Errno::FAULT);
    }
    if (*version == FIRST) {
        return std::size_t{1};
    }
    if (*version == SECOND || *version == THIRD) {
        return std::size_t{2};
    }
    const bool told = call.memory.write(call.pointer(0), THIRD) == CopyResult::Ok;
    return Failure(told ? Errno::INVAL : Errno::FAULT);
}

Result<std::uint32_t, Errno> read_pid(Syscall& call) {
    const auto pid = call.memory.read<std::uint32_t>(call.pointer(0) + offsetof(Header, pid));
    return pid ? Result<std::uint32_t, Errno>(*pid) : Failure(Errno::FAULT);
}

bool is_within(std::uint64_t rights, std::uint64_t others) { return (rights & ~others) == 0; }

/// Nobody gets rights that he may not have; who may hand on any may make all inheritable.
bool may_change(const Capabilities& from, const Capabilities& to) {
    constexpr std::uint64_t SETPCAP = std::uint64_t{1} << 8;
    const bool hands_on_any = (from.effective & SETPCAP) != 0;
    return is_within(to.permitted, from.permitted) && is_within(to.effective, to.permitted) &&
           (hands_on_any || is_within(to.inheritable, from.inheritable | from.permitted));
}

}  // namespace

SyscallResult sys_capget(Syscall& call) {
    const auto halves = count_halves(call);
    if (!halves) {
        const bool only_asks = call.argument(1) == 0 && halves.error() == Errno::INVAL;
        return only_asks ? SyscallResult(0U) : SyscallResult(halves.error());
    }
    if (call.argument(1) == 0) {
        return 0U;
    }
    const auto pid = read_pid(call);
    if (!pid) {
        return pid.error();
    }
    if (static_cast<std::int32_t>(pid.value()) < 0) {
        return Errno::INVAL;
    }
    const Process* const process = pid.value() == 0 ? &call.process : call.kernel.find_process(pid.value());
    if (process == nullptr || process->reaped()) {
        return Errno::SRCH;
    }
    const Capabilities& sets = process->credentials.capabilities;
    const Halves told{half_of(sets, 0), half_of(sets, 32)};
    return call.memory.copy_out(call.pointer(1), std::as_bytes(std::span(told).first(halves.value())));
}

SyscallResult sys_capset(Syscall& call) {
    const auto halves = count_halves(call);
    if (!halves) {
        return halves.error();
    }
    const auto pid = read_pid(call);
    if (!pid) {
        return pid.error();
    }
    if (pid.value() != 0 && pid.value() != call.process.pid()) {
        return Errno::PERM;
    }
    Halves given{};
    const auto bytes = std::as_writable_bytes(std::span(given).first(halves.value()));
    if (call.memory.copy_in(call.pointer(1), bytes) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    Capabilities& sets = call.process.credentials.capabilities;
    const Capabilities wanted{.effective = join(given[0].effective, given[1].effective),
                              .permitted = join(given[0].permitted, given[1].permitted),
                              .inheritable = join(given[0].inheritable, given[1].inheritable)};
    if (!may_change(sets, wanted)) {
        return Errno::PERM;
    }
    sets = wanted;
    return 0U;
}

}  // namespace vmlab::linux_abi
