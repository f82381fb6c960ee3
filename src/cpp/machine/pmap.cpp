// SPDX-License-Identifier: GPL-2.0-only
#include "machine/pmap.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace vmlab {

namespace {

constexpr std::uint32_t USER_TABLE = PteBits::PRESENT | PteBits::WRITABLE | PteBits::USER;
constexpr std::uint32_t KERNEL_LARGE_PAGE = PteBits::PRESENT | PteBits::WRITABLE | PteBits::LARGE;

std::uint32_t flags_of(PageRights rights) {
    const bool user = rights == PageRights::ReadOnly || rights == PageRights::ReadWrite;
    return PteBits::PRESENT | (user ? PteBits::USER : 0U) | (is_writable(rights) ? PteBits::WRITABLE : 0U);
}

/// So many entries of one table from an address on. Requires: they lie in one frame.
std::span<std::uint32_t> entries_at(PhysicalMemory& memory, PhysAddr first, std::size_t count) {
    auto* table = reinterpret_cast<std::uint32_t*>(memory.writable_frame(frame_of(first)).data());
    return {table + first.offset() / 4, count};
}

/// An entry that is not present is 0 and stays so, which makes this one loop without a branch.
void copy_entries(std::span<std::uint32_t> from, std::span<std::uint32_t> to, std::uint32_t keep) {
    for (std::size_t i = 0; i < from.size(); ++i) {
        from[i] &= keep;
        to[i] = from[i] & ~std::uint32_t{PteBits::ACCESSED | PteBits::DIRTY};
    }
}

}  // namespace

std::optional<Pmap> Pmap::create(Machine& machine) {
    const auto directory = machine.frames().allocate(FrameUse::PageTable);
    if (!directory) {
        return std::nullopt;
    }
    return Pmap(machine, *directory);
}

Pmap::Pmap(Machine& machine, FrameNumber directory) : machine_(&machine), directory_(directory) {
    PhysicalMemory& memory = machine.memory();
    memory.zero_frame(directory);
    for (std::uint64_t mapped = 0; mapped < memory.size(); mapped += LARGE_PAGE_SIZE) {
        const VirtAddr va = machine.kernel_address(PhysAddr(static_cast<std::uint32_t>(mapped)));
        memory.write32(root() + 4 * directory_index(va), static_cast<std::uint32_t>(mapped) | KERNEL_LARGE_PAGE);
    }
}

Pmap::Pmap(Pmap&& other) noexcept
    : machine_(std::exchange(other.machine_, nullptr)),
      directory_(other.directory_),
      table_count_(std::exchange(other.table_count_, 0)),
      shown_at_(other.shown_at_) {}

Pmap::~Pmap() {
    if (machine_ == nullptr) {
        return;
    }
    if (FrameListener* const listener = machine_->frames().listener()) {
        const VirtRange all{VirtAddr(0), machine_->kernel_window().value};
        for_each_entry(all, [listener](VirtAddr, PhysAddr, Pte left) { listener->entry_changed(left, Pte()); });
    }
    for (std::uint32_t index = 0; index < directory_index(machine_->kernel_window()); ++index) {
        const Pte pde(machine_->memory().read32(root() + 4 * index));
        if (pde.present() && index != shown_at_) {
            machine_->frames().free(pde.frame());
        }
    }
    machine_->frames().free(directory_);
    machine_->mmu().forget_space(root());
}

std::optional<PhysAddr> Pmap::entry_address(VirtAddr va) const {
    const Pte pde(machine_->memory().read32(root() + 4 * directory_index(va)));
    if (!pde.present() || pde.large() || shows_tables_at(va)) {
        return std::nullopt;
    }
    return pde.frame().address() + 4 * table_index(va);
}

std::optional<PhysAddr> Pmap::ensure_entry(VirtAddr va) {
    if (const auto entry = entry_address(va)) {
        return entry;
    }
    const auto table = add_table(va);
    if (!table) {
        return std::nullopt;
    }
    machine_->memory().zero_frame(*table);
    return table->address() + 4 * table_index(va);
}

