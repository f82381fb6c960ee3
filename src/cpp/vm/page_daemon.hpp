// SPDX-License-Identifier: GPL-2.0-only
// PageDaemon: makes frames free: chooses victims by policy, unmaps them by the reverse map, writes them if dirty.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

class Page;
class VirtualMemory;
struct ReplacementDomain;

/// Elsewhere: pageout daemon (BSD), kswapd and direct reclaim (Linux), modified-page writer and balance-set manager (Windows).
/// Owner: the VirtualMemory.
/// How lecture 004 has it, for a page that is to leave: find from which address spaces it is seen (the reverse map);
/// unmap it there (pframe_remove_from_pts in weenix); write it back where it is dirty; free the frame.
class PageDaemon {
public:
    explicit PageDaemon(VirtualMemory& vm) : vm_(vm) {}

    /// Lets the current domain and the whole lab stay within their limits after one more page. False when that cannot be:
    /// all is wired, or dirty with no place to go.
    [[nodiscard]] bool make_room();
    /// Frees one frame: from standby, from modified, or a victim's. False when there is none.
    [[nodiscard]] bool free_one();
    /// From every page table onto the modified or standby list. Requires: Active.
    void detach(Page& page);
    /// Between two slices of the processor: the policies' ticks that are due, balance(), and what the
    /// zero-page thread has to do.
    void run();
    /// In the background: refills the standby list up to the high watermark once it is below the low one.
    void balance();

private:
    /// Takes a victim of the domain out of memory.
    [[nodiscard]] bool evict_one(ReplacementDomain& domain);
    [[nodiscard]] Page* choose_victim(ReplacementDomain& domain);
    /// Frees the frame of a page on a list, writing it first if it is dirty. False when it cannot be written; then it is back
    /// with its policy.
    [[nodiscard]] bool discard(Page& page);
    /// Those that have pages, the largest first.
    [[nodiscard]] std::vector<ReplacementDomain*> domains_by_size();

    VirtualMemory& vm_;
    std::uint64_t next_tick_ = 0;
    std::vector<FrameNumber> refused_;  ///< could not be written while one frame was looked for
};

}  // namespace vmlab
