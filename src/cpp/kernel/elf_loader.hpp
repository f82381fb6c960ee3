// SPDX-License-Identifier: GPL-2.0-only
// ElfImage: a checked 32-bit i386 executable or shared object, and where its segments go.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/result.hpp"
#include "kernel/start_failure.hpp"
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

/// A file's bytes, read where they are wanted, so that no large file is read as a whole.
struct ElfSource {
    std::uint64_t size = 0;
    std::function<void(std::uint64_t offset, std::span<std::byte> to)> read;  ///< of bytes that the file has

    /// Requires: the bytes outlive it.
    [[nodiscard]] static ElfSource of(std::string_view bytes);
    /// As they are now, without bringing pages in. Requires: the object outlives it.
    [[nodiscard]] static ElfSource of(const VmObject& object);
};

/// Whether an image has its place, or lies where the kernel puts it.
enum class ElfPlacement : std::uint8_t { Fixed, Anywhere };

/// Whether a segment's bytes lie in their pages of the file as in those of memory, so that the file's pages can be mapped.
enum class ElfPages : std::uint8_t { OfFile, Copied };

struct ElfImage {
    ElfPlacement placement = ElfPlacement::Fixed;
    VirtAddr entry;
    std::vector<ElfSegment> segments;  ///< as the file has them: where two share a page, it is the later one's
    VirtAddr program_headers;          ///< where they are in memory; 0 when no segment holds them
    std::uint16_t program_header_count = 0;
    std::string interpreter;                 ///< the path in PT_INTERP; "" for none
    Wiring stack_wiring = Wiring::Pageable;  ///< of PT_GNU_STACK's p_flags
    std::uint32_t alignment = PAGE_SIZE;     ///< the largest p_align that is a power of two
    std::uint64_t end = 0;                   ///< one past the last byte of any segment

    /// Checks everything a loader relies on, against the first address that belongs to the kernel.
    /// Fails: BadProgram (no ELF, 64-bit, another machine, without program headers), CutShort, Unloadable.
    [[nodiscard]] static Result<ElfImage, StartFailure> parse(const ElfSource& file, VirtAddr user_end,
                                                              ElfPages pages = ElfPages::OfFile);

    /// The page where its first byte lies.
    [[nodiscard]] VirtAddr start() const;
    /// The same image, moved so that it begins at a page. Requires: it ends below 4 GiB there.
    [[nodiscard]] ElfImage moved_to(VirtAddr page) const;
};

}  // namespace vmlab
