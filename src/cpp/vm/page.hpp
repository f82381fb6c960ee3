// SPDX-License-Identifier: GPL-2.0-only
// Page: one page of a VmObject that is in memory, and the frame that it owns.
#pragma once

#include <cstdint>

#include "base/address.hpp"

namespace vmlab {

class VirtualMemory;
class VmObject;

enum class PageState : std::uint8_t { Clean, Dirty };

/// Elsewhere: vm_page (BSD), pframe (weenix), struct page (Linux).
/// Owner: its slot in one VmObject. Holds: its frame, which goes back when the page dies.
/// Invariant: object and index name the slot that holds this page.
class Page {
public:
    Page(VirtualMemory& vm, FrameNumber frame, VmObject& object, PageIndex index)
        : vm_(vm), frame_(frame), object_(&object), index_(index) {}
    Page(const Page&) = delete;
    Page& operator=(const Page&) = delete;
    ~Page();

    [[nodiscard]] FrameNumber frame() const { return frame_; }
    [[nodiscard]] VmObject& object() const { return *object_; }
    [[nodiscard]] PageIndex index() const { return index_; }

    /// Whether the page differs from what its pager would bring, as far as the kernel knows; the D bits of PTEs add to it.
    [[nodiscard]] PageState state() const { return state_; }
    void set_state(PageState state) { state_ = state; }

private:
    VirtualMemory& vm_;
    FrameNumber frame_;
    VmObject* object_;
    PageIndex index_;
    PageState state_ = PageState::Clean;
};

}  // namespace vmlab
