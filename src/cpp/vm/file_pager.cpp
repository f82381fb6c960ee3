// SPDX-License-Identifier: GPL-2.0-only
#include "vm/file_pager.hpp"

#include <algorithm>
#include <cstring>

#include "base/panic.hpp"

namespace vmlab {

void FilePager::store(PageIndex index, std::span<const std::byte, PAGE_SIZE> source, std::uint64_t bytes) {
    const std::uint64_t start = std::uint64_t{index.value} * PAGE_SIZE;
    require(start < bytes, "a page that is stored lies inside the file");
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(PAGE_SIZE, bytes - start));
    if (content_.size() < start + piece) {
        content_.resize(static_cast<std::size_t>(start + piece));
    }
    std::memcpy(content_.data() + start, source.data(), piece);
}

void FilePager::peek(PageIndex index, std::span<std::byte, PAGE_SIZE> destination) const {
    require(has_page(index), "peek at a page that the file has");
    const std::size_t start = std::size_t{index.value} * PAGE_SIZE;
    const std::size_t bytes = std::min<std::size_t>(PAGE_SIZE, content_.size() - start);
    std::memcpy(destination.data(), content_.data() + start, bytes);
    std::memset(destination.data() + bytes, 0, PAGE_SIZE - bytes);
}

// Growing adds nothing here: a page without content is zero.
void FilePager::resize(std::uint64_t bytes) {
    if (bytes < content_.size()) {
        content_.resize(static_cast<std::size_t>(bytes));
    }
}

}  // namespace vmlab
