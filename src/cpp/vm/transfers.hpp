// SPDX-License-Identifier: GPL-2.0-only
// Transfers: pages on their way between memory and a disk, on the simulated clock, and who waits for them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/simulated_time.hpp"
#include "vm/disk.hpp"
#include "vm/page.hpp"

namespace vmlab {

class FrameZone;
class VirtualMemory;

/// What to do where a disk must be waited for.
enum class IoMode : std::uint8_t {
    Wait,   ///< the kernel stands still until it is done, as within a system call
    Start,  ///< end as Blocked: the process sleeps, others run
};

/// What becomes of a page when its transfer ends well.
enum class AfterTransfer : std::uint8_t {
    Use,      ///< came in for somebody: to its policy
    Standby,  ///< read ahead, or written while nobody used it
    Free,     ///< written to leave: its frame is free, unless somebody waits for the page by now
    Stay,     ///< written where it is
};

struct Carried {
    Page* page = nullptr;  ///< null once the page is gone
    AfterTransfer after = AfterTransfer::Use;
};

/// Neighbouring pages that a disk moves together. Memory and store have the same bytes from the start, as if the disk had
/// a buffer: what lasts until the end is that the pages are busy.
struct Transfer {
    std::uint32_t id = 0;
    std::uint32_t pid = 0;  ///< for whom
    DiskRequest request;
    std::vector<Carried> pages;
    bool wanted = false;  ///< somebody waits for one of them
};

/// Elsewhere: struct buf with B_BUSY and biowait (BSD), bio and page writeback (Linux), in-page support blocks (Windows).
/// Owner: the VirtualMemory. Failure: pages that came in vanish again, pages that went out are dirty and back in use.
class Transfers {
public:
    explicit Transfers(VirtualMemory& vm) : vm_(vm) {}

    /// How a new transfer stands: over, when the disk takes no time or mode is Wait, or under way.
    struct Started {
        std::uint32_t id = 0;
        std::optional<IoResult> result;  ///< nothing: under way
    };
    /// Requires: the pages are in no transfer; those that come in, or leave for good, are Busy.
    Started start(const DiskRequest& request, std::vector<Carried> pages, IoMode mode);

    /// In no order that means anything.
    [[nodiscard]] const std::vector<Transfer>& under_way() const { return under_way_; }
    [[nodiscard]] bool any() const { return !under_way_.empty(); }
    /// Pages whose frames become free when all ends well.
    [[nodiscard]] std::uint32_t leaving() const;
    /// Pages that will be on standby or free.
    [[nodiscard]] std::uint32_t unused() const;
    [[nodiscard]] std::uint32_t unused_in(const FrameZone& zone) const;
    /// Pages that will be charged to this replacement domain.
    [[nodiscard]] std::uint32_t arriving_in(std::uint16_t domain) const;
    /// When the next one ends; NEVER when none is under way.
    [[nodiscard]] std::uint64_t next_end() const { return next_end_; }
    /// The transfer that carries the page, for which somebody waits from now on. Requires: the page is in transit.
    std::uint32_t want(const Page& page);
    /// Lets time pass until the page's transfer is over; the page may be gone then.
    IoResult wait_for(const Page& page);
    /// Lets time pass until the next one is over. Requires: there is one.
    void wait_for_next();
    /// Ends those whose time has come, in the order of their times.
    void finish_due();
    [[nodiscard]] bool any_due() const;

    /// A transfer that somebody waited for is over.
    struct Finished {
        std::uint32_t id;
        IoResult result;
    };
    [[nodiscard]] bool any_finished() const { return !finished_.empty(); }
    [[nodiscard]] std::vector<Finished> take_finished() { return std::exchange(finished_, {}); }
    /// For Page alone: it dies.
    void forget(const Page& page);

private:
    template <typename Matches>
    [[nodiscard]] std::uint32_t count_pages(const Matches& matches) const;
    [[nodiscard]] std::vector<Transfer>::iterator first_to_end();
    [[nodiscard]] Transfer& carrier_of(const Page& page);
    IoResult finish(Transfer transfer);
    void settle(const Carried& carried, const Transfer& transfer);

    VirtualMemory& vm_;
    std::vector<Transfer> under_way_;
    std::vector<Finished> finished_;
    std::uint64_t next_end_ = NEVER;
    std::uint32_t next_id_ = 1;
};

/// Who waits for a free frame, longest first. A frame that becomes free is kept for the first.
/// Owner: the VirtualMemory. Processes go by the pid that the VirtualMemory works for.
/// Invariants: nobody is given a frame, or told to try again, before something has changed since it began to wait: so
/// waiting takes time, whatever it was that could not be had.
class FrameWaiters {
public:
    /// Who waited before and found no frame after all keeps his place.
    void add(std::uint32_t pid);
    /// Got what it wanted, or wants no more.
    void remove(std::uint32_t pid);
    /// A frame was freed, or a transfer is over.
    void note_change() { ++changes_; }
    /// Keeps so many free frames for those that have waited longest.
    void grant(std::uint32_t free_frames);
    /// Frames that are free, and not for this process.
    [[nodiscard]] std::uint32_t kept_from(std::uint32_t pid) const;
    /// Those without a frame, other than this process.
    [[nodiscard]] std::uint32_t waiting_beside(std::uint32_t pid) const;
    [[nodiscard]] bool empty() const { return waiters_.empty(); }
    [[nodiscard]] bool is_granted(std::uint32_t pid) const;
    /// Whether something has changed since it began to wait.
    [[nodiscard]] bool may_try_again(std::uint32_t pid) const;

private:
    struct Waiter {
        std::uint32_t pid;
        std::uint64_t since;  ///< changes that there had been
        bool granted = false;
    };
    std::vector<Waiter> waiters_;
    std::uint64_t changes_ = 0;
};

}  // namespace vmlab
