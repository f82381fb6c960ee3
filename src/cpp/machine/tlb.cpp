// SPDX-License-Identifier: GPL-2.0-only
#include "machine/tlb.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace vmlab {

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
    *slot = Slot{entry, ++tick_, true};
    return evicted;
}

void Tlb::invalidate(VirtAddr page, PhysAddr space) {
    ++counters_.invalidations;
    if (Slot* slot = find(page, space)) {
        slot->valid = false;
    }
}

void Tlb::flush() {
    ++counters_.flushes;
    for (Slot& slot : slots_) {
        slot.valid = false;
    }
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
