// SPDX-License-Identifier: GPL-2.0-only
// Mmu: translates one access as the processor does: TLB, two-level walk, rights, accessed and dirty bits, #PF error code.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/address.hpp"
#include "machine/access.hpp"
#include "machine/page_table.hpp"
#include "machine/physical_memory.hpp"
#include "machine/tlb.hpp"

namespace vmlab {

/// CR0.WP: whether supervisor code, too, may not write a read-only page (SDM vol. 3, 4.6).
enum class WriteProtect : std::uint8_t { UserOnly, SupervisorToo };

enum class TranslateEnd : std::uint8_t {
    Ok,
    PageFault,
    BusError,  ///< a table or page lies outside RAM; the machine reports it as #MC, vector 18
};

/// The answer to one access of one page.
struct Translation {
    TranslateEnd end = TranslateEnd::Ok;
    FrameNumber frame;        ///< when Ok: the 4 KB frame, also inside a 4 MB page
    bool may_write = false;   ///< when Ok: a write at this privilege would be allowed as well
    bool dirty = false;       ///< when Ok: the leaf's D bit is set (so a write needs no further walk)
    std::uint32_t error = 0;  ///< when PageFault: P, W/R, U/S
};

/// The memory management unit.
/// Owner: the Machine.
/// Invariants: A is set in both entries and D in the leaf only by an access that succeeds; D only by a write.
class Mmu {
public:
    Mmu(PhysicalMemory& memory, const TlbConfig& tlb) : memory_(memory), tlb_(tlb) {}

    /// Translates and sets A and D.
    [[nodiscard]] Translation translate(VirtAddr va, Access access, Privilege privilege);
    /// The walk alone, without effects, under the current or another CR3.
    [[nodiscard]] Walk walk(VirtAddr va) const { return walk(va, cr3_); }
    [[nodiscard]] Walk walk(VirtAddr va, PhysAddr root) const {
        return walk_page_table(memory_, root, va, large_pages_);
    }
    /// The error code of an access that `walk` says is denied; nothing when it is allowed.
    /// Requires: the walk could read its entries. A denied access faults even where the page lies outside RAM.
    [[nodiscard]] std::optional<std::uint32_t> denial(const Walk& walk, Access access, Privilege privilege) const;

    [[nodiscard]] PhysAddr cr3() const { return cr3_; }
    /// Flushes the modelled TLB unless it is tagged. Loading the value already there flushes too, as on the processor.
    void load_cr3(PhysAddr root);
    /// Says that the PTE of `page` under `space` changed (invlpg).
    void invalidate(VirtAddr page, PhysAddr space);
    /// The same, when it allows all that it allowed: an engine asks again by itself for what it was not granted.
    void invalidate_widened(VirtAddr page, PhysAddr space) { tlb_.invalidate(page.page(), space); }
    /// The same, when the very access that faulted on `page` is retried next: the engine then refills by itself.
    void invalidate_retried(VirtAddr page, PhysAddr space) {
        tlb_.invalidate(page.page(), space);
        retry_owed_ = true;
    }
    /// Says that something else may run before an access for which invalidate_retried() was called.
    void abandon_retry() {
        if (retry_owed_) {
            outdate();
        }
    }
    /// Drops what is known of an address space whose tables are going away.
    void forget_space(PhysAddr space);
    void flush();
    /// Says that many PTEs of a space changed: flushes all when it is the current one, as reloading CR3 does.
    void flush_space(PhysAddr space);
    /// Has an engine ask again for every translation: tables may have been written in RAM past the kernel, or frames are
    /// to be kept as they are. The modelled TLB is told nothing, as the processor's is not.
    void revoke_grants() { outdate(); }

    [[nodiscard]] WriteProtect write_protect() const { return write_protect_; }
    void set_write_protect(WriteProtect mode);
    [[nodiscard]] LargePages large_pages() const { return large_pages_; }
    void set_large_pages(LargePages mode);

    /// Grows whenever all translations that an execution engine may have cached became invalid.
    [[nodiscard]] std::uint64_t generation() const { return generation_; }
    /// How many times a single page's became invalid, since the machine was made.
    [[nodiscard]] std::uint64_t outdated_pages() const { return outdated_pages_; }
    static constexpr std::size_t PAGES_REMEMBERED = 8;
    /// The page that became invalid as the `number`th. Requires: it is one of the last PAGES_REMEMBERED.
    [[nodiscard]] VirtAddr outdated_page(std::uint64_t number) const {
        return last_outdated_[number % PAGES_REMEMBERED];
    }
    [[nodiscard]] const Tlb& tlb() const { return tlb_; }

private:
    [[nodiscard]] std::optional<Translation> answer_from_tlb(VirtAddr va, Access access, Privilege privilege);
    void drop_after_fault(VirtAddr va);
    void outdate() {
        ++generation_;
        retry_owed_ = false;
    }
    void set_accessed_and_dirty(Walk& walk, Access access);

    PhysicalMemory& memory_;
    Tlb tlb_;
    PhysAddr cr3_;
    WriteProtect write_protect_ = WriteProtect::SupervisorToo;
    LargePages large_pages_ = LargePages::Enabled;
    std::uint64_t generation_ = 0;
    std::uint64_t outdated_pages_ = 0;
    std::array<VirtAddr, PAGES_REMEMBERED> last_outdated_{};
    bool retry_owed_ = false;  ///< an engine may hold a translation that only the retry replaces
};

}  // namespace vmlab
