// SPDX-License-Identifier: GPL-2.0-only
// ReplacementPolicy: chooses which page leaves memory; the same class in the live kernel and in a simulation.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "base/address.hpp"
#include "trace/vocabulary.hpp"

namespace vmlab {

/// Names a page whether it is in memory or not: the VmObject's number and the index in it. In a simulation the index is the
/// page number's lower half and the object its upper one, so mostly 0.
struct PageIdentity {
    std::uint32_t object = 0;
    PageIndex index;
    auto operator<=>(const PageIdentity&) const = default;
};

/// What a policy may ask of the frames that were inserted and not evicted. It sees no PTE, process or file.
class Candidates {
public:
    virtual ~Candidates() = default;
    /// Whether the page may leave now; a page that is busy on its way in or out may not.
    [[nodiscard]] virtual bool may_evict(FrameNumber frame) const = 0;
    /// Whether any PTE that maps the frame has its A bit set.
    [[nodiscard]] virtual bool is_accessed(FrameNumber frame) const = 0;
    /// The same, and clears the A bits, so that the next answer tells of accesses from here on.
    [[nodiscard]] virtual bool test_and_clear_accessed(FrameNumber frame) = 0;
    /// Whether evicting the page would need a write: a D bit is set, or the kernel knows that it is dirty.
    [[nodiscard]] virtual bool is_modified(FrameNumber frame) const = 0;
    /// Simulated time in instructions; in a simulation the number of references so far, the one that wants a page included.
    [[nodiscard]] virtual std::uint64_t now() const = 0;
};

/// When a policy that looks at all pages at intervals does so.
enum class SweepAt : std::uint8_t {
    Selection,  ///< each time that a victim is wanted
    Tick,       ///< at on_tick
};

/// Elsewhere: page replacement algorithm, eviction policy (pagereplacement in the course texts).
/// Owner: a ReplacementDomain of the VirtualMemory, or a simulation.
/// Invariants: the frames it tracks are those inserted and not yet evicted; wired pages are never inserted.
class ReplacementPolicy {
public:
    virtual ~ReplacementPolicy() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// A page came into memory in this frame.
    virtual void on_insert(FrameNumber frame, PageIdentity page) = 0;
    /// A page was referenced. In a live kernel called only with trace_accesses; a simulation always calls it.
    virtual void on_access(FrameNumber, Access) {}
    /// A fixed time has passed, of what Candidates::now() counts. Whoever owns the policy calls it, if ticks are wanted.
    virtual void on_tick(Candidates&) {}
    /// The page that should leave next; nothing when none may. It stays tracked until on_evict.
    [[nodiscard]] virtual std::optional<FrameNumber> select_victim(Candidates& candidates) = 0;
    /// The frame no longer holds its page: it was evicted, wired, or its memory was given back.
    virtual void on_evict(FrameNumber frame) = 0;
};

/// A policy chose what it must not: a mistake of the policy's author.
class PolicyError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace vmlab
