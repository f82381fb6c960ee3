// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/timeouts.hpp"

#include <type_traits>

#include "abi/linux/time_records.hpp"

namespace vmlab::linux_abi {

std::uint64_t deadline_of(const Syscall& call, std::optional<std::uint64_t> units) {
    if (call.resumed) {
        return call.process.wake_at;
    }
    return units ? call.kernel.now() + *units : NEVER;
}

template <typename Timespec>
Result<std::optional<std::uint64_t>, Errno> read_timeout(Syscall& call, VirtAddr address) {
    if (address.value == 0) {
        return std::optional<std::uint64_t>();
    }
    const auto time = call.memory.read<Timespec>(address);
    if (!time) {
        return Failure(Errno::FAULT);
    }
    if constexpr (std::is_same_v<Timespec, Timeval>) {
        if (time->seconds < 0 || time->part < 0) {
            return Failure(Errno::INVAL);
        }
        return std::optional(static_cast<std::uint64_t>(time->seconds) * SECOND +
                             static_cast<std::uint64_t>(time->part) * Timeval::UNIT);  // a million and more count too
    } else {
        const auto units = time_of(*time);
        return units ? Result<std::optional<std::uint64_t>, Errno>(units) : Failure(Errno::INVAL);
    }
}

// Where the structure cannot be written, the result stands nevertheless.
template <typename Timespec>
void write_time_left(Syscall& call, VirtAddr address, std::uint64_t deadline) {
    if (address.value == 0) {
        return;
    }
    const std::uint64_t left = deadline - std::min(deadline, call.kernel.now());
    (void)call.memory.write(address, make_time<Timespec>(left));
}

template Result<std::optional<std::uint64_t>, Errno> read_timeout<Timeval>(Syscall&, VirtAddr);
template Result<std::optional<std::uint64_t>, Errno> read_timeout<Timespec32>(Syscall&, VirtAddr);
template Result<std::optional<std::uint64_t>, Errno> read_timeout<Timespec64>(Syscall&, VirtAddr);
template void write_time_left<Timeval>(Syscall&, VirtAddr, std::uint64_t);
template void write_time_left<Timespec32>(Syscall&, VirtAddr, std::uint64_t);
template void write_time_left<Timespec64>(Syscall&, VirtAddr, std::uint64_t);

}  // namespace vmlab::linux_abi