std::optional<FrameNumber> Pmap::add_table(VirtAddr va) {
    const auto table = machine_->frames().allocate(FrameUse::PageTable);
    if (table) {
        machine_->memory().write32(root() + 4 * directory_index(va), Pte(*table, USER_TABLE).bits);
        ++table_count_;
    }
    return table;
}

void Pmap::change(VirtAddr va, PhysAddr entry, Pte old, Pte updated, AfterEnter after) {
    machine_->memory().write32(entry, updated.bits);
    if (FrameListener* const listener = machine_->frames().listener()) {
        listener->entry_changed(old, updated);
    }
    resident_pages_ -= resident(old);
    add_resident(resident(updated));
    if (!old.present()) {
        return;
    }
    if ((old.bits & ~updated.bits) == 0 && old.frame() == updated.frame()) {
        machine_->mmu().invalidate_widened(va, root());
    } else if (after == AfterEnter::RetriesFault) {
        machine_->mmu().invalidate_retried(va, root());
    } else {
        machine_->mmu().invalidate(va, root());
    }
}

std::uint32_t Pmap::resident(Pte entry) const {
    return entry.present() && machine_->frames().use(entry.frame()) != FrameUse::ZeroPage ? 1U : 0U;
}

void Pmap::add_resident(std::uint32_t pages) {
    resident_pages_ += pages;
    peak_resident_pages_ = std::max(peak_resident_pages_, resident_pages_);
}

void Pmap::show_tables(VirtAddr va) {
    const PhysAddr entry = root() + 4 * directory_index(va);
    require(va.value % LARGE_PAGE_SIZE == 0 && va < machine_->kernel_window() &&
                !Pte(machine_->memory().read32(entry)).present(),
            "the tables are shown where no table is");
    machine_->memory().write32(entry, Pte(directory_, PteBits::PRESENT | PteBits::USER).bits);
    shown_at_ = directory_index(va);
}

bool Pmap::shows_tables_at(VirtAddr va) const { return shown_at_ == directory_index(va); }

EnterResult Pmap::enter(VirtAddr va, FrameNumber frame, PageRights rights, AfterEnter after, SoftwareBits software) {
    require(va.is_aligned() && va < machine_->kernel_window() && rights != PageRights::None && !shows_tables_at(va),
            "Pmap::enter is for aligned user pages that something may access");
    require((software.bits & ~std::uint32_t{PteBits::AVAILABLE}) == 0, "the other bits are the processor's");
    const auto entry = ensure_entry(va);
    if (!entry) {
        return EnterResult::OutOfFrames;
    }
    const Pte old(machine_->memory().read32(*entry));
    const bool same_page = old.present() && old.frame() == frame;
    const std::uint32_t use = same_page ? old.bits & (PteBits::ACCESSED | PteBits::DIRTY) : 0U;
    change(va, *entry, old, Pte(frame, flags_of(rights) | software.bits | use), after);
    return EnterResult::Entered;
}

std::optional<PageUse> Pmap::remove(VirtAddr va) {
    const auto entry = entry_address(va);
    if (!entry) {
        return std::nullopt;
    }
    const Pte old(machine_->memory().read32(*entry));
    if (!old.present()) {
        return std::nullopt;
    }
    change(va, *entry, old, Pte(), AfterEnter::NoRetry);
    return PageUse{.accessed = old.accessed(), .dirty = old.dirty()};
}

/// Visits the present entries of the range as (va, entry's address, entry); skips absent tables whole.
template <typename Visit>
void Pmap::for_each_entry(const VirtRange& range, const Visit& visit) const {
    const std::uint64_t end = std::min<std::uint64_t>(range.end, machine_->kernel_window().value);
    std::uint64_t at = range.start.value;
    while (at < end) {
        const VirtAddr va(static_cast<std::uint32_t>(at));
        const auto entry = entry_address(va);
        if (!entry) {
            at = (at / LARGE_PAGE_SIZE + 1) * LARGE_PAGE_SIZE;
            continue;
        }
        const Pte pte(machine_->memory().read32(*entry));
        if (pte.present()) {
            visit(va, *entry, pte);
        }
        at += PAGE_SIZE;
    }
}

void Pmap::remove_range(const VirtRange& range, const EntryVisitor& removed) {
    for_each_entry(range, [&](VirtAddr va, PhysAddr entry, Pte old) {
        change(va, entry, old, Pte(), AfterEnter::NoRetry);
        removed(va, old);
    });
}

