// SPDX-License-Identifier: GPL-2.0-only
// VirtualMemory: what all address spaces of one Lab share: the machine, the frames and who has them, swap, the page daemon.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "machine/machine.hpp"
#include "trace/tracer.hpp"
#include "vm/balance_set_manager.hpp"
#include "vm/commit.hpp"
#include "vm/counters.hpp"
#include "vm/memory_profile.hpp"
#include "vm/modified_page_writer.hpp"
#include "vm/object_list.hpp"
#include "vm/page.hpp"
#include "vm/page_daemon.hpp"
#include "vm/policy/frame_list.hpp"
#include "vm/replacement_domain.hpp"
#include "vm/swap_device.hpp"
#include "vm/swapper.hpp"
#include "vm/transfers.hpp"
#include "vm/zero_page_thread.hpp"

namespace vmlab {

struct VmConfig {
    std::uint32_t page_frame_limit = ~0U;  ///< frames for pages that are not wired
    std::uint32_t swap_slots = 0;
    std::uint64_t seed = 0;  ///< of policies that draw lots
    MemoryProfile profile;
};

/// How much of an address space a process may use, in bytes. Elsewhere: RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK (Unix).
struct SpaceLimits {
    static constexpr std::uint64_t UNLIMITED = ~std::uint64_t{0};
    std::uint64_t mapped = UNLIMITED;  ///< all mappings together
    std::uint64_t data = UNLIMITED;    ///< private memory that may be written, stacks apart
    std::uint64_t stack = UNLIMITED;   ///< each mapping that grows down
};

/// Owner: the Kernel.
/// Invariants: page_frames() is the number of frames whose use is Page or Handler; those that are not wired are never
/// above the limit; page_of() knows each page in memory, and each is where its state says: with a policy, or in a queue.
class VirtualMemory {
public:
    VirtualMemory(Machine& machine, Tracer& tracer, const VmConfig& config = {});
    VirtualMemory(const VirtualMemory&) = delete;
    VirtualMemory& operator=(const VirtualMemory&) = delete;
    ~VirtualMemory();

    [[nodiscard]] Machine& machine() { return machine_; }
    [[nodiscard]] Tracer& tracer() { return tracer_; }
    [[nodiscard]] PhysicalMemory& memory() { return machine_.memory(); }
    [[nodiscard]] const MemoryProfile& profile() const { return config_.profile; }
    /// Changes settings that hold from now on: how much is promised, and how much is read ahead.
    template <typename Change>
    void tune(const Change& change) {
        change(config_.profile);
    }
    /// Frees the frames of files' pages that nobody maps and that are as on the disk.
    void drop_clean_file_pages();
    [[nodiscard]] SwapDevice& swap() { return swap_; }
    [[nodiscard]] Disk& file_disk() { return file_disk_; }
    [[nodiscard]] Disk& disk(DiskName name) { return name == DiskName::Swap ? swap_.disk() : file_disk_; }
    [[nodiscard]] ObjectList& objects() { return objects_; }
    [[nodiscard]] PageDaemon& daemon() { return daemon_; }
    [[nodiscard]] ModifiedPageWriter& modified_page_writer() { return modified_page_writer_; }
    [[nodiscard]] BalanceSetManager& balance_set_manager() { return balance_set_manager_; }
    [[nodiscard]] Swapper& swapper() { return swapper_; }
    [[nodiscard]] ZeroPageThread& zero_page_thread() { return zero_page_thread_; }
    [[nodiscard]] ReplacementDomains& domains() { return domains_; }
    [[nodiscard]] CommitAccount& commit() { return commit_; }
    [[nodiscard]] Transfers& transfers() { return transfers_; }
    [[nodiscard]] FrameWaiters& frame_waiters() { return frame_waiters_; }

    [[nodiscard]] const VmCounters& counters() const { return counters_; }
    /// Adds to the counters of the Lab and of the current process.
    template <typename Add>
    void count(const Add& add) {
        add(counters_);
        if (current_.counters != nullptr) {
            add(*current_.counters);
        }
    }
    /// Adds to the counters of the Lab alone: what a worker did for nobody in particular.
    template <typename Add>
    void count_for_lab(const Add& add) {
        add(counters_);
    }
    /// A worker did something: for its counters and the log.
    void note_work(Worker worker, std::uint32_t pages);
    [[nodiscard]] const WorkDone& work_done(Worker worker) const { return work_[static_cast<std::size_t>(worker)]; }
    template <typename E>
    void emit(const E& event) {
        tracer_.emit(current_.pid, event);
    }

