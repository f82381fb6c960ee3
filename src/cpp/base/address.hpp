// SPDX-License-Identifier: GPL-2.0-only
// Address types: virtual and physical addresses, frame numbers and page indices that cannot be mixed up.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace vmlab {

inline constexpr std::uint32_t PAGE_SHIFT = 12;
inline constexpr std::uint32_t PAGE_SIZE = 1U << PAGE_SHIFT;
inline constexpr std::uint32_t PAGE_MASK = PAGE_SIZE - 1;
inline constexpr std::uint32_t LARGE_PAGE_SIZE = 1U << 22;

/// A 32-bit number with a meaning; arithmetic wraps as the processor's does.
template <typename Tag>
struct Address {
    std::uint32_t value = 0;

    constexpr Address() = default;
    constexpr explicit Address(std::uint32_t v) : value(v) {}
    constexpr auto operator<=>(const Address&) const = default;

    [[nodiscard]] constexpr Address page() const { return Address(value & ~PAGE_MASK); }
    [[nodiscard]] constexpr std::uint32_t offset() const { return value & PAGE_MASK; }
    [[nodiscard]] constexpr bool is_aligned() const { return offset() == 0; }
    constexpr Address operator+(std::uint32_t bytes) const { return Address(value + bytes); }
    constexpr Address operator-(std::uint32_t bytes) const { return Address(value - bytes); }
    constexpr std::uint32_t operator-(Address other) const { return value - other.value; }
};

using VirtAddr = Address<struct VirtTag>;
using PhysAddr = Address<struct PhysTag>;

/// Number of a page frame: its physical address divided by PAGE_SIZE.
struct FrameNumber {
    std::uint32_t value = 0;

    constexpr FrameNumber() = default;
    constexpr explicit FrameNumber(std::uint32_t v) : value(v) {}
    constexpr auto operator<=>(const FrameNumber&) const = default;
    [[nodiscard]] constexpr PhysAddr address() const { return PhysAddr(value << PAGE_SHIFT); }
};

/// Index of a page within a VmObject: byte offset divided by PAGE_SIZE.
struct PageIndex {
    std::uint32_t value = 0;

    constexpr PageIndex() = default;
    constexpr explicit PageIndex(std::uint32_t v) : value(v) {}
    constexpr auto operator<=>(const PageIndex&) const = default;
    constexpr PageIndex operator+(std::uint32_t pages) const { return PageIndex(value + pages); }
};

[[nodiscard]] constexpr FrameNumber frame_of(PhysAddr address) { return FrameNumber(address.value >> PAGE_SHIFT); }

/// Rounds up to whole pages; 64 bits wide so that a length near 4 GiB does not wrap.
[[nodiscard]] constexpr std::uint64_t page_round_up(std::uint64_t bytes) {
    return (bytes + PAGE_MASK) & ~std::uint64_t{PAGE_MASK};
}

/// A half-open range of virtual addresses; `end` is 64 bits wide so that the last page can be named.
struct VirtRange {
    VirtAddr start;
    std::uint64_t end = 0;

    [[nodiscard]] constexpr bool contains(VirtAddr va) const { return va >= start && va.value < end; }
    [[nodiscard]] constexpr bool overlaps(const VirtRange& other) const {
        return start.value < other.end && other.start.value < end;
    }
    [[nodiscard]] constexpr std::uint64_t size() const { return end - start.value; }
    [[nodiscard]] constexpr std::uint32_t pages() const { return static_cast<std::uint32_t>(size() >> PAGE_SHIFT); }
    constexpr bool operator==(const VirtRange&) const = default;
};

}  // namespace vmlab

template <>
struct std::hash<vmlab::FrameNumber> {
    std::size_t operator()(vmlab::FrameNumber frame) const noexcept { return frame.value; }
};
