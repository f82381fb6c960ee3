// SPDX-License-Identifier: GPL-2.0-only
// Pmap: one address space's hardware page tables; the only kernel code that writes PTEs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/address.hpp"
#include "machine/frame_pool.hpp"
#include "machine/machine.hpp"
#include "machine/pte.hpp"

namespace vmlab {

/// Rights of a user page. Execute needs no bit: classic i386 paging has no no-execute. What is the kernel's has no U: ring 3
/// may not touch it, wherever it lies.
enum class PageRights : std::uint8_t { None, ReadOnly, ReadWrite, KernelReadOnly, KernelReadWrite };

[[nodiscard]] constexpr bool is_writable(PageRights rights) {
    return rights == PageRights::ReadWrite || rights == PageRights::KernelReadWrite;
}

/// Three bits of an entry that the processor leaves to the system, as they lie in it: PteBits::AVAILABLE (SDM vol. 3, 4.3).
struct SoftwareBits {
    std::uint32_t bits = 0;
    bool operator==(const SoftwareBits&) const = default;
};

/// Whether the instruction that faulted on this page is retried next, so that the engine refills by itself.
enum class AfterEnter : std::uint8_t { RetriesFault, NoRetry };

enum class EnterResult : std::uint8_t { Entered, OutOfFrames };

/// What copied entries allow: what they allowed, or reading alone on both sides.
enum class CopyRights : std::uint8_t { Same, ReadOnly };

/// The A and D bits that a removed or inspected entry had.
struct PageUse {
    bool accessed = false;
    bool dirty = false;
};

class Pmap;

/// Answers "which (Pmap, address) may map this frame" from the objects and mappings, so that fork pays nothing per page.
/// The answer may be too wide: Pmap checks the PTE, which is the truth.
class ReverseMap {
public:
    using Visitor = std::function<void(Pmap&, VirtAddr)>;
    virtual ~ReverseMap() = default;
    virtual void for_each_candidate(FrameNumber frame, const Visitor& visit) const = 0;
};

/// The page tables of one address space: a cache that may lose any entry which is not wired.
/// Elsewhere: pmap (BSD, Mach), pgdir (xv6, JOS), pagedir (Pintos), mm->pgd.
/// Owner: its AddressSpace. Holds: the directory's frame and those of the tables.
/// Invariants: user entries lie below the kernel window; entries of the window are 4 MB supervisor pages over RAM.
class Pmap {
public:
    /// Nothing when there is no frame for the directory.
    [[nodiscard]] static std::optional<Pmap> create(Machine& machine);
    Pmap(Pmap&& other) noexcept;
    Pmap& operator=(Pmap&&) = delete;
    ~Pmap();

    [[nodiscard]] PhysAddr root() const { return directory_.address(); }
    [[nodiscard]] FrameNumber directory() const { return directory_; }
    [[nodiscard]] std::uint32_t table_count() const { return table_count_; }
    /// Present user entries, those of the frame of zeros apart, now and at most so far.
    [[nodiscard]] std::uint32_t resident_pages() const { return resident_pages_; }
    [[nodiscard]] std::uint32_t peak_resident_pages() const { return peak_resident_pages_; }

    /// Maps a page, in place of what was there. Not present to present invalidates nothing. The same frame keeps its
    /// A and D; those of another frame are lost: remove() tells them first, if they matter.
    /// Requires: va is page-aligned and below the kernel window, and not where the tables are shown; rights is not None.
    [[nodiscard]] EnterResult enter(VirtAddr va, FrameNumber frame, PageRights rights, AfterEnter after,
                                    SoftwareBits software = {});
    /// Shows all tables, the directory among them, as read-only user pages in the 4 MB from `va` on, in the order of what
    /// they map. Requires: va is a multiple of 4 MB below the kernel window, with no table.
    /// Elsewhere: UVPT (JOS), PTmap (BSD), recursive page directory.
    void show_tables(VirtAddr va);
    /// Whether the tables are shown where `va` lies.
    [[nodiscard]] bool shows_tables_at(VirtAddr va) const;
    /// Removes one entry and says what use it saw; nothing when it was not present.
    std::optional<PageUse> remove(VirtAddr va);
    using EntryVisitor = std::function<void(VirtAddr, Pte)>;
    /// Removes the present entries of a range, each shown to `removed` as it was.
    void remove_range(const VirtRange& range, const EntryVisitor& removed);
    /// Gives W to present entries, or takes it; U stays. Requires: rights is not None.
    void protect(const VirtRange& range, PageRights rights);
    /// Gives U to present entries, or takes it; W stays. Elsewhere: clearpteu (xv6).
    void set_privilege(const VirtRange& range, Privilege privilege);
    /// Copies the present entries of a range into another, empty, part of `child` for the same addresses, with A and D clear.
    /// Under CopyRights::ReadOnly both sides lose W. Whole tables at a time: this is what fork costs a page.
    /// OutOfFrames: some tables were copied, and the caller has to remove them.
    [[nodiscard]] EnterResult share_range(Pmap& child, const VirtRange& range, CopyRights rights);
    /// The PTE of a page; a non-present entry when there is no table.
    [[nodiscard]] Pte lookup(VirtAddr va) const;

    [[nodiscard]] bool is_accessed(VirtAddr va) const { return lookup(va).accessed(); }
    [[nodiscard]] bool is_dirty(VirtAddr va) const { return lookup(va).dirty(); }
    /// Clears A or D bits of a present entry; where they are clear already nothing is invalidated.
    void clear(VirtAddr va, std::uint32_t bits);

    /// Removes every mapping of a frame; the use is what all of them saw. pframe_remove_from_pts() in lecture 004.
    static PageUse remove_all(const ReverseMap& reverse_map, FrameNumber frame);

    /// The present user entries in address order.
    void for_each_present(const VirtRange& range, const EntryVisitor& visit) const;

private:
    Pmap(Machine& machine, FrameNumber directory);
    [[nodiscard]] std::optional<PhysAddr> entry_address(VirtAddr va) const;
    [[nodiscard]] std::optional<PhysAddr> ensure_entry(VirtAddr va);
    /// Allocates the table for va, content unspecified. Requires: there is none.
    [[nodiscard]] std::optional<FrameNumber> add_table(VirtAddr va);
    void change(VirtAddr va, PhysAddr entry, Pte old, Pte updated, AfterEnter after);
    /// 1 for an entry that counts as a page in memory.
    [[nodiscard]] std::uint32_t resident(Pte entry) const;
    void add_resident(std::uint32_t pages);
    template <typename Visit>
    void for_each_entry(const VirtRange& range, const Visit& visit) const;

    Machine* machine_;
    FrameNumber directory_;
    std::uint32_t table_count_ = 0;
    std::optional<std::uint32_t> shown_at_;  ///< the directory's entry that names the directory itself
    std::uint32_t resident_pages_ = 0;
    std::uint32_t peak_resident_pages_ = 0;
};

}  // namespace vmlab
