// SPDX-License-Identifier: GPL-2.0-only
// ResourceUse: what threads and processes have used, to be told to those who ask and to who waits for them.
#pragma once

#include <algorithm>
#include <cstdint>

namespace vmlab {

/// Elsewhere: struct rusage. A crossing into the kernel takes no simulated time, so that all of the time is the program's own.
struct ResourceUse {
    std::uint64_t time = 0;  ///< instructions executed
    std::uint64_t minor_faults = 0;
    std::uint64_t major_faults = 0;
    std::uint64_t voluntary_switches = 0;
    std::uint64_t involuntary_switches = 0;
    std::uint32_t peak_resident_pages = 0;  ///< of several processes the most that one had

    ResourceUse& operator+=(const ResourceUse& other) {
        time += other.time;
        minor_faults += other.minor_faults;
        major_faults += other.major_faults;
        voluntary_switches += other.voluntary_switches;
        involuntary_switches += other.involuntary_switches;
        peak_resident_pages = std::max(peak_resident_pages, other.peak_resident_pages);
        return *this;
    }
};

}  // namespace vmlab
