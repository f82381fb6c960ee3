// SPDX-License-Identifier: GPL-2.0-only
#include "machine/tlb.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace vmlab {

namespace {

bool same_large_page(VirtAddr a, VirtAddr b) { return a.value / LARGE_PAGE_SIZE == b.value / LARGE_PAGE_SIZE; }

}  // namespace

Tlb::Tlb(const TlbConfig& config) : config_(config), set_mask_(0) {
    if (config.ways == 0 || config.entries == 0 || config.entries % config.ways != 0 ||
        !std::has_single_bit(config.entries / config.ways)) {
        throw std::invalid_argument("a TLB needs entries = ways * a power of two, e.g. entries=64, ways=4");
    }
    set_mask_ = config.entries / config.ways - 1;
    slots_.resize(config.entries);
}

std::size_t Tlb::first_slot(VirtAddr page) const {
    return std::size_t{(page.value >> PAGE_SHIFT) & set_mask_} * config_.ways;
}

Tlb::Slot* Tlb::find(VirtAddr page, PhysAddr space) {
    const std::size_t first = first_slot(page);
    for (std::size_t way = first; way < first + config_.ways; ++way) {
        Slot& slot = slots_[way];
        if (slot.valid && slot.entry.page == page && slot.entry.space == space) {
            return &slot;
        }
    }
    return nullptr;
}

const TlbEntry* Tlb::look_up(VirtAddr page, PhysAddr space) {
    Slot* slot = find(page, space);
    if (slot == nullptr) {
        ++counters_.misses;
        return nullptr;
    }
    ++counters_.hits;
    slot->last_used = ++tick_;
    return &slot->entry;
}

std::optional<TlbEntry> Tlb::insert(const TlbEntry& entry) {
    Slot* slot = find(entry.page, entry.space);
    std::optional<TlbEntry> evicted;
    if (slot == nullptr) {
        const auto first = slots_.begin() + static_cast<std::ptrdiff_t>(first_slot(entry.page));
        slot = &*std::min_element(first, first + config_.ways, [](const Slot& a, const Slot& b) {
            return (a.valid ? a.last_used : 0) < (b.valid ? b.last_used : 0);
        });
        if (slot->valid) {
            ++counters_.evictions;
            evicted = slot->entry;
        }
    }
    if (slot->valid) {
        clear(*slot);
    }
    *slot = Slot{entry, ++tick_, true};
    large_entries_ += entry.large ? 1 : 0;
    return evicted;
}

void Tlb::invalidate(VirtAddr page, PhysAddr space) {
    ++counters_.invalidations;
    drop(page, space);
}

Dropped Tlb::drop(VirtAddr page, PhysAddr space) {
    if (large_entries_ != 0) {
        return drop_where([&](const TlbEntry& entry) {
            return entry.space == space && (entry.page == page || (entry.large && same_large_page(entry.page, page)));
        });
    }
    Slot* slot = find(page, space);
    if (slot == nullptr) {
        return Dropped::Nothing;
    }
    clear(*slot);
    return Dropped::Some;
}

void Tlb::drop_space(PhysAddr space) {
    drop_where([&](const TlbEntry& entry) { return entry.space == space; });
}

template <typename Predicate>
Dropped Tlb::drop_where(const Predicate& wanted) {
    Dropped result = Dropped::Nothing;
    for (Slot& slot : slots_) {
        if (slot.valid && wanted(slot.entry)) {
            clear(slot);
            result = Dropped::Some;
        }
    }
    return result;
}

void Tlb::clear(Slot& slot) {
    slot.valid = false;
    large_entries_ -= slot.entry.large ? 1 : 0;
}

void Tlb::flush() {
    ++counters_.flushes;
    drop_where([](const TlbEntry&) { return true; });
}

std::vector<TlbEntry> Tlb::entries() const {
    std::vector<TlbEntry> result;
    for (const Slot& slot : slots_) {
        if (slot.valid) {
            result.push_back(slot.entry);
        }
    }
    return result;
}

}  // namespace vmlab
