// SPDX-License-Identifier: GPL-2.0-only
// SwapDevice: page-sized slots on a disk of its own, where pages that belong to no file go.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/address.hpp"
#include "vm/disk.hpp"

namespace vmlab {

/// Number of a slot on the swap device, or none.
struct SwapSlot {
    static constexpr std::uint32_t NONE = ~0U;
    std::uint32_t value = NONE;

    constexpr SwapSlot() = default;
    constexpr explicit SwapSlot(std::uint32_t v) : value(v) {}
    [[nodiscard]] constexpr bool valid() const { return value != NONE; }
    constexpr bool operator==(const SwapSlot&) const = default;
};

/// Elsewhere: swap partition, paging file, backing store.
/// Owner: the VirtualMemory. Owns: the slots' content.
/// Invariants: a slot in use belongs to exactly one (object, index), so forked processes share it through their objects.
class SwapDevice {
public:
    SwapDevice(std::uint32_t slots, const DiskModel& model) : in_use_(slots, 0), content_(slots), disk_(model) {}

    [[nodiscard]] std::uint32_t total() const { return static_cast<std::uint32_t>(in_use_.size()); }
    [[nodiscard]] std::uint32_t used() const { return used_; }
    [[nodiscard]] bool in_use(SwapSlot slot) const { return slot.value < total() && in_use_[slot.value] != 0; }
    [[nodiscard]] Disk& disk() { return disk_; }
    [[nodiscard]] const Disk& disk() const { return disk_; }

    /// Neighbouring slots for pages that leave together.
    struct Run {
        SwapSlot first;
        std::uint32_t count = 0;
    };
    /// The next free slots after those given out last, as many as lie side by side there, `wanted` at most; nothing when all
    /// are in use.
    [[nodiscard]] std::optional<Run> allocate(std::uint32_t wanted);
    /// Requires: the slot is in use.
    void free(SwapSlot slot);

    /// The content alone; what a transfer takes and whether it fails is the disk's. Require both: the slot is in use.
    void write(SwapSlot slot, std::span<const std::byte, PAGE_SIZE> source);
    void peek(SwapSlot slot, std::span<std::byte, PAGE_SIZE> destination) const;

private:
    using Block = std::array<std::byte, PAGE_SIZE>;
    std::vector<std::uint8_t> in_use_;
    std::vector<std::unique_ptr<Block>> content_;  ///< made at the first write
    Disk disk_;
    std::uint32_t used_ = 0;
    std::uint32_t next_ = 0;
};

}  // namespace vmlab
