// SPDX-License-Identifier: GPL-2.0-only
// select and pselect6.
#include <vector>

#include "abi/linux/polling.hpp"
#include "abi/linux/time_records.hpp"
#include "abi/linux/timeouts.hpp"

namespace vmlab::linux_abi {

namespace {

constexpr std::uint32_t WORD_BITS = 32;

/// One of the three sets of descriptors: what is asked for, and what of that was found.
struct DescriptorSet {
    VirtAddr address;
    std::uint32_t wanted_events = 0;  ///< to wait for
    std::uint32_t found_events = 0;   ///< that count as found
    std::vector<std::uint32_t> wanted;
    std::vector<std::uint32_t> found;

    /// False when it cannot be read; no set at all is an empty one.
    [[nodiscard]] bool read(Syscall& call, std::uint32_t descriptors) {
        wanted.assign((descriptors + WORD_BITS - 1) / WORD_BITS, 0);
        found = wanted;
        const auto bytes = std::as_writable_bytes(std::span(wanted));
        return address.value == 0 || call.memory.copy_in(address, bytes) == CopyResult::Ok;
    }
    [[nodiscard]] bool write(Syscall& call) const {
        return address.value == 0 || call.memory.copy_out(address, std::as_bytes(std::span(found))) == CopyResult::Ok;
    }
    [[nodiscard]] bool wants(std::uint32_t descriptor) const {
        return (wanted[descriptor / WORD_BITS] >> descriptor % WORD_BITS & 1) != 0;
    }
    void add_found(std::uint32_t descriptor) { found[descriptor / WORD_BITS] |= 1U << descriptor % WORD_BITS; }
};

using Sets = std::array<DescriptorSet, 3>;

Sets sets_of(const Syscall& call) {
    using E = PollEvents;
    constexpr std::uint32_t READ = E::IN | E::RDNORM, WRITE = E::OUT | E::WRNORM;
    return {DescriptorSet{.address = call.pointer(1), .wanted_events = READ, .found_events = READ | E::HUP | E::ERR},
            DescriptorSet{.address = call.pointer(2), .wanted_events = WRITE, .found_events = WRITE | E::ERR},
            DescriptorSet{.address = call.pointer(3), .wanted_events = E::PRI, .found_events = E::PRI}};
}

/// How many were found. Fails: BADF.
Result<std::uint32_t, Errno> look_at(Process& process, Sets& sets, std::uint32_t descriptors, FileWait& wait) {
    std::uint32_t count = 0;
    for (std::uint32_t descriptor = 0; descriptor < descriptors; ++descriptor) {
        for (DescriptorSet& set : sets) {
            if (!set.wants(descriptor)) {
                continue;
            }
            const OpenFile* const file = process.files().find(descriptor);
            if (file == nullptr) {
                return Failure(Errno::BADF);
            }
            add_channels(wait, *file, set.wanted_events);
            if ((poll_events(*file) & set.found_events) != 0) {
                set.add_found(descriptor);
                ++count;
            }
        }
    }
    return count;
}

SyscallResult select_until(Syscall& call, std::uint64_t deadline) {
    if (static_cast<std::int32_t>(call.argument(0)) < 0) {
        return Errno::INVAL;
    }
    const std::uint32_t descriptors = std::min(call.argument(0), call.process.files().size());
    Sets sets = sets_of(call);
    for (DescriptorSet& set : sets) {
        if (!set.read(call, descriptors)) {
            return Errno::FAULT;
        }
    }
    FileWait wait;
    const auto found = look_at(call.process, sets, descriptors, wait);
    if (!found) {
        return found.error();
    }
    if (found.value() == 0 && deadline > call.kernel.now()) {
        return wait_for(call, std::move(wait), OnSignal::RestartNoHandler, deadline);
    }
    for (const DescriptorSet& set : sets) {
        if (!set.write(call)) {
            return Errno::FAULT;
        }
    }
    return found.value();
}

template <typename Timespec>
SyscallResult select_with(Syscall& call) {
    const auto timeout = read_timeout<Timespec>(call, call.pointer(4));
    if (!timeout) {
        return timeout.error();
    }
    const std::uint64_t deadline = deadline_of(call, timeout.value());
    const SyscallResult found = select_until(call, deadline);
    if (is_over(call)) {
        write_time_left<Timespec>(call, call.pointer(4), deadline);
    }
    return found;
}

/// Argument 5 leads to the mask and its size.
template <typename Timespec>
SyscallResult select_with_mask(Syscall& call) {
    if (call.argument(5) != 0) {
        const auto words = call.memory.read<std::array<std::uint32_t, 2>>(call.pointer(5));
        if (!words) {
            return Errno::FAULT;
        }
        if (const auto mask = wait_with_mask(call, VirtAddr((*words)[0]), (*words)[1]); !mask) {
            return mask.error();
        }
    }
    const SyscallResult found = select_with<Timespec>(call);
    end_mask(call);
    return found;
}

}  // namespace

SyscallResult sys_select(Syscall& call) { return select_with<Timeval>(call); }
SyscallResult sys_pselect6(Syscall& call) { return select_with_mask<Timespec32>(call); }
SyscallResult sys_pselect6_64(Syscall& call) { return select_with_mask<Timespec64>(call); }

// The first of the calls by this name: its argument leads to the five.
SyscallResult sys_old_select(Syscall& call) {
    const auto words = call.memory.read<std::array<std::uint32_t, 5>>(call.pointer(0));
    if (!words) {
        return Errno::FAULT;
    }
    std::copy(words->begin(), words->end(), call.arguments.begin());
    return select_with<Timeval>(call);
}

}  // namespace vmlab::linux_abi
