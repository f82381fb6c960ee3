// SPDX-License-Identifier: GPL-2.0-only
// What can be asked for a part of a file's pages: to be brought in ahead, to leave memory, to be zeros.
#pragma once

#include <cstdint>

#include "vm/vm_object.hpp"

namespace vmlab {

/// The pages from one up to before another, of which not all need exist.
struct PageSpan {
    std::uint64_t first = 0;
    std::uint64_t end = 0;
};

/// Starts to bring pages in, as long as there are frames for them. Elsewhere: readahead (Linux).
void bring_in(VmObject& file, PageSpan pages);

/// Those that are clean and mapped nowhere leave memory. Elsewhere: invalidate_mapping_pages (Linux).
void drop_clean(VmObject& file, PageSpan pages);

/// Makes the bytes from `start` to before `end` zeros, where they are. False when a page could not be had.
[[nodiscard]] bool clear_bytes(VmObject& file, std::uint64_t start, std::uint64_t end);

}  // namespace vmlab
