// SPDX-License-Identifier: GPL-2.0-only
#include "machine/mmu.hpp"

namespace vmlab {

namespace {

std::uint32_t error_bits(Access access, Privilege privilege) {
    return (access == Access::Write ? PageFaultError::WRITE : 0U) |
           (privilege == Privilege::User ? PageFaultError::USER : 0U);
}

bool allows(bool user, bool writable, Access access, Privilege privilege, WriteProtect write_protect) {
    if (privilege == Privilege::User) {
        return user && (access != Access::Write || writable);
    }
    return access != Access::Write || writable || write_protect == WriteProtect::UserOnly;
}

}  // namespace

std::optional<std::uint32_t> Mmu::denial(const Walk& walk, Access access, Privilege privilege) const {
    require(walk.end != WalkEnd::EntryOutsideRam, "an entry that cannot be read denies nothing");
    if (!walk.present()) {
        return error_bits(access, privilege);
    }
    if (!allows(walk.user, walk.writable, access, privilege, write_protect_)) {
        return error_bits(access, privilege) | PageFaultError::PROTECTION;
    }
    return std::nullopt;
}

Translation Mmu::translate(VirtAddr va, Access access, Privilege privilege) {
    if (const auto answer = answer_from_tlb(va, access, privilege)) {
        return *answer;
    }
    Walk walk = this->walk(va);
    if (walk.end == WalkEnd::EntryOutsideRam) {
        return {.end = TranslateEnd::BusError};
    }
    if (const auto error = denial(walk, access, privilege)) {
        drop_after_fault(va);
        return {.end = TranslateEnd::PageFault, .error = *error};
    }
    if (walk.end == WalkEnd::PageOutsideRam) {
        return {.end = TranslateEnd::BusError};
    }
    set_accessed_and_dirty(walk, access);
    const bool may_write =
        access == Access::Write || allows(walk.user, walk.writable, Access::Write, privilege, write_protect_);
    const TlbEntry entry{.page = va.page(),
                         .space = cr3_,
                         .frame = frame_of(walk.physical),
                         .writable = walk.writable,
                         .user = walk.user,
                         .dirty = walk.leaf().entry.dirty(),
                         .large = walk.large()};
    const auto evicted = tlb_.insert(entry);
    if (evicted && tlb_.config().stale == StaleEntries::Honoured) {
        outdate();  // what the modelled TLB forgot, the engine must not remember
    }
    return {.frame = entry.frame, .may_write = may_write, .dirty = entry.dirty};
}

std::optional<Translation> Mmu::answer_from_tlb(VirtAddr va, Access access, Privilege privilege) {
    const TlbEntry* entry = tlb_.look_up(va.page(), cr3_);
    if (entry == nullptr || tlb_.config().stale == StaleEntries::Ignored) {
        return std::nullopt;
    }
    if (!allows(entry->user, entry->writable, access, privilege, write_protect_)) {
        drop_after_fault(va);
        return Translation{.end = TranslateEnd::PageFault,
                           .error = error_bits(access, privilege) | PageFaultError::PROTECTION};
    }
    if (access == Access::Write && !entry->dirty) {
        return std::nullopt;  // the processor walks again to set D
    }
    const bool may_write = allows(entry->user, entry->writable, Access::Write, privilege, write_protect_);
    return Translation{.frame = entry->frame, .may_write = may_write, .dirty = entry->dirty};
}

/// A fault drops the page's entries, so that its retry walks (SDM vol. 3, 4.10.4.1). Where every translation walks
/// there is nothing to drop.
void Mmu::drop_after_fault(VirtAddr va) {
    if (tlb_.config().stale == StaleEntries::Honoured && tlb_.drop(va.page(), cr3_) == Dropped::Some) {
        outdate();
    }
}

void Mmu::set_accessed_and_dirty(Walk& walk, Access access) {
    const auto set = [this](WalkStep& step, std::uint32_t flags) {
        const Pte updated = step.entry.with(flags);
        if (updated != step.entry) {
            memory_.write32(step.address, updated.bits);
            step.entry = updated;
        }
    };
    const std::uint32_t leaf = PteBits::ACCESSED | (access == Access::Write ? PteBits::DIRTY : 0U);
    if (walk.table) {
        set(walk.directory, PteBits::ACCESSED);
        set(*walk.table, leaf);
    } else {
        set(walk.directory, leaf);
    }
}

void Mmu::load_cr3(PhysAddr root) {
    if (tlb_.config().tagging == TlbTagging::FlushOnLoad) {
        tlb_.flush();
        outdate();
    } else if (root != cr3_) {
        outdate();
    }
    cr3_ = root;
}

void Mmu::invalidate(VirtAddr page, PhysAddr space) {
    tlb_.invalidate(page.page(), space);
    if (space == cr3_) {
        last_outdated_[outdated_pages_++ % PAGES_REMEMBERED] = page.page();
    }
}

void Mmu::forget_space(PhysAddr space) {
    tlb_.drop_space(space);
    if (space == cr3_) {
        outdate();
    }
}

void Mmu::flush() {
    tlb_.flush();
    outdate();
}

void Mmu::flush_space(PhysAddr space) {
    if (space == cr3_) {
        flush();
    } else {
        tlb_.drop_space(space);
    }
}

void Mmu::set_write_protect(WriteProtect mode) {
    write_protect_ = mode;
    outdate();
}

void Mmu::set_large_pages(LargePages mode) {
    large_pages_ = mode;
    flush();
}

}  // namespace vmlab
