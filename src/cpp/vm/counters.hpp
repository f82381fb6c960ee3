// SPDX-License-Identifier: GPL-2.0-only
// VmCounters: what a Lab or a process has cost in faults, copies, transfers, switches and frames.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "machine/pte.hpp"
#include "machine/tlb.hpp"
#include "trace/vocabulary.hpp"

namespace vmlab {

inline constexpr std::size_t FAULT_RESULTS = static_cast<std::size_t>(FaultResult::Blocked) + 1;

/// A major fault needed input or output, as time(1) counts.
enum class FaultCost : std::uint8_t { Minor, Major };

struct VmCounters {
    std::array<std::uint64_t, FAULT_RESULTS> faults_by_result{};
    // By cause; together as many as by result.
    std::uint64_t reads_not_present = 0;
    std::uint64_t writes_not_present = 0;
    std::uint64_t fetches_not_present = 0;
    std::uint64_t protection_violations = 0;  ///< the page was there, and the entry forbade the access

    std::uint64_t major_faults = 0;  ///< input or output was needed
    std::uint64_t minor_faults = 0;  ///< resolved without
    std::uint64_t pages_copied = 0;
    std::uint64_t pages_zeroed = 0;        ///< at a fault
    std::uint64_t pages_zeroed_ahead = 0;  ///< by the zero-page thread
    std::uint64_t pages_read = 0;          ///< from a file
    std::uint64_t pages_written_back = 0;  ///< to a file
    std::uint64_t pages_swapped_in = 0;
    std::uint64_t pages_swapped_out = 0;
    std::uint64_t pages_evicted = 0;         ///< taken from their users, clean or dirty
    std::uint64_t kernel_entries = 0;        ///< crossings from user mode by a trap, an interrupt or a system call
    std::uint64_t system_calls = 0;          ///< of these
    std::uint64_t context_switches = 0;      ///< to this process
    std::uint64_t voluntary_switches = 0;    ///< away from it: it waits for something
    std::uint64_t involuntary_switches = 0;  ///< away from it: its slice is spent
    TlbCounters tlb;                         ///< while the processor was its own
    std::uint32_t peak_page_frames = 0;

    void count_fault(Access access, std::uint32_t error, FaultResult result, FaultCost cost) {
        if ((error & PageFaultError::PROTECTION) != 0) {
            ++protection_violations;
        } else {
            ++(access == Access::Read    ? reads_not_present
               : access == Access::Write ? writes_not_present
                                         : fetches_not_present);
        }
        ++faults_by_result[static_cast<std::size_t>(result)];
        if (result < FaultResult::NoMapping) {
            ++(cost == FaultCost::Major ? major_faults : minor_faults);
        }
    }
};

inline constexpr std::size_t WORKERS = static_cast<std::size_t>(Worker::Swapper) + 1;

/// What one worker came to.
struct WorkDone {
    std::uint64_t times = 0;  ///< that it found something to do
    std::uint64_t pages = 0;
};

}  // namespace vmlab
