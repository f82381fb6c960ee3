// SPDX-License-Identifier: GPL-2.0-only
// PageDaemon: makes frames free: chooses victims by policy, unmaps them by the reverse map, writes them if dirty.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "vm/policy/replacement_policy.hpp"
#include "vm/transfers.hpp"

namespace vmlab {

class FrameZone;
class Page;
class VirtualMemory;
struct ReplacementDomain;

/// Whether there is a frame now.
enum class Room : std::uint8_t {
    Made,
    Coming,  ///< once a transfer is over
    None,    ///< all is wired, or dirty with no place to go
};

/// Elsewhere: pageout daemon (BSD), kswapd and direct reclaim (Linux), modified-page writer and balance-set manager (Windows).
/// Owner: the VirtualMemory.
/// How lecture 004 has it, for a page that is to leave: find from which address spaces it is seen (the reverse map);
/// unmap it there (pframe_remove_from_pts in weenix); write it back where it is dirty; free the frame.
class PageDaemon {
public:
    explicit PageDaemon(VirtualMemory& vm) : vm_(vm) {}

    /// Lets the current domain and the whole lab stay within their limits after one more page.
    [[nodiscard]] Room make_room(IoMode mode);
    /// Frees one frame: from standby, from modified, or a victim's. To be called until there are enough.
    [[nodiscard]] Room free_one(IoMode mode);
    [[nodiscard]] bool free_one() { return free_one(IoMode::Wait) == Room::Made; }
    /// From every page table onto the modified or standby list. Requires: Active.
    void detach(Page& page);
    /// Frees the frame of a page that was detached, writing the page first if it is dirty; it stays where it cannot be written.
    void expel(Page& page);
    /// Between two slices of the processor: the policies' ticks and the write-back that are due, balance(), and what the
    /// other workers have to do.
    void run();
    /// In the background: zone after zone, and then in all, takes pages from their users up to the high watermark where fewer
    /// frames than the low one are free or on standby.
    void balance();

private:
    [[nodiscard]] Room try_to_free(IoMode mode);
    /// Takes a victim of the domain out of memory.
    [[nodiscard]] Room evict_one(ReplacementDomain& domain, IoMode mode);
    [[nodiscard]] Page* choose_victim(ReplacementDomain& domain, const FrameZone* zone = nullptr);
    /// Frees the frame of a page on a list, writing it first if it is dirty, and its neighbours with it. None: it cannot be
    /// written, and is back with its policy.
    [[nodiscard]] Room discard(Page& page, IoMode mode);
    void run_policies();
    /// Takes pages from their users, in a zone or anywhere, until so many frames are expected to be free or on standby.
    std::uint32_t detach_until(std::uint32_t frames, const FrameZone* zone,
                               const std::function<std::uint32_t()>& expected);
    std::uint32_t balance_zone(std::size_t number);
    /// Writes the pages of files that have been dirty for too long.
    void write_back_old();
    /// Those that have pages to give. First the one whose turn it is: for a frame that the current process wants, its own, or
    /// where there are those for all the one of the next zone. Then those with the most above their minimum.
    enum class Taking : std::uint8_t { ForCurrent, Ahead };
    [[nodiscard]] std::vector<ReplacementDomain*> domains_in_turn(Taking taking);
    void add_guaranteed(std::vector<ReplacementDomain*>& domains);
    [[nodiscard]] static ReplacementDomain* give_turn(const std::vector<ReplacementDomain*>& domains);

    VirtualMemory& vm_;
    std::uint64_t next_tick_ = 0;
    std::uint64_t next_write_back_ = 0;
    std::vector<FrameNumber> refused_;  ///< could not be written while one frame was looked for
};

}  // namespace vmlab