    /// For whom the virtual memory works: whom the log names, whose counters count, whom new pages are charged to.
    struct Current {
        std::uint32_t pid = 0;  ///< 0: nobody
        VmCounters* counters = nullptr;
        const SpaceLimits* limits = nullptr;  ///< null: it has none
        ReplacementDomains::Number domain = 0;
    };
    void set_current(const Current& current) {
        if (current.counters != current_.counters) {
            count_tlb();
        }
        current_ = current;
    }
    /// Adds what the TLB has counted since the last call to the counters, so that they are complete.
    void count_tlb();
    [[nodiscard]] std::uint32_t current_pid() const { return current_.pid; }
    [[nodiscard]] const SpaceLimits* current_limits() const { return current_.limits; }
    [[nodiscard]] ReplacementDomains::Number current_domain_number() const { return current_.domain; }
    [[nodiscard]] ReplacementDomain& current_domain() { return domains_[current_.domain]; }
    /// The domain for a new address space: its own with local replacement; otherwise 0 for those for all, one a zone.
    [[nodiscard]] ReplacementDomains::Number join_domain();
    void leave_domain(ReplacementDomains::Number number);
    /// Whether another process can have the least working set that it would be guaranteed; when not, the log says so.
    [[nodiscard]] bool can_guarantee_another();
    [[nodiscard]] bool is_shared(ReplacementDomains::Number number) const {
        return number < machine_.frames().zones().size();
    }

    // Zones; zones.cpp.
    /// Of a zone, with its frames free or on standby: below `low` pages are taken from their users, up to `high`.
    struct Watermarks {
        std::uint32_t low = 0;
        std::uint32_t high = 0;
    };
    [[nodiscard]] Watermarks watermarks(std::size_t zone) const;
    [[nodiscard]] std::uint32_t standby_in(std::size_t zone) const { return listed_in(standby_, zone); }
    [[nodiscard]] std::uint32_t modified_in(std::size_t zone) const { return listed_in(modified_, zone); }
    /// Pages that were taken from their users there.
    [[nodiscard]] std::uint64_t evicted_from(std::size_t zone) const { return evicted_from_.at(zone); }

    /// Simulated time: instructions executed, plus what was charged for transfers and the like.
    [[nodiscard]] std::uint64_t now() const { return machine_.instructions() + charged_; }
    void charge(std::uint64_t units) { charged_ += units; }
    /// Nothing happens until then but time.
    void advance_to(std::uint64_t time) {
        charge(time - std::min(time, now()));
        tracer_.set_now(now());
    }

    /// A frame that was asked for. Coming: a disk must be waited for first.
    struct FrameAnswer {
        Room room = Room::None;
        FrameNumber frame;  ///< when Made
    };
    /// A frame for a page, made free by evicting if need be. Zeros: it is cleared now, unless the zero-page thread did it
    /// before.
    [[nodiscard]] FrameAnswer request_frame(IoMode mode, FrameContent content, FrameUse use = FrameUse::Page);
    /// The same with old content, waiting for disks; nothing when no frame can be made free.
    [[nodiscard]] std::optional<FrameNumber> allocate_frame(FrameUse use = FrameUse::Page);
    /// One that is free and that nobody waits for, for what nobody asked for yet.
    [[nodiscard]] std::optional<FrameNumber> take_spare_frame();
    void free_frame(FrameNumber frame);
    /// Makes so many frames of RAM free, for page tables and kernel stacks.
    [[nodiscard]] Room request_frames(std::uint32_t frames, IoMode mode);
    /// The same, waiting for disks. False when that cannot be.
    [[nodiscard]] bool reserve_frames(std::uint32_t frames) {
        return request_frames(frames, IoMode::Wait) == Room::Made;
    }
    /// Frames of RAM that nobody has, and that are kept for no other process.
    [[nodiscard]] std::uint32_t available_frames();
    [[nodiscard]] std::uint32_t page_frames() const { return page_frames_; }
    [[nodiscard]] std::uint32_t wired_pages() const { return wired_pages_; }
    [[nodiscard]] std::uint32_t pageable_frames() const { return page_frames_ - wired_pages_; }
    [[nodiscard]] std::uint32_t page_frame_limit() const { return config_.page_frame_limit; }
    void set_page_frame_limit(std::uint32_t frames) { config_.page_frame_limit = frames; }
    /// Frames that an allocation can have without evicting.
    [[nodiscard]] std::uint32_t free_frames();
    /// Keeps frames that became free for those that wait for one.
    void grant_frames() { frame_waiters_.grant(unused_frames()); }
    /// The frame of zeros that untouched private memory is mapped to; nothing when there is no frame for it.
    [[nodiscard]] std::optional<FrameNumber> zero_frame();
    [[nodiscard]] bool is_zero_frame_made() const { return zero_frame_.has_value(); }
    [[nodiscard]] bool is_zero_frame(FrameNumber frame) const { return zero_frame_ == frame; }
    /// What the objects and their pages take in the kernel's own memory.
    [[nodiscard]] std::size_t metadata_bytes() const;

