// SPDX-License-Identifier: GPL-2.0-only
// How a page fault is resolved, top-down on one screen.
//
//   find_mapping or grow_stack -> check_access -> is_spurious -> ensure_private_object (a write that must not reach the
//   object) -> find_page down the chain of shadows ->
//
//     found in the mapping's own object     map it                        Resident, or Upgrade when only W was missing
//     found further behind, read            map it read-only              Resident
//     found further behind, write           copy it in front, map         CopyUp
//     not in memory, a pager has it         page_in, then as found        PageIn (or CopyUp)
//     nowhere                               zero_fill in front, map       ZeroFill, or StackGrow
//
//   -> enter_mapping -> settle.
#include <cstring>

#include "vm/address_space.hpp"

namespace vmlab {

/// One fault on its way. Fields are set by the step named beside them.
class FaultContext {
public:
    FaultContext(AddressSpace& space, const PageFault& fault, AfterEnter after)
        : space_(space), fault_(fault), after_(after) {}

    FaultOutcome resolve() {
        if (!find_mapping()) {
            return ended(FaultResult::NoMapping);
        }
        if (!check_access()) {
            return ended(FaultResult::Protection);
        }
        if (is_spurious()) {
            return ended(FaultResult::Spurious);
        }
        if (fault_.access == Access::Write) {
            space_.ensure_private_object(*mapping_);
        }
        if (const auto failure = find_page()) {
            return ended(*failure);
        }
        if (fault_.access == Access::Write && &page_->object() != mapping_->object.get()) {
            if (!copy_up()) {
                return ended(FaultResult::OutOfMemory);
            }
        }
        return enter_mapping() == EnterResult::Entered ? ended(result_) : ended(FaultResult::OutOfMemory);
    }

private:
    bool find_mapping() {
        mapping_ = space_.find_mapping_mutable(fault_.address);
        if (mapping_ == nullptr) {
            mapping_ = space_.grow_stack(fault_.address);
            grown_ = mapping_ != nullptr ? Grown::Yes : Grown::No;
        }
        return mapping_ != nullptr;
    }

    [[nodiscard]] bool check_access() const {
        return fault_.access == Access::Write ? mapping_->protection.writable() : mapping_->protection.accessible();
    }

    /// The tables may allow the access by now, or may always have: a stale entry of a TLB denied it.
    [[nodiscard]] bool is_spurious() const {
        const Pte pte = space_.pmap().lookup(fault_.address.page());
        return pte.present() && (fault_.access != Access::Write || pte.writable());
    }

    /// Looks down the chain; brings the page in or makes a zeroed one where nobody has it.
    std::optional<FaultResult> find_page() {
        VmObject* object = mapping_->object.get();
        PageIndex index = mapping_->index_of(fault_.address);
        while (object->find_page(index) == nullptr && !object->pager_has(index) && object->shadow()) {
            index = object->shadow_offset() + index.value;
            object = object->shadow().get();
        }
        if (index.value >= object->size_pages()) {
            return FaultResult::BusError;
        }
        if (object->kind() == ObjectKind::Anonymous && object->find_page(index) == nullptr) {
            object = mapping_->object.get();  // nobody has it: a zeroed page belongs in front
            index = mapping_->index_of(fault_.address);
        }
        const auto obtained = object->obtain_page(index);
        if (!obtained) {
            return FaultResult::OutOfMemory;
        }
        page_ = obtained->page;
        result_ = obtained->how;
        if (result_ == FaultResult::PageIn) {
            cost_ = FaultCost::Major;
        } else if (result_ == FaultResult::ZeroFill && grown_ == Grown::Yes) {
            result_ = FaultResult::StackGrow;
        } else if (result_ == FaultResult::Resident && (fault_.error & PageFaultError::PROTECTION) != 0) {
            result_ = FaultResult::Upgrade;
        }
        return std::nullopt;
    }

    bool copy_up() {
        VirtualMemory& vm = space_.vm();
        const auto frame = vm.allocate_frame();
        if (!frame) {
            return false;
        }
        const auto source = vm.memory().frame(page_->frame());
        std::memcpy(vm.memory().writable_frame(*frame).data(), source.data(), source.size());
        page_ = &mapping_->object->insert_page(mapping_->index_of(fault_.address), *frame);
        vm.count([](VmCounters& c) { ++c.pages_copied; });
        result_ = FaultResult::CopyUp;
        return true;
    }

