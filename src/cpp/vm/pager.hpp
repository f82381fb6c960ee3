// SPDX-License-Identifier: GPL-2.0-only
// Pager: where a VmObject's pages come from and go to, other than swap: a file or a device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/address.hpp"
#include "vm/disk.hpp"

namespace vmlab {

/// Elsewhere: vm_pager (BSD), vm_operations (Linux), mmobj ops (weenix).
/// Owner: its VmObject.
class Pager {
public:
    virtual ~Pager() = default;
    /// Whether it has content for this page; a page without is zero.
    [[nodiscard]] virtual bool has_page(PageIndex index) const = 0;
    /// Fills a whole page; what lies past the end of the content is zero. Requires: has_page(index).
    /// The content alone: what a transfer takes, and whether it fails, is the disk's.
    virtual void peek(PageIndex index, std::span<std::byte, PAGE_SIZE> destination) const = 0;
    /// Takes a page's bytes back, those before `bytes`, the object's length, that is.
    virtual void store(PageIndex index, std::span<const std::byte, PAGE_SIZE> source, std::uint64_t bytes) = 0;
    /// The object's length changed: content past `bytes` is gone for good.
    virtual void resize(std::uint64_t bytes) = 0;
    /// The frame where the page always is, for a device's object; nothing when the device fails.
    [[nodiscard]] virtual std::optional<FrameNumber> device_frame(PageIndex) { return std::nullopt; }
    /// What carries the pages. Requires: they are not a device's.
    [[nodiscard]] virtual Disk& disk() = 0;

    /// VmObject::dirty_since, which the object keeps here: there are far more objects than pagers.
    std::optional<std::uint64_t> dirty_since;
};

}  // namespace vmlab