    /// The page in a frame, or nothing.
    [[nodiscard]] Page* page_of(FrameNumber frame) const {
        return frame.value < pages_.size() ? pages_[frame.value] : nullptr;
    }
    /// The page in a frame was referenced, where every reference is traced.
    void note_access(FrameNumber frame, Access access);
    /// For Page alone: it begins and ends its life with a policy.
    void adopt_page(Page& page);
    void release_page(Page& page);
    /// Each wire needs an unwire. A wired page stays in memory and counts against no limit.
    void wire(Page& page);
    void unwire(Page& page);
    /// From its policy to the modified or standby list, by its cleanliness. Requires: Active, mapped nowhere.
    void deactivate(Page& page);
    /// Off whatever tracks it, into a transfer.
    void make_busy(Page& page);
    /// Busy until now, to its policy or to the standby list.
    void put_to_use(Page& page);
    void put_on_standby(Page& page);
    /// A page became clean where it is: on the modified list it is out of place then.
    void note_clean(Page& page);
    /// Back to its policy from the modified or standby list; says whether it was there.
    bool reactivate(Page& page);
    /// A page in memory that has a swap slot as well, which it could do without; nothing when there is none.
    [[nodiscard]] Page* find_swap_cached() const;
    /// Slots for pages that leave together, as many as lie side by side: free ones, or one that a page in memory gives up.
    [[nodiscard]] std::optional<SwapDevice::Run> allocate_swap_slots(std::uint32_t wanted);
    [[nodiscard]] const FrameList& modified() const { return modified_; }
    [[nodiscard]] const FrameList& standby() const { return standby_; }

    /// A number for the next VmObject; in order of creation.
    [[nodiscard]] std::uint32_t take_object_id() { return next_object_id_++; }

private:
    friend struct Sabotage;  // of tests/cpp/wrong_kernels
    [[nodiscard]] std::unique_ptr<ReplacementPolicy> make_policy() const;
    void make_zones();
    [[nodiscard]] std::uint32_t listed_in(const FrameList& list, std::size_t zone) const;
    [[nodiscard]] ReplacementDomains::Number shared_domain_of(FrameNumber frame) const {
        return static_cast<ReplacementDomains::Number>(machine_.frames().zone_of(frame));
    }
    /// Whom a page that comes into this frame now is charged to.
    [[nodiscard]] ReplacementDomains::Number domain_for(FrameNumber frame) const;
    /// Requires of both: free_frames() is not 0.
    [[nodiscard]] FrameNumber take_frame(FrameUse use);
    [[nodiscard]] FrameNumber take_zeroed_frame(FrameUse use);
    void note_allocated(FrameNumber frame);
    /// Free, kept or not, as far as the limit allows.
    [[nodiscard]] std::uint32_t unused_frames();
    void enter_policy(Page& page);
    /// Takes the page off whatever tracks it.
    void leave_state(Page& page);

    Machine& machine_;
    Tracer& tracer_;
    VmConfig config_;
    SwapDevice swap_;
    Disk file_disk_;
    VmCounters counters_;
    TlbCounters tlb_counted_;
    std::array<WorkDone, WORKERS> work_{};
    Current current_;
    std::uint64_t charged_ = 0;
    ObjectList objects_;
    ReplacementDomains domains_;
    std::vector<std::uint64_t> evicted_from_;  ///< by zone
    std::vector<Page*> pages_;                 ///< by frame
    FrameList modified_;                       ///< oldest first
    FrameList standby_;
    PageDaemon daemon_;
    ModifiedPageWriter modified_page_writer_;
    ZeroPageThread zero_page_thread_;
    BalanceSetManager balance_set_manager_;
    Swapper swapper_;
    CommitAccount commit_;
    Transfers transfers_;
    FrameWaiters frame_waiters_;
    std::optional<FrameNumber> zero_frame_;
    std::uint32_t page_frames_ = 0;
    std::uint32_t wired_pages_ = 0;
    std::uint32_t next_object_id_ = 1;
};

}  // namespace vmlab