    /// A page may be written through its PTE only in the mapping's own object, once that is private or meant to be shared.
    EnterResult enter_mapping() {
        const bool own = &page_->object() == mapping_->object.get() && mapping_->needs_copy == NeedsCopy::No;
        const PageRights rights = own && mapping_->protection.writable() ? PageRights::ReadWrite : PageRights::ReadOnly;
        return space_.pmap().enter(fault_.address.page(), page_->frame(), rights, after_);
    }

    [[nodiscard]] FaultOutcome ended(FaultResult result) const { return {result, cost_, mapping_}; }

    AddressSpace& space_;
    const PageFault& fault_;
    AfterEnter after_;
    Mapping* mapping_ = nullptr;                           // find_mapping
    enum class Grown : std::uint8_t { No, Yes } grown_{};  // find_mapping
    Page* page_ = nullptr;                                 // find_page, copy_up
    FaultResult result_ = FaultResult::Resident;           // find_page, copy_up
    FaultCost cost_ = FaultCost::Minor;                    // find_page
};

FaultOutcome AddressSpace::resolve_fault(const PageFault& fault, AfterEnter after) {
    const FaultOutcome outcome = FaultContext(*this, fault, after).resolve();
    settle(fault, outcome);
    return outcome;
}

void AddressSpace::settle(const PageFault& fault, const FaultOutcome& outcome) {
    const bool major = outcome.cost == FaultCost::Major;
    vm_.count([&](VmCounters& c) { c.count_fault(outcome.result, outcome.cost); });
    if (!vm_.tracer().records(EventKind::fault_resolved)) {
        return;
    }
    const Walk walk = vm_.machine().mmu().walk(fault.address, pmap_.root());
    FaultResolvedEvent event{.address = fault.address,
                             .result = outcome.result,
                             .major = major ? 1U : 0U,
                             .pde = walk.directory.entry.bits,
                             .pte = walk.table ? walk.table->entry.bits : 0U,
                             .error = fault.error};
    if (outcome.mapping != nullptr) {
        event.mapping_start = outcome.mapping->range.start;
        event.mapping_end = static_cast<std::uint32_t>(outcome.mapping->range.end);
        event.protection = outcome.mapping->protection.bits;
        event.kind = outcome.mapping->kind;
    }
    vm_.emit(event);
}

void AddressSpace::ensure_private_object(Mapping& mapping) {
    if (mapping.needs_copy == NeedsCopy::No) {
        return;
    }
    Ref<VmObject> shadow = VmObject::create_shadow(mapping.object, mapping.offset, mapping.range.pages());
    mapping.object->remove_mapping(mapping);
    mapping.object = std::move(shadow);
    mapping.offset = PageIndex(0);
    mapping.needs_copy = NeedsCopy::No;
    mapping.object->add_mapping(*this, mapping);
}

Result<Done, VmError> AddressSpace::install_page(VirtAddr va, FrameNumber frame, Protection protection) {
    if (!is_user_range({va.page(), std::uint64_t{va.page().value} + PAGE_SIZE})) {
        return Failure(VmError::Invalid);
    }
    if (find_mapping(va) == nullptr) {
        MapRequest request;
        request.address = va.page();
        request.length = PAGE_SIZE;
        request.placement = Placement::Fixed;
        request.protection = protection;
        if (const auto mapped = map(std::move(request)); !mapped) {
            return Failure(mapped.error());
        }
    }
    Mapping& mapping = *find_mapping_mutable(va);
    if (!mapping.protection.accessible() || (protection.writable() && !mapping.protection.writable())) {
        return Failure(VmError::AccessDenied);
    }
    ensure_private_object(mapping);
    const PageIndex index = mapping.index_of(va);
    mapping.object->remove_page(index);
    const PageRights rights = protection.writable() ? PageRights::ReadWrite : PageRights::ReadOnly;
    if (pmap_.enter(va.page(), frame, rights, AfterEnter::NoRetry) != EnterResult::Entered) {
        return Failure(VmError::NoMemory);
    }
    vm_.machine().frames().set_use(frame, FrameUse::Page);
    mapping.object->insert_page(index, frame);
    return Done{};
}

}  // namespace vmlab
