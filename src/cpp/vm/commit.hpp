// SPDX-License-Identifier: GPL-2.0-only
// CommitAccount: how much memory has been promised to programs, and whether more may be.
#pragma once

#include <cstdint>

namespace vmlab {

class VirtualMemory;

/// Whether memory counts as promised: a mapping's pages, or all of a shared object.
enum class Commitment : std::uint8_t {
    None,         ///< it needs none of its own: what it shows is a file's, another's, or may not be written
    Charged,      ///< and it stays so: who takes the right to write away may give it back
    NotReserved,  ///< it asked not to be counted: MAP_NORESERVE
};

/// How memory is asked for: a stack in steps, as it grows, also where the first are taken together.
enum class Asking : std::uint8_t { AtOnce, InSteps };

/// Private memory is promised once it may be written, a page of the mapping each; shared anonymous memory when it is made,
/// a page of the object each, however many map it. Which promises are refused is the profile's `overcommit`.
/// Elsewhere: vm_committed_as and __vm_enough_memory (Linux), commit charge (Windows), swap_reserved (FreeBSD).
/// Owner: the VirtualMemory.
/// Invariant: committed() is the number of pages of private mappings and shared objects that are Charged.
class CommitAccount {
public:
    explicit CommitAccount(VirtualMemory& vm) : vm_(vm) {}

    [[nodiscard]] std::uint64_t committed() const { return committed_; }
    /// What may be promised in all where nothing is overcommitted: swap, and the profile's part of memory.
    [[nodiscard]] std::uint64_t limit() const;
    /// Whether so many pages more may be promised; when not, the log says so.
    [[nodiscard]] bool allows(std::uint64_t pages, Asking asking = Asking::AtOnce);
    void charge(std::uint64_t pages) { committed_ += pages; }
    /// Requires: they were charged.
    void uncharge(std::uint64_t pages);

private:
    VirtualMemory& vm_;
    std::uint64_t committed_ = 0;
};

}  // namespace vmlab
