// SPDX-License-Identifier: GPL-2.0-only
// FramePool: which page frames of RAM are in use, and for what.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/address.hpp"
#include "machine/frame_zone.hpp"
#include "machine/pte.hpp"

namespace vmlab {

/// What a frame is used for; shown by lab.frames. Free and Zeroed are for nothing; the bytes of a Zeroed one are zeros.
enum class FrameUse : std::uint8_t {
    Free,
    Descriptors,
    Stub,
    KernelStack,
    PageTable,
    Page,
    Handler,
    ZeroPage,
    Device,
    Zeroed
};

[[nodiscard]] inline bool is_free(FrameUse use) { return use == FrameUse::Free || use == FrameUse::Zeroed; }

/// What is known of the bytes of a frame that was handed out.
enum class FrameContent : std::uint8_t { Unspecified, Zeros };

/// Told of each frame that is taken or freed, and of the user entries that name frames, as they change.
/// Elsewhere: what keeps struct PageInfo (JOS) or struct page (Linux) true.
class FrameListener {
public:
    virtual ~FrameListener() = default;
    virtual void frame_taken(FrameNumber frame) = 0;
    virtual void frame_freed(FrameNumber frame) = 0;
    virtual void entry_changed(Pte old, Pte updated) = 0;
};

/// Hands out frames, of each zone the lowest first at the start, the last freed first after that. Without a wish it takes
/// them from the highest zone that has more than its reserve, then from any.
/// Elsewhere: physical page allocator, kalloc, page_alloc and its zonelist (Linux).
/// Owner: the Machine.
/// Invariants: used() is the number of frames that are not free; a free frame is handed out once.
class FramePool {
public:
    explicit FramePool(std::uint32_t frame_count);

    /// Makes the frames below `boundary` the zone DMA and those above Normal; one zone when RAM ends below it.
    /// Requires: no frame above it was handed out.
    void split_zones(FrameNumber boundary);
    /// The lowest first.
    [[nodiscard]] const std::vector<FrameZone>& zones() const { return zones_; }
    [[nodiscard]] std::size_t zone_of(FrameNumber frame) const;
    void set_reserve(std::size_t zone, std::uint32_t frames) { zones_.at(zone).set_reserve(frames); }

    /// A frame whose old content is unspecified, or nothing when RAM is exhausted. Zeroed ones go last.
    [[nodiscard]] std::optional<FrameNumber> allocate(FrameUse use);
    struct Filled {
        FrameNumber frame;
        FrameContent content;
    };
    /// A frame for a page of zeros: a zeroed one where the zone has one.
    [[nodiscard]] std::optional<Filled> allocate_for_zeros(FrameUse use);
    /// Has a free frame that is not zeroed filled with zeros by `clear`; false when there is none.
    [[nodiscard]] bool zero_ahead(const std::function<void(FrameNumber)>& clear);
    [[nodiscard]] std::uint32_t zeroed() const;
    /// The free frames that are not zeroed, zone by zone from the highest, each in the order in which they are handed out.
    [[nodiscard]] std::vector<FrameNumber> free_frames() const;
    /// The first of so many neighbours of the lowest zone, which were never handed out; they go back one by one. Nothing
    /// where there are none.
    [[nodiscard]] std::optional<FrameNumber> allocate_neighbours(FrameUse use, std::uint32_t count);
    /// Requires: the frame is in use.
    void free(FrameNumber frame);

    [[nodiscard]] FrameUse use(FrameNumber frame) const { return uses_.at(frame.value); }
    void set_use(FrameNumber frame, FrameUse use);
    [[nodiscard]] std::uint32_t total() const { return static_cast<std::uint32_t>(uses_.size()); }
    [[nodiscard]] std::uint32_t used() const { return used_; }
    [[nodiscard]] std::uint32_t available() const { return total() - used_; }

    /// Null: nobody listens. Not owned.
    void set_listener(FrameListener* listener) { listener_ = listener; }
    [[nodiscard]] FrameListener* listener() const { return listener_; }

private:
    /// The zone that the next frame comes from; nothing when none has one.
    [[nodiscard]] FrameZone* choose_zone();
    FrameNumber hand_out(FrameNumber frame, FrameUse use);

    std::vector<FrameUse> uses_;
    std::vector<FrameZone> zones_;
    std::uint32_t used_ = 0;
    FrameListener* listener_ = nullptr;
};

}  // namespace vmlab
