// SPDX-License-Identifier: GPL-2.0-only
// VmCounters: what a Lab or a process has cost in faults, copies and frames.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "trace/vocabulary.hpp"

namespace vmlab {

inline constexpr std::size_t FAULT_RESULTS = static_cast<std::size_t>(FaultResult::OutOfMemory) + 1;

/// A major fault needed input or output, as time(1) counts.
enum class FaultCost : std::uint8_t { Minor, Major };

struct VmCounters {
    std::array<std::uint64_t, FAULT_RESULTS> faults_by_result{};
    std::uint64_t major_faults = 0;  ///< input or output was needed
    std::uint64_t minor_faults = 0;  ///< resolved without
    std::uint64_t pages_copied = 0;
    std::uint64_t pages_zeroed = 0;        ///< at a fault
    std::uint64_t pages_zeroed_ahead = 0;  ///< by the zero-page thread
    std::uint64_t pages_read = 0;          ///< from a file
    std::uint64_t pages_written_back = 0;  ///< to a file
    std::uint64_t pages_swapped_in = 0;
    std::uint64_t pages_swapped_out = 0;
    std::uint64_t pages_evicted = 0;     ///< taken from their users, clean or dirty
    std::uint64_t kernel_entries = 0;    ///< crossings from user mode by a trap, an interrupt or a system call
    std::uint64_t context_switches = 0;  ///< to this process
    std::uint32_t peak_page_frames = 0;

    void count_fault(FaultResult result, FaultCost cost) {
        ++faults_by_result[static_cast<std::size_t>(result)];
        if (result < FaultResult::NoMapping) {
            ++(cost == FaultCost::Major ? major_faults : minor_faults);
        }
    }
};

}  // namespace vmlab
