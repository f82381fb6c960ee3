// SPDX-License-Identifier: GPL-2.0-only
// ElfImage: a checked 32-bit i386 executable and where its segments go.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/result.hpp"
#include "vm/mapping.hpp"

namespace vmlab {

/// One PT_LOAD program header.
struct ElfSegment {
    VirtAddr address;
    std::uint32_t memory_bytes = 0;
    std::uint32_t file_bytes = 0;
    std::uint32_t file_offset = 0;
    Protection protection;
    Wiring wiring = Wiring::Pageable;   ///< WIRED, one of p_flags' bits for the operating system
    ZeroPage zero_page = ZeroPage::On;  ///< OWN_FRAMES, another

    /// In p_flags: the pages stay in memory and count against no limit. Only vmlab.touch() sets it.
    static constexpr std::uint32_t WIRED = 0x00100000;
    /// In p_flags: a page that is read gets a frame of its own. Likewise.
    static constexpr std::uint32_t OWN_FRAMES = 0x00200000;

    [[nodiscard]] VirtRange pages() const {
        return {address.page(), page_round_up(std::uint64_t{address.value} + memory_bytes)};
    }
};

struct ElfImage {
    VirtAddr entry;
    std::vector<ElfSegment> segments;  ///< by address
    VirtAddr program_headers;          ///< where they are in memory; 0 when no segment holds them
    std::uint16_t program_header_count = 0;
    Wiring stack_wiring = Wiring::Pageable;  ///< of PT_GNU_STACK's p_flags
    std::uint64_t end = 0;                   ///< one past the last byte of any segment

    /// Checks everything a loader relies on, against the first address that belongs to the kernel.
    /// Fails with a sentence for the user: no ELF, 64-bit, another machine, truncated, dynamic, overlapping the kernel or itself.
    [[nodiscard]] static Result<ElfImage, std::string> parse(std::string_view bytes, VirtAddr user_end);
};

}  // namespace vmlab
