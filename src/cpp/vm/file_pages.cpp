// SPDX-License-Identifier: GPL-2.0-only
#include "vm/file_pages.hpp"

#include <algorithm>
#include <cstring>

#include "vm/virtual_memory.hpp"

namespace vmlab {

namespace {

PageIndex index_at(std::uint64_t number) { return PageIndex(static_cast<std::uint32_t>(number)); }

/// Requires: they lie in one page.
bool clear_in_page(VmObject& file, std::uint64_t start, std::uint64_t end) {
    const PageIndex index = index_at(start >> PAGE_SHIFT);
    if (start == end || !file.has_page(index)) {
        return true;
    }
    const auto obtained = file.obtain_page(index);
    if (obtained.page == nullptr) {
        return false;
    }
    const auto content = file.vm().memory().writable_frame(obtained.page->frame());
    std::memset(content.data() + start % PAGE_SIZE, 0, end - start);
    obtained.page->mark_dirty();
    return true;
}

bool is_mapped(const VmObject& object, const Page& page) {
    bool mapped = false;
    object.for_each_entry(page, [&mapped](Pmap&, VirtAddr, Pte) { mapped = true; });
    return mapped;
}

}  // namespace

void bring_in(VmObject& file, PageSpan pages) {
    const std::uint64_t end = std::min<std::uint64_t>(pages.end, file.size_pages());
    for (std::uint64_t at = pages.first; at < end; ++at) {
        if (!file.has_page(index_at(at))) {
            continue;
        }
        const auto obtained = file.obtain_page(index_at(at), IoMode::Start);
        const bool on_its_way = obtained.result == FaultResult::Blocked && obtained.transfer != 0;
        if (obtained.page == nullptr && !on_its_way) {
            break;
        }
    }
}

void drop_clean(VmObject& file, PageSpan pages) {
    const std::uint64_t end = std::min<std::uint64_t>(pages.end, file.size_pages());
    if (pages.first >= end) {
        return;
    }
    file.slots().for_each(index_at(pages.first), end, [&file](PageIndex index, const Page* page, SwapSlot) {
        const bool idle = page != nullptr && !page->dirty() && !page->wired() && !page->busy();
        if (idle && !is_mapped(file, *page)) {
            file.evict_page(index);
        }
    });
}

bool clear_bytes(VmObject& file, std::uint64_t start, std::uint64_t end) {
    end = std::min(end, file.bytes());
    if (start >= end) {
        return true;
    }
    const std::uint64_t first_whole = (start + PAGE_SIZE - 1) >> PAGE_SHIFT, end_whole = end >> PAGE_SHIFT;
    if (first_whole > end_whole) {
        return clear_in_page(file, start, end);
    }
    const bool whole = first_whole == end_whole ||
                       file.clear_pages(index_at(first_whole), static_cast<std::uint32_t>(end_whole - first_whole));
    return clear_in_page(file, start, first_whole << PAGE_SHIFT) && whole &&
           clear_in_page(file, end_whole << PAGE_SHIFT, end);
}

}  // namespace vmlab
