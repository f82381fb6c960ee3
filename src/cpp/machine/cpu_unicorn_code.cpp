// SPDX-License-Identifier: GPL-2.0-only
// UnicornCpu: counting blocks, and keeping the engine's translations of code in step with RAM.
#include <algorithm>
#include <cstring>

#include "base/panic.hpp"
#include "machine/cpu_unicorn_core.hpp"

namespace vmlab {

namespace {

// Above this many frames, dropping every translation is cheaper than dropping theirs.
constexpr std::size_t MANY_FRAMES = 16;
constexpr std::uint32_t NOWHERE = ~0U;  ///< a physical address that no block has

}  // namespace

/// Runs before each block: its way through must stay short, so all that is rare lies in another file.
void UnicornCpu::on_block(uc_engine*, std::uint64_t address, std::uint32_t size, void* user) {
    auto& self = *static_cast<UnicornCpu*>(user);
    const auto eip = static_cast<std::uint32_t>(address);
    const std::uint32_t slot = BlockTable::slot_of(eip);
    const BlockKey& key = self.blocks_.key(slot);
    const std::int64_t rest = self.remaining_ - key.count;
    if (key.address == eip && key.size == size && key.epoch == self.code_epoch_ && rest >= 0) [[likely]] {
        self.remaining_ = rest;
        self.last_slot_ = slot;
        return;
    }
    self.count_rare_block(eip, size);
}

/// Counts a block that the fast path does not know, or stops before it.
void UnicornCpu::look_at_block(std::uint32_t address, std::uint32_t size) {
    if (bisecting_) {
        return;
    }
    if (!was_fetched(address) || !was_fetched(address + std::max(size, 1U) - 1)) {
        denied_.access = Access::Fetch;  // by a translation that forget_page() left
        stop_ = Stop::FlushWanted;
        engine_.stop();
        return;
    }
    const std::uint32_t slot = BlockTable::slot_of(address);
    refresh(slot, address, size);
    const Block& block = blocks_.block(slot);
    if (block.attended && (pace_ == Pace::Blocks || last_slot_ != NO_SLOT)) {
        stop_ = Stop::Attention;
        engine_.stop();
        return;
    }
    if (remaining_ < block.count) {
        stop_ = Stop::Budget;
        engine_.stop();
        return;
    }
    selectors_known_ = selectors_known_ && !block.loads_segment;
    remaining_ -= block.count;
    last_slot_ = slot;
}

/// Makes a slot describe the code at `address`.
void UnicornCpu::refresh(std::uint32_t slot, std::uint32_t address, std::uint32_t size) {
    BlockKey& key = blocks_.key(slot);
    key = {.address = address, .size = size, .epoch = 0, .count = 1};
    const auto frame = code_frame(address & ~PAGE_MASK);
    if (!frame) {
        // The guest unmapped the page it runs on and said nothing: what the engine still holds counts as one instruction.
        Block& block = blocks_.assign(slot, address, size, NOWHERE);
        blocks_.decode(block, address, {});
        block.count = 1;
        return;
    }
    Block& block = blocks_.assign(slot, address, size, frame->address().value | (address & PAGE_MASK));
    const FrameInfo& info = frames_[frame->value];
    const bool may_change_unseen = info.written_by_guest || (address & PAGE_MASK) + size > PAGE_SIZE;
    const bool known = block.frame_version == info.version;
    const bool same = known && (!may_change_unseen || (block.bytes.size() == size && holds_code(address, block.bytes)));
    if (!same) {
        std::vector<std::uint8_t> bytes(size);
        if (!copy_code(address, bytes)) {
            bytes.clear();
        }
        blocks_.decode(block, address, bytes);
        block.size = size;
        block.frame_version = info.version;
        block.bytes = may_change_unseen ? std::move(bytes) : std::vector<std::uint8_t>{};
    }
    key.count = block.count;
    key.epoch = may_change_unseen || block.attended || block.loads_segment ? 0 : code_epoch_;
}

std::optional<FrameNumber> UnicornCpu::code_frame(std::uint32_t page) {
    const FetchedPage& fetched = fetched_[(page >> PAGE_SHIFT) % fetched_.size()];
    if (fetched.page == page && fetched.epoch == epoch_) {
        return fetched.frame;
    }
    const Walk walk = mmu_.walk(VirtAddr(page));
    return walk.mapped() ? std::optional(frame_of(walk.physical)) : std::nullopt;
}

/// Shows the code at `address` as the guest sees it, page by page, until `visit` returns false. Whether all was shown.
template <typename Visit>
bool UnicornCpu::visit_code(std::uint32_t address, std::size_t size, Visit visit) {
    while (size != 0) {
        const auto frame = code_frame(address & ~PAGE_MASK);
        if (!frame) {
            return false;
        }
        const std::uint32_t offset = address & PAGE_MASK;
        const std::size_t length = std::min<std::size_t>(size, PAGE_SIZE - offset);
        if (!visit(memory_.frame(*frame).data() + offset, length)) {
            return false;
        }
        size -= length;
        address += static_cast<std::uint32_t>(length);
    }
    return true;
}

/// Copies code, also over a page's end. False when a page is not mapped.
bool UnicornCpu::copy_code(std::uint32_t address, std::span<std::uint8_t> out) {
    return visit_code(address, out.size(), [&out](const std::byte* code, std::size_t length) {
        std::memcpy(out.data(), code, length);
        out = out.subspan(length);
        return true;
    });
}

bool UnicornCpu::holds_code(std::uint32_t address, std::span<const std::uint8_t> wanted) {
    return visit_code(address, wanted.size(), [&wanted](const std::byte* code, std::size_t length) {
        const bool same = std::memcmp(wanted.data(), code, length) == 0;
        wanted = wanted.subspan(length);
        return same;
    });
}

/// The bytes of the instruction at `eip`, as far as its pages are mapped.
UnicornCpu::CodeBytes UnicornCpu::code_at(std::uint32_t eip) {
    CodeBytes code;
    const std::size_t on_page = std::min<std::size_t>(MAX_INSTRUCTION_BYTES, PAGE_SIZE - (eip & PAGE_MASK));
    if (!copy_code(eip, std::span(code.bytes).first(on_page))) {
        return code;
    }
    const bool whole = copy_code(eip + static_cast<std::uint32_t>(on_page), std::span(code.bytes).subspan(on_page));
    code.size = whole ? MAX_INSTRUCTION_BYTES : on_page;
    return code;
}

void UnicornCpu::remember_fetch(std::uint32_t page, FrameNumber frame) {
    fetched_[(page >> PAGE_SHIFT) % fetched_.size()] = {.page = page, .epoch = epoch_, .frame = frame};
    std::uint64_t& word = fetched_bits_[page >> (PAGE_SHIFT + 6)];
    const std::uint64_t bit = std::uint64_t{1} << ((page >> PAGE_SHIFT) & 63);
    if ((word & bit) == 0) {
        word |= bit;
        fetched_pages_.push_back(page);
    }
}

/// Makes the engine forget what the Mmu says is no longer so.
void UnicornCpu::forget_outdated() {
    const std::uint64_t outdated = mmu_.outdated_pages();
    if (mmu_.generation() != seen_generation_ || outdated - seen_outdated_ > Mmu::PAGES_REMEMBERED) {
        flush_tlb();
        return;
    }
    while (seen_outdated_ != outdated) {
        if (!forget_page(mmu_.outdated_page(seen_outdated_).value)) {
            flush_tlb();
            return;
        }
        ++seen_outdated_;
    }
}

/// Puts a translation that nothing but a fetch can use in the place of what the engine holds of the page; look_at_block
/// stops who fetched by it. False when there may be a true one to fetch by, which would stay.
bool UnicornCpu::forget_page(std::uint32_t page) {
    if (!privates_.replaces_translations || was_fetched(page)) {
        return false;
    }
    host_access_ = HostAccess::Replacement;
    engine_.replace_translation(page);
    host_access_ = HostAccess::None;
    return true;
}

void UnicornCpu::flush_tlb() {
    engine_.flush_tlb();
    for (const std::uint32_t page : fetched_pages_) {
        fetched_bits_[page >> (PAGE_SHIFT + 6)] = 0;
    }
    fetched_pages_.clear();
    ++epoch_;
    begin_code_epoch();
    descriptor_table_loaded_ = false;
    seen_generation_ = mmu_.generation();
    seen_outdated_ = mmu_.outdated_pages();
}

/// Puts the descriptor table into the engine's own, ring-0 part of its TLB; ring 3 gains no entry by it.
void UnicornCpu::load_descriptor_table() {
    host_access_ = HostAccess::DescriptorTable;
    const bool loaded = engine_.try_write_segment(UC_X86_REG_SS, registers_.ss);
    host_access_ = HostAccess::None;
    require(loaded, "the engine refuses the stack segment that it holds");
    descriptor_table_loaded_ = true;
}

/// The kernel is about to write a frame that holds code; it may do so in the middle of a fill.
void UnicornCpu::code_frame_written(FrameNumber frame) {
    memory_.clear_code_mark(frame);
    FrameInfo& info = frames_[frame.value];
    ++info.version;
    info.written_by_guest = false;
    begin_code_epoch();
    stale_code_.push_back(frame);
}

void UnicornCpu::drop_stale_code() {
    // The direct map's entries lie where the guest's could: nothing of either may stay.
    flush_tlb();
    if (stale_code_.size() > MANY_FRAMES) {
        engine_.flush_code();
    } else {
        host_access_ = HostAccess::DirectMap;
        for (const FrameNumber frame : stale_code_) {
            engine_.remove_code(frame.address().value, frame.address().value + PAGE_SIZE);
        }
        host_access_ = HostAccess::None;
        engine_.flush_tlb();
    }
    stale_code_.clear();
}

void UnicornCpu::forget_code() {
    engine_.flush_code();
    for (std::uint32_t number = 0; number < memory_.frame_count(); ++number) {
        const FrameNumber frame(number);
        if (memory_.has_code(frame)) {
            code_frame_written(frame);
        }
    }
    stale_code_.clear();
    flush_tlb();
}

}  // namespace vmlab
