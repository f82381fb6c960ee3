// SPDX-License-Identifier: GPL-2.0-only
// RecordLocks: who has locked which bytes of a file, against whom else asks; reading and writing take no notice.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kernel/files/wait_channel.hpp"

namespace vmlab {

/// Elsewhere: advisory locks, struct file_lock (Linux), lockf entries (BSD).
/// Owner: the file. Invariant: the locks of one owner do not overlap, and those of two only where both are shared.
class RecordLocks {
public:
    static constexpr std::uint64_t LAST_BYTE = ~std::uint64_t{0} >> 1;
    enum class Kind : std::uint8_t { Shared, Exclusive };
    struct Lock {
        const void* owner = nullptr;  ///< a process's descriptors, or an open file; never looked into
        std::uint32_t pid = 0;
        Kind kind = Kind::Shared;
        std::uint64_t first = 0;
        std::uint64_t last = LAST_BYTE;
    };

    /// The first lock of another owner that stands in the way of this one.
    [[nodiscard]] std::optional<Lock> find_conflict(const Lock& wanted) const;
    /// The first lock of the same owner on any of these bytes.
    [[nodiscard]] std::optional<Lock> find_own(const Lock& asked) const;
    /// Whether the owner has just this one.
    [[nodiscard]] bool holds(const Lock& lock) const;
    /// Puts it in the place of what its owner had there; whoever waits for that to go is woken on this channel.
    /// Requires: nothing stands in its way; the waker outlives the locks.
    void add(const Lock& lock, const FileWaker& wake, const WaitChannel& channel);
    /// Takes the owner's locks off these bytes.
    void remove(const void* owner, std::uint64_t first = 0, std::uint64_t last = LAST_BYTE);

private:
    std::vector<Lock> locks_;  ///< in the order of their first bytes
    const FileWaker* wake_ = nullptr;
    WaitChannel channel_;
};

}  // namespace vmlab
