// SPDX-License-Identifier: GPL-2.0-only
// Page-directory and page-table entries of the i386, bit for bit (Intel SDM vol. 3, 4.3), and the #PF error code (4.7).
#pragma once

#include <cstdint>

#include "base/address.hpp"

namespace vmlab {

/// Bits that directory and table entries share; PAGE_SIZE_BIT means a 4 MB page in a directory entry only.
struct PteBits {
    static constexpr std::uint32_t PRESENT = 0x001;
    static constexpr std::uint32_t WRITABLE = 0x002;
    static constexpr std::uint32_t USER = 0x004;
    static constexpr std::uint32_t ACCESSED = 0x020;
    static constexpr std::uint32_t DIRTY = 0x040;
    static constexpr std::uint32_t LARGE = 0x080;
    static constexpr std::uint32_t GLOBAL = 0x100;
    static constexpr std::uint32_t AVAILABLE = 0xE00;  ///< three bits the processor leaves to the system
    static constexpr std::uint32_t FRAME = 0xFFFFF000;
    static constexpr std::uint32_t LARGE_FRAME = 0xFFC00000;
};

/// One entry, a value: changing it changes no memory.
struct Pte {
    std::uint32_t bits = 0;

    constexpr Pte() = default;
    constexpr explicit Pte(std::uint32_t b) : bits(b) {}
    constexpr Pte(FrameNumber frame, std::uint32_t flags) : bits(frame.address().value | flags) {}
    constexpr bool operator==(const Pte&) const = default;

    [[nodiscard]] constexpr bool present() const { return (bits & PteBits::PRESENT) != 0; }
    [[nodiscard]] constexpr bool writable() const { return (bits & PteBits::WRITABLE) != 0; }
    [[nodiscard]] constexpr bool user() const { return (bits & PteBits::USER) != 0; }
    [[nodiscard]] constexpr bool accessed() const { return (bits & PteBits::ACCESSED) != 0; }
    [[nodiscard]] constexpr bool dirty() const { return (bits & PteBits::DIRTY) != 0; }
    [[nodiscard]] constexpr bool large() const { return (bits & PteBits::LARGE) != 0; }
    [[nodiscard]] constexpr std::uint32_t available() const { return bits & PteBits::AVAILABLE; }
    [[nodiscard]] constexpr FrameNumber frame() const { return frame_of(PhysAddr(bits & PteBits::FRAME)); }
    [[nodiscard]] constexpr Pte with(std::uint32_t flags) const { return Pte(bits | flags); }
    [[nodiscard]] constexpr Pte without(std::uint32_t flags) const { return Pte(bits & ~flags); }
};

/// The error code that the processor pushes for a page fault.
struct PageFaultError {
    static constexpr std::uint32_t PROTECTION = 1;  ///< P: 0 the page was not present, 1 the rights forbade it
    static constexpr std::uint32_t WRITE = 2;       ///< W/R
    static constexpr std::uint32_t USER = 4;        ///< U/S
};

/// Indices of a linear address: 10 bits of directory, 10 of table, 12 of offset.
[[nodiscard]] constexpr std::uint32_t directory_index(VirtAddr va) { return va.value >> 22; }
[[nodiscard]] constexpr std::uint32_t table_index(VirtAddr va) { return (va.value >> PAGE_SHIFT) & 0x3FF; }

inline constexpr std::uint32_t ENTRIES_PER_TABLE = 1024;

}  // namespace vmlab