void Pmap::protect(const VirtRange& range, PageRights rights) {
    require(rights != PageRights::None, "entries that allow nothing are removed");
    for_each_entry(range, [&](VirtAddr va, PhysAddr entry, Pte old) {
        const Pte updated = is_writable(rights) ? old.with(PteBits::WRITABLE) : old.without(PteBits::WRITABLE);
        if (updated != old) {
            change(va, entry, old, updated, AfterEnter::NoRetry);
        }
    });
}

void Pmap::set_privilege(const VirtRange& range, Privilege privilege) {
    for_each_entry(range, [&](VirtAddr va, PhysAddr entry, Pte old) {
        const Pte updated = privilege == Privilege::User ? old.with(PteBits::USER) : old.without(PteBits::USER);
        if (updated != old) {
            change(va, entry, old, updated, AfterEnter::NoRetry);
        }
    });
}

EnterResult Pmap::share_range(Pmap& child, const VirtRange& range, CopyRights rights) {
    PhysicalMemory& memory = machine_->memory();
    const std::uint64_t end = std::min<std::uint64_t>(range.end, machine_->kernel_window().value);
    std::uint64_t at = range.start.value;
    EnterResult result = EnterResult::Entered;
    while (at < end) {
        const VirtAddr va(static_cast<std::uint32_t>(at));
        const std::uint64_t table_end = std::min<std::uint64_t>((at / LARGE_PAGE_SIZE + 1) * LARGE_PAGE_SIZE, end);
        const auto entry = entry_address(va);
        if (!entry) {
            at = table_end;
            continue;
        }
        const auto count = static_cast<std::size_t>((table_end - at) >> PAGE_SHIFT);
        auto copy = child.entry_address(va);
        if (!copy) {
            const auto table = child.add_table(va);
            if (!table) {
                result = EnterResult::OutOfFrames;
                break;
            }
            if (count < ENTRIES_PER_TABLE) {
                memory.zero_frame(*table);
            }
            copy = table->address() + 4 * table_index(va);
        }
        const auto copies = entries_at(memory, *copy, count);
        copy_entries(entries_at(memory, *entry, count), copies,
                     rights == CopyRights::ReadOnly ? ~std::uint32_t{PteBits::WRITABLE} : ~0U);
        std::uint32_t pages = 0;
        FrameListener* const listener = machine_->frames().listener();
        for (const std::uint32_t bits : copies) {
            pages += resident(Pte(bits));
            if (listener != nullptr) {
                listener->entry_changed(Pte(), Pte(bits));
            }
        }
        child.add_resident(pages);
        at = table_end;
    }
    if (rights == CopyRights::ReadOnly) {
        machine_->mmu().flush_space(root());
    }
    return result;
}

Pte Pmap::lookup(VirtAddr va) const {
    const auto entry = entry_address(va);
    return entry ? Pte(machine_->memory().read32(*entry)) : Pte();
}

void Pmap::clear(VirtAddr va, std::uint32_t bits) {
    const auto entry = entry_address(va);
    const Pte old = entry ? Pte(machine_->memory().read32(*entry)) : Pte();
    require(old.present(), "Pmap::clear is for present entries");
    const Pte updated = old.without(bits & (PteBits::ACCESSED | PteBits::DIRTY));
    if (updated != old) {
        change(va, *entry, old, updated, AfterEnter::NoRetry);
    }
}

PageUse Pmap::remove_all(const ReverseMap& reverse_map, FrameNumber frame) {
    PageUse all;
    reverse_map.for_each_candidate(frame, [&](Pmap& pmap, VirtAddr va) {
        const Pte pte = pmap.lookup(va);
        if (!pte.present() || pte.frame() != frame) {
            return;
        }
        const auto use = pmap.remove(va);
        all.accessed = all.accessed || use->accessed;
        all.dirty = all.dirty || use->dirty;
    });
    return all;
}

void Pmap::for_each_present(const VirtRange& range, const EntryVisitor& visit) const {
    for_each_entry(range, [&](VirtAddr va, PhysAddr, Pte pte) { visit(va, pte); });
}

}  // namespace vmlab
