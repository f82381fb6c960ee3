// SPDX-License-Identifier: GPL-2.0-only
// Pager: where a VmObject's pages come from when they are not in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/address.hpp"

namespace vmlab {

/// Elsewhere: vm_pager (BSD), vm_operations (Linux), mmobj ops (weenix).
/// Owner: its VmObject.
class Pager {
public:
    virtual ~Pager() = default;
    /// Whether it has content for this page; a page without is zero.
    [[nodiscard]] virtual bool has_page(PageIndex index) const = 0;
    /// Fills a whole page; what lies past the end of the content is zero.
    /// Requires: has_page(index).
    virtual void page_in(PageIndex index, std::span<std::byte, PAGE_SIZE> destination) const = 0;
    /// The object's length changed: content past `bytes` is gone for good.
    virtual void resize(std::uint64_t bytes) = 0;
};

}  // namespace vmlab
