// SPDX-License-Identifier: GPL-2.0-only
// UnicornCpu: the engine asks for a translation; what is granted, and what a denial becomes.
#include <algorithm>
#include <utility>

#include "base/panic.hpp"
#include "machine/cpu_unicorn_core.hpp"
#include "machine/vector.hpp"

namespace vmlab {

namespace {

Access access_of(uc_mem_type type) {
    return type == UC_MEM_WRITE ? Access::Write : type == UC_MEM_FETCH ? Access::Fetch : Access::Read;
}

}  // namespace

bool UnicornCpu::on_fill(uc_engine*, std::uint64_t page, uc_mem_type type, uc_tlb_entry* out, void* user) {
    auto& self = *static_cast<UnicornCpu*>(user);
    try {
        return self.fill(static_cast<std::uint32_t>(page), type, *out);
    } catch (...) {
        self.failure_ = std::current_exception();
        return false;
    }
}

bool UnicornCpu::fill(std::uint32_t page, uc_mem_type type, uc_tlb_entry& out) {
    if (host_access_ != HostAccess::None) [[unlikely]] {
        return fill_for_host(page, out);
    }
    const Access access = access_of(type);
    if (bisecting_ && page == denied_.page && access == denied_.access) [[unlikely]] {
        return false;
    }
    if (page == config_.gdt_address.value && !descriptor_table_loaded_) [[unlikely]] {
        denied_.access = access;
        return deny(Stop::GdtWanted);
    }
    const Translation translation = mmu_.translate(VirtAddr(page), access, Privilege::User);
    if (translation.end != TranslateEnd::Ok) {
        denied_ = {.page = page, .access = access, .translation = translation};
        return deny(Stop::Denied);
    }
    const int perms = grant(page, access, translation);
    if (perms == UC_PROT_NONE) [[unlikely]] {
        denied_.access = access;
        return deny(Stop::FlushWanted);
    }
    if (every_reference_) {
        note_reference(page, access);
    }
    out.paddr = translation.frame.address().value;
    out.perms = static_cast<uc_prot>(perms);
    return true;
}

bool UnicornCpu::fill_for_host(std::uint32_t page, uc_tlb_entry& out) const {
    if (host_access_ == HostAccess::Replacement) {
        out.perms = UC_PROT_EXEC;
        out.paddr = UnicornEngine::PRIVATE_PHYSICAL;
        return true;
    }
    out.perms = UC_PROT_ALL;
    if (host_access_ == HostAccess::DirectMap) {
        out.paddr = page;
        return page < memory_.size();
    }
    out.paddr = descriptors_.frame().address().value;
    return page == config_.gdt_address.value;
}

bool UnicornCpu::deny(Stop why) {
    if (!bisecting_) {
        stop_ = why;
    }
    return false;
}

/// The rights of the entry, or none when the engine's TLB must be flushed first to keep U3.
int UnicornCpu::grant(std::uint32_t page, Access access, const Translation& translation) {
    FrameInfo& frame = frames_[translation.frame.value];
    if (access == Access::Fetch) {
        if (!memory_.has_code(translation.frame)) {
            if (frame.writable_epoch == epoch_) {
                return UC_PROT_NONE;  // some entry would let a store go by unseen
            }
            memory_.mark_code(translation.frame);
        }
        remember_fetch(page, translation.frame);
        return UC_PROT_READ | UC_PROT_EXEC;
    }
    const bool has_code = memory_.has_code(translation.frame);
    if (was_fetched(page) && !has_code) {
        return UC_PROT_NONE;  // the page has moved to another frame under translated code
    }
    if (access == Access::Write) {
        memory_.before_guest_write(translation.frame);
        if (has_code) {
            if (!std::exchange(frame.written_by_guest, true)) {
                begin_code_epoch();
            }
            return UC_PROT_ALL;
        }
        frame.writable_epoch = epoch_;
        return UC_PROT_READ | UC_PROT_WRITE;
    }
    const bool stores_unseen = translation.may_write && translation.dirty && !memory_.is_kept(translation.frame);
    if (stores_unseen && !has_code && !every_reference_) {
        frame.writable_epoch = epoch_;
        return UC_PROT_READ | UC_PROT_WRITE;
    }
    return UC_PROT_READ;
}

void UnicornCpu::note_reference(std::uint32_t page, Access access) {
    const Reference reference{page, access};
    if (std::find(references_.begin(), references_.end(), reference) == references_.end()) {
        references_.push_back(reference);
    }
}

void UnicornCpu::report_references(const std::optional<Opcode>& opcode) {
    if (config_.observer == nullptr) {
        return;
    }
    const bool read_modify_write = opcode && opcode->is_read_modify_write();
    for (const Reference& reference : references_) {
        const bool repeated_as_write = read_modify_write && reference.access == Access::Read &&
                                       std::find(references_.begin(), references_.end(),
                                                 Reference{reference.page, Access::Write}) != references_.end();
        if (!repeated_as_write) {
            config_.observer->on_access(VirtAddr(reference.page), reference.access);
        }
    }
}

CpuExit UnicornCpu::page_fault() {
    if (denied_.access != Access::Fetch) {
        uncount_from(registers_.eip);
    }
    if (denied_.translation.end == TranslateEnd::BusError) {
        return exception(Vector::MachineCheck, 0);
    }
    CpuExit exit{.kind = ExitKind::PageFault,
                 .vector = static_cast<std::uint8_t>(Vector::PageFault),
                 .error_code = denied_.translation.error,
                 .address = VirtAddr(registers_.eip),
                 .access = denied_.access,
                 .instruction = VirtAddr(registers_.eip)};
    if (denied_.access == Access::Fetch) {
        if (denied_.page != exit.address.page().value) {
            exit.address = VirtAddr(denied_.page);  // the instruction continues there
        }
        return exit;
    }
    exit.address = VirtAddr(fault_address());
    if (denied_.access == Access::Read) {
        widen_to_read_modify_write(exit);
    }
    return exit;
}

/// The engine reads first what the instruction will also write; the processor asks for both at once, low page first.
void UnicornCpu::widen_to_read_modify_write(CpuExit& exit) {
    const CodeBytes code = code_at(registers_.eip);
    const auto opcode = Opcode::read(code.span());
    if (!opcode || !opcode->is_read_modify_write()) {
        return;
    }
    exit.access = Access::Write;
    exit.error_code |= PageFaultError::WRITE;
    const auto operand = read_modify_write_operand(*opcode, code.span(), registers_);
    if (!operand) {
        return;
    }
    const VirtAddr first(operand->offset + segment_base(operand->segment));
    if (first.page() != exit.address.page()) {
        if (const auto error = mmu_.denial(mmu_.walk(first), Access::Write, Privilege::User)) {
            exit.address = first;
            exit.error_code = *error;
        }
    }
}

std::uint32_t UnicornCpu::fault_address() {
    if (privates_.fault_address) {
        // The engine computes in 64 bits: an operand that wraps at 4 GiB lies above them.
        const auto address = static_cast<std::uint32_t>(privates_.read_fault_address(engine_.handle()));
        if ((address & ~PAGE_MASK) == denied_.page) {
            return address;
        }
    }
    return bisect_fault_address();
}

bool UnicornCpu::on_bisect(uc_engine*, std::uint64_t, uc_mem_type type, uc_tlb_entry*, void* user) {
    auto& self = *static_cast<UnicornCpu*>(user);
    self.bisect_hit_ = self.bisect_hit_ || access_of(type) == self.denied_.access;
    return false;
}

/// Repeats the access with hooks that the engine calls only for a part of the page, halving it each time.
std::uint32_t UnicornCpu::bisect_fault_address() {
    std::uint32_t first = denied_.page;
    bisecting_ = true;
    begin_code_epoch();  // no block is counted by the fast path
    for (std::uint32_t half = PAGE_SIZE / 2; half != 0; half /= 2) {
        const uc_hook hook =
            engine_.add_hook(UC_HOOK_TLB_FILL, reinterpret_cast<void*>(&on_bisect), this, first, first + half - 1);
        bisect_hit_ = false;
        (void)engine_.start(registers_.eip);
        engine_.remove_hook(hook);
        if (!bisect_hit_) {
            first += half;
        }
    }
    bisecting_ = false;
    return first;
}

std::uint16_t UnicornCpu::selector_of(SegmentName segment) const {
    const std::array<std::uint16_t, 6> selectors = {registers_.es, registers_.cs, registers_.ss,
                                                    registers_.ds, registers_.fs, registers_.gs};
    return selectors[static_cast<std::size_t>(segment)];
}

std::uint32_t UnicornCpu::segment_base(SegmentName segment) const {
    const std::uint32_t slot = selector_of(segment) / 8U;
    if (slot >= DescriptorTables::GDT_ENTRIES) {
        return 0;  // virtual-8086 mode claimed by an iret: whatever happens there is refused
    }
    const std::uint64_t descriptor = descriptors_.segment(slot);
    return static_cast<std::uint32_t>(((descriptor >> 16) & 0xFFFFFF) | ((descriptor >> 56) << 24));
}

}  // namespace vmlab
