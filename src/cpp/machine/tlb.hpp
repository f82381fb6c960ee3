// SPDX-License-Identifier: GPL-2.0-only
// Tlb: a modelled translation look-aside buffer that can be looked at, counted, and made to show its stale entries.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.hpp"

namespace vmlab {

/// What loading CR3 does to the entries of the old address space.
enum class TlbTagging : std::uint8_t {
    FlushOnLoad,  ///< old x86: everything goes
    Tagged,       ///< entries carry the address space (as MIPS tags them) and stay
};

/// Whether a hit may answer from an entry that no longer agrees with the tables.
enum class StaleEntries : std::uint8_t {
    Ignored,   ///< every translation walks; hits are only counted
    Honoured,  ///< a hit answers: the processor relies on the OS to say when a PTE changed
};

struct TlbConfig {
    std::uint32_t entries = 64;
    std::uint32_t ways = 4;
    TlbTagging tagging = TlbTagging::FlushOnLoad;
    StaleEntries stale = StaleEntries::Ignored;
};

struct TlbEntry {
    VirtAddr page;
    PhysAddr space;  ///< CR3 under which it was filled
    FrameNumber frame;
    bool writable = false;
    bool user = false;
    bool dirty = false;
    bool large = false;  ///< a piece of a 4 MB page; invlpg anywhere in the page drops all its pieces
};

enum class Dropped : std::uint8_t { Nothing, Some };

struct TlbCounters {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t flushes = 0;        ///< of everything
    std::uint64_t invalidations = 0;  ///< of one page, as invlpg asks
    std::uint64_t evictions = 0;

    TlbCounters& operator+=(const TlbCounters& other) {
        hits += other.hits;
        misses += other.misses;
        flushes += other.flushes;
        invalidations += other.invalidations;
        evictions += other.evictions;
        return *this;
    }
    [[nodiscard]] TlbCounters since(const TlbCounters& before) const {
        return {hits - before.hits, misses - before.misses, flushes - before.flushes,
                invalidations - before.invalidations, evictions - before.evictions};
    }
};

/// A set-associative TLB with least-recently-used replacement within a set.
/// Owner: the Mmu.
/// Invariant (checked by lab.check() under StaleEntries::Ignored): each entry agrees with a walk of its space.
class Tlb {
public:
    /// Throws std::invalid_argument unless entries is a multiple of ways and the number of sets a power of two.
    explicit Tlb(const TlbConfig& config);

    /// Counts a hit or a miss.
    [[nodiscard]] const TlbEntry* look_up(VirtAddr page, PhysAddr space);
    /// Returns the entry that had to go, if a valid one had to.
    std::optional<TlbEntry> insert(const TlbEntry& entry);
    void invalidate(VirtAddr page, PhysAddr space);
    void flush();
    /// What a fault on the page does, and the end of an address space: no counter moves.
    Dropped drop(VirtAddr page, PhysAddr space);
    void drop_space(PhysAddr space);

    [[nodiscard]] const TlbConfig& config() const { return config_; }
    [[nodiscard]] const TlbCounters& counters() const { return counters_; }
    /// The valid entries, by set and way.
    [[nodiscard]] std::vector<TlbEntry> entries() const;

private:
    struct Slot {
        TlbEntry entry;
        std::uint64_t last_used = 0;
        bool valid = false;
    };
    [[nodiscard]] Slot* find(VirtAddr page, PhysAddr space);
    [[nodiscard]] std::size_t first_slot(VirtAddr page) const;
    void clear(Slot& slot);
    template <typename Predicate>
    Dropped drop_where(const Predicate& wanted);

    TlbConfig config_;
    std::uint32_t set_mask_;
    std::vector<Slot> slots_;
    std::uint64_t tick_ = 0;
    std::uint32_t large_entries_ = 0;  ///< so that dropping a small page looks at one set only
    TlbCounters counters_;
};

}  // namespace vmlab
