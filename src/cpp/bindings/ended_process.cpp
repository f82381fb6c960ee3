// SPDX-License-Identifier: GPL-2.0-only
#include "bindings/ended_process.hpp"

#include <algorithm>
#include <cstring>

namespace vmlab {

namespace {

Pte read_entry(const PhysicalMemory& memory, FrameNumber table, std::uint32_t index) {
    return Pte(memory.read32(table.address() + index * 4));
}

/// Large processes have most frames of a stretch, others a few here and there.
PhysicalMemory::Density density_of(const AddressSpace& space) {
    constexpr std::uint32_t MANY_PAGES = 4096;
    return space.pmap().resident_pages() < MANY_PAGES ? PhysicalMemory::Density::Sparse
                                                      : PhysicalMemory::Density::Dense;
}

}  // namespace

std::vector<MappingRecord> record_mappings(AddressSpace& space) {
    std::vector<MappingRecord> records;
    for (const auto& [start, mapping] : space.mappings()) {
        MappingRecord record{.start = start.value,
                             .end = mapping.range.end,
                             .protection = mapping.protection.bits,
                             .sharing = mapping.sharing,
                             .kind = static_cast<std::uint32_t>(mapping.kind),
                             .name = mapping.name,
                             .object_id = mapping.object->id(),
                             .offset = std::uint64_t{mapping.offset.value} << PAGE_SHIFT};
        space.pmap().for_each_present(mapping.range, [&](VirtAddr, Pte) { ++record.resident_pages; });
        records.push_back(std::move(record));
    }
    return records;
}

std::vector<MappingUseRecord> record_uses(const AddressSpace& space) {
    std::vector<MappingUseRecord> records;
    for (const auto& [start, mapping] : space.mappings()) {
        records.push_back({measure(space, mapping), flag_names(mapping)});
    }
    return records;
}

MappingUseRecord sum_of_uses(const std::vector<MappingUseRecord>& uses) {
    MappingUseRecord sum;
    for (const MappingUseRecord& one : uses) {
        sum.use += one.use;
    }
    return sum;
}

std::vector<EntryRecord> record_entries(const PhysicalMemory& memory, PhysAddr root, LargePages large_pages,
                                        VirtAddr user_end) {
    std::vector<EntryRecord> records;
    const FrameNumber directory = frame_of(root);
    for (std::uint32_t high = 0; high < directory_index(user_end); ++high) {
        const Pte pde = read_entry(memory, directory, high);
        if (!pde.present()) {
            continue;
        }
        if (pde.large() && large_pages == LargePages::Enabled) {
            records.push_back({high << 22, pde.bits, pde.bits});
            continue;
        }
        for (std::uint32_t low = 0; low < ENTRIES_PER_TABLE; ++low) {
            const Pte pte = read_entry(memory, pde.frame(), low);
            if (pte.present()) {
                records.push_back({(high << 22) | (low << PAGE_SHIFT), pde.bits, pte.bits});
            }
        }
    }
    return records;
}

EndedProcess::EndedProcess(AddressSpace& space, const Registers& registers, const TrapFrame& trap_frame,
                           FrameCopyist& copyist)
    : mappings_(record_mappings(space)),
      uses_(record_uses(space)),
      objects_(record_objects(space)),
      registers_(registers),
      trap_frame_(trap_frame),
      usage_(space.usage()),
      frames_(copyist, density_of(space)),
      root_(space.pmap().root()),
      large_pages_(space.vm().machine().mmu().large_pages()),
      user_end_(space.layout().end) {
    frames_.want(frame_of(root_));
    for (const EntryRecord& entry : record_entries(space.vm().memory(), root_, large_pages_, user_end_)) {
        frames_.want(Pte(entry.pde).frame());
        frames_.want(Pte(entry.pte).frame());
    }
    space.vm().machine().mmu().revoke_grants();
    keep_rest(space);
}

void EndedProcess::keep_rest(const AddressSpace& space) {
    for (const auto& [start, mapping] : space.mappings()) {
        std::uint64_t first = mapping.offset.value;
        const VmObject* object = mapping.object.get();
        const auto keep_if_hidden = [&](PageIndex index) {
            const VirtAddr va = mapping.range.start + static_cast<std::uint32_t>((index.value - first) << PAGE_SHIFT);
            if (!space.pmap().lookup(va).present() && AddressSpace::find_holder(mapping, va).first == object) {
                keep(va, *object, index);
            }
        };
        for (; object != nullptr; first += object->shadow_offset().value, object = object->shadow().get()) {
            const std::uint64_t end = first + mapping.range.pages();
            if (object->kind() == ObjectKind::Anonymous) {
                object->slots().for_each(PageIndex(static_cast<std::uint32_t>(first)), end,
                                         [&](PageIndex index, const Page*, SwapSlot) { keep_if_hidden(index); });
                continue;
            }
            for (std::uint64_t index = first; index < std::min<std::uint64_t>(end, object->size_pages()); ++index) {
                keep_if_hidden(PageIndex(static_cast<std::uint32_t>(index)));
            }
        }
    }
}

void EndedProcess::keep(VirtAddr page, const VmObject& object, PageIndex index) {
    if (kept_.size() < KEPT_PAGES) {
        object.peek(index, kept_[page]);
    } else {
        left_out_.insert(page);
    }
}

std::optional<EndedProcess::PageBytes> EndedProcess::page_at(VirtAddr page) const {
    if (const Walk found = walk(page); found.mapped()) {
        PageBytes bytes;
        std::ranges::copy(frames_.memory().frame(frame_of(found.physical)), bytes.begin());
        return bytes;
    }
    if (const auto kept = kept_.find(page); kept != kept_.end()) {
        return kept->second;
    }
    const bool mapped = std::ranges::any_of(mappings_, [page](const MappingRecord& mapping) {
        return mapping.start <= page.value && page.value < mapping.end;
    });
    return mapped && !left_out_.contains(page) ? std::optional(PageBytes{}) : std::nullopt;
}

bool EndedProcess::peek(VirtAddr va, std::span<std::byte> destination) const {
    while (!destination.empty()) {
        const auto page = page_at(va.page());
        if (!page) {
            return false;
        }
        const std::size_t size = std::min<std::size_t>(destination.size(), PAGE_SIZE - va.offset());
        std::memcpy(destination.data(), page->data() + va.offset(), size);
        destination = destination.subspan(size);
        va = va + static_cast<std::uint32_t>(size);
    }
    return true;
}

}  // namespace vmlab
