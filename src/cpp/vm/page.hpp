// SPDX-License-Identifier: GPL-2.0-only
// Page: one page of a VmObject that is in memory, and the frame that it owns.
#pragma once

#include <cstdint>
#include <utility>

#include "base/address.hpp"
#include "base/panic.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

class VmObject;

/// Whether the page differs from what its swap slot or file would bring, as far as the kernel knows; D bits add to it.
enum class Cleanliness : std::uint8_t {
    Clean,
    Dirty,
    Freed,  ///< its content may go with its frame, as if it had never been written: MADV_FREE
};

/// Where a page in memory stands. Frames without a page are free or zeroed.
enum class PageState : std::uint8_t {
    Active,    ///< a replacement policy tracks it
    Modified,  ///< taken from its users, waits to be written
    Standby,   ///< taken from its users and clean: its frame is as good as free, a touch brings it back
    Wired,     ///< must stay
    Device,    ///< a device's frame: it stays, counts against no limit and is the device's when the page is gone
    Busy,      ///< on its way in, or out for good: what touches it waits
};

/// Whether a transfer carries the page's bytes, and which way.
enum class Transit : std::uint8_t { None, In, Out };

/// Elsewhere: vm_page (BSD), pframe (weenix), struct page (Linux), PFN database entry (Windows).
/// Owner: its slot in one VmObject. Holds: its frame, which goes back when the page dies.
/// Invariants: object and index name the slot that holds this page; it is Wired while its wire count is not 0, unless it is
/// a device's; it is in transit exactly while one transfer lists it, and always while it is Busy.
class Page {
public:
    /// In a policy's care, or Busy until a transfer has brought its bytes.
    Page(VmObject& object, PageIndex index, FrameNumber frame, PageState state);
    Page(const Page&) = delete;
    Page& operator=(const Page&) = delete;
    ~Page();

    [[nodiscard]] FrameNumber frame() const { return frame_; }
    [[nodiscard]] VmObject& object() const { return *object_; }
    [[nodiscard]] PageIndex index() const { return index_; }
    [[nodiscard]] PageIdentity identity() const;

    [[nodiscard]] Cleanliness cleanliness() const { return cleanliness_; }
    [[nodiscard]] bool dirty() const { return cleanliness_ == Cleanliness::Dirty; }
    /// Its swap slot, if it has one, is out of date then and goes back.
    void mark_dirty();
    /// Its content has been written to where it came from.
    void mark_clean() { cleanliness_ = Cleanliness::Clean; }
    /// Requires: no swap slot holds its content.
    void mark_freed() { cleanliness_ = Cleanliness::Freed; }

    [[nodiscard]] PageState state() const { return state_; }
    [[nodiscard]] bool wired() const { return wire_count_ > 0; }
    [[nodiscard]] std::uint32_t wire_count() const { return wire_count_; }
    /// The number of the ReplacementDomain that it is charged to.
    [[nodiscard]] std::uint16_t domain() const { return domain_; }
    [[nodiscard]] Transit transit() const { return transit_; }
    [[nodiscard]] bool pinned() const { return pins_ > 0; }
    /// Whether it must stay where it is for now.
    [[nodiscard]] bool busy() const { return pinned() || transit_ != Transit::None; }

private:
    friend class VirtualMemory;  // state, wire count and domain change together with queues and counts there
    friend class VmObject;       // moves it to another slot
    friend class Transfers;      // in transit means: in a transfer
    friend class PinnedPage;
    friend struct Sabotage;  // of tests/cpp/wrong_kernels

    VmObject* object_;
    PageIndex index_;
    FrameNumber frame_;
    std::uint16_t wire_count_ = 0;
    std::uint16_t domain_ = 0;
    std::uint8_t pins_ = 0;
    Transit transit_ = Transit::None;
    PageState state_ = PageState::Active;
    Cleanliness cleanliness_ = Cleanliness::Clean;
};

/// Keeps a page in memory while its holder works with it. Move-only.
class PinnedPage {
public:
    PinnedPage() = default;
    explicit PinnedPage(Page& page) : page_(&page) { ++page.pins_; }
    PinnedPage(PinnedPage&& other) noexcept : page_(std::exchange(other.page_, nullptr)) {}
    PinnedPage& operator=(PinnedPage&& other) noexcept {
        std::swap(page_, other.page_);
        return *this;
    }
    ~PinnedPage() {
        if (page_ != nullptr) {
            --page_->pins_;
        }
    }
    [[nodiscard]] Page* get() const { return page_; }
    Page& operator*() const { return *page_; }
    Page* operator->() const { return page_; }
    explicit operator bool() const { return page_ != nullptr; }

private:
    Page* page_ = nullptr;
};

}  // namespace vmlab
