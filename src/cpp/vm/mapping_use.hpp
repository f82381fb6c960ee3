// SPDX-License-Identifier: GPL-2.0-only
// MappingUse: what of a mapping is in memory and in swap, whose it is and in what state; as /proc/PID/smaps counts it.
#pragma once

#include <cstdint>
#include <string>

#include "vm/address_space.hpp"

namespace vmlab {

/// Bytes of pages that several share, divided among them; kept in 1/4096 of a byte, as Linux does.
class ProportionalBytes {
public:
    /// One page's share when so many have it.
    void add_page(std::uint32_t sharers) { parts_ += (std::uint64_t{PAGE_SIZE} << FRACTION_BITS) / sharers; }
    [[nodiscard]] std::uint64_t bytes() const { return parts_ >> FRACTION_BITS; }
    ProportionalBytes& operator+=(const ProportionalBytes& other) {
        parts_ += other.parts_;
        return *this;
    }

private:
    static constexpr unsigned FRACTION_BITS = 12;
    std::uint64_t parts_ = 0;
};

/// Counts are bytes. The frame of zeros is nobody's page and counts nowhere, as on Linux.
struct MappingUse {
    std::uint64_t size = 0;
    std::uint64_t rss = 0;  ///< with a present page-table entry
    ProportionalBytes pss;  ///< each page divided by the number of entries that map it
    ProportionalBytes pss_dirty;
    std::uint64_t shared_clean =
        0;  ///< shared: more than one entry maps the page; dirty: the kernel or a D bit says so
    std::uint64_t shared_dirty = 0;
    std::uint64_t private_clean = 0;
    std::uint64_t private_dirty = 0;
    std::uint64_t referenced = 0;  ///< the A bit is set
    std::uint64_t anonymous = 0;   ///< private pages of no file
    std::uint64_t swap = 0;        ///< without an entry, and a swap slot has the content
    ProportionalBytes swap_pss;
    ProportionalBytes locked;

    MappingUse& operator+=(const MappingUse& other);
};

/// Found by the page tables and, for how many share a page, by the reverse map.
/// Requires: the mapping is one of the space's.
[[nodiscard]] MappingUse measure(const AddressSpace& space, const Mapping& mapping);
/// The two-letter names that smaps gives to what a mapping may do: "rd wr mr mw me".
[[nodiscard]] std::string flag_names(const Mapping& mapping);

}  // namespace vmlab
