// SPDX-License-Identifier: GPL-2.0-only
// struct rusage of the i386.
#pragma once

#include "abi/linux/time_records.hpp"
#include "kernel/resource_use.hpp"
#include "machine/pte.hpp"

namespace vmlab::linux_abi {

struct ResourceUsage {
    Timeval user_time, system_time;
    std::uint32_t largest_resident, unused_sizes[3];
    std::uint32_t minor_faults, major_faults, unused_counts[6];
    std::uint32_t voluntary_switches, involuntary_switches;
};
static_assert(sizeof(ResourceUsage) == 72);

[[nodiscard]] inline ResourceUsage usage_of(const ResourceUse& use) {
    ResourceUsage usage{};
    usage.user_time = make_time<Timeval>(use.time);
    usage.largest_resident = use.peak_resident_pages * (PAGE_SIZE / 1024);
    usage.minor_faults = static_cast<std::uint32_t>(use.minor_faults);
    usage.major_faults = static_cast<std::uint32_t>(use.major_faults);
    usage.voluntary_switches = static_cast<std::uint32_t>(use.voluntary_switches);
    usage.involuntary_switches = static_cast<std::uint32_t>(use.involuntary_switches);
    return usage;
}

}  // namespace vmlab::linux_abi
