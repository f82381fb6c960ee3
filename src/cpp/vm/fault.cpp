// SPDX-License-Identifier: GPL-2.0-only
// How a page fault is resolved, top-down on one screen.
//
//   find_mapping or grow_stack -> check_access -> is_spurious -> ensure_private_object (a write that must not reach the
//   object) -> find_holder down the chain of shadows ->
//
//     nobody has the page, read             map the frame of zeros        ZeroPage (where the profile has one)
//     nobody has the page                   zero_fill in front, map       ZeroFill, or StackGrow
//     past the end of the file              -                             BusError
//     an object behind has it, write,
//       and nobody else sees it there       move_up, then as in front     MoveUp
//       and others see it                   copy_up, map                  CopyUp
//     an object behind has it, read         map it read-only              Resident
//     the mapping's own object has it       map it                        Resident, or Upgrade when only W was missing
//
//     on the way, where the page is not in memory, page_in                PageIn; from standby or modified: Reclaim
//     where a disk must be waited for: the page, or a frame, is on its way  Blocked, and all of it again when it has come
//
//   -> enter_mapping -> settle.
#include <algorithm>
#include <cstring>
#include <tuple>

#include "vm/address_space.hpp"

namespace vmlab {

/// One fault on its way. Fields are set by the step named beside them.
class FaultContext {
public:
    FaultContext(AddressSpace& space, const PageFault& fault, AfterEnter after, const FaultAttempt& attempt)
        : space_(space), vm_(space.vm()), fault_(fault), after_(after), attempt_(attempt), cost_(attempt.so_far) {}

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
        if (attempt_.awaited == IoResult::Failed) {
            return ended(FaultResult::BusError);
        }
        if (writes()) {
            space_.ensure_private_object(*mapping_);
        }
        find_holder();
        if (index_.value >= holder_->size_pages()) {
            return ended(FaultResult::BusError);
        }
        if (!holder_->has_page(index_) && may_use_zero_page()) {
            return ended(enter_zero_page());
        }
        if (writes() && holder_ != own_object() && may_move_up()) {
            move_up();
        }
        if (const auto failure = obtain_page()) {
            return ended(*failure);
        }
        if (writes() && holder_ != own_object()) {
            if (const Room room = copy_up(); room != Room::Made) {
                return ended_without(room);
            }
        }
        const Room room = enter_mapping();
        return room == Room::Made ? ended(result_) : ended_without(room);
    }

private:
    [[nodiscard]] bool writes() const { return fault_.access == Access::Write; }
    [[nodiscard]] VmObject* own_object() const { return mapping_->object.get(); }

    bool find_mapping() {
        mapping_ = space_.find_mapping_mutable(fault_.address);
        if (mapping_ != nullptr && is_past_heap()) {
            mapping_ = nullptr;
            return false;
        }
        if (mapping_ == nullptr) {
            mapping_ = space_.grow_stack(fault_);
            grown_ = mapping_ != nullptr ? Grown::Yes : Grown::No;
        }
        return mapping_ != nullptr;
    }

    [[nodiscard]] bool is_past_heap() const {
        return mapping_->kind == MappingKind::Heap && space_.layout().heap_edge == SpaceLayout::HeapEdge::Byte &&
               fault_.address >= space_.heap_end();
    }

    [[nodiscard]] bool check_access() const {
        if (mapping_->privilege == Privilege::Supervisor && (fault_.error & PageFaultError::USER) != 0) {
            return false;
        }
        return writes() ? mapping_->protection.writable() : mapping_->protection.accessible();
    }

    /// The tables may allow the access by now, or may always have: a stale entry of a TLB denied it.
    [[nodiscard]] bool is_spurious() const {
        const Pte pte = space_.pmap().lookup(fault_.address.page());
        return pte.present() && (!writes() || pte.writable());
    }

    /// The first object down the chain that has the page; the mapping's own when no anonymous one has it.
    void find_holder() {
        std::tie(holder_, index_) = AddressSpace::find_holder(*mapping_, fault_.address);
        if (holder_->kind() == ObjectKind::Anonymous && !holder_->has_page(index_)) {
            holder_ = own_object();
            index_ = mapping_->index_of(fault_.address);
        }
    }

    [[nodiscard]] bool may_use_zero_page() const {
        return vm_.profile().zero_page == ZeroPage::On && mapping_->zero_page == ZeroPage::On && !writes() &&
               mapping_->sharing == Sharing::Private && mapping_->wiring == Wiring::Pageable &&
               holder_->kind() == ObjectKind::Anonymous;
    }

    FaultResult enter_zero_page() {
        const auto frame = vm_.zero_frame();
        const Room room = frame ? vm_.request_frames(1, attempt_.io) : Room::None;
        if (room != Room::Made) {
            return room == Room::Coming ? FaultResult::Blocked : FaultResult::OutOfMemory;
        }
        const auto entered = space_.pmap().enter(
            fault_.address.page(), *frame, rights_in(*mapping_, WriteRight::Withheld), after_, mapping_->software);
        require(entered == EnterResult::Entered, "a frame was reserved for the page table");
        return FaultResult::ZeroPage;
    }

    /// Whether the holder's page is seen through this mapping's object alone: then a copy would leave a page to nobody.
    [[nodiscard]] bool may_move_up() const {
        const VmObject* front = own_object();
        PageIndex index = mapping_->index_of(fault_.address);
        while (front != holder_) {
            index = front->shadow_offset() + index.value;
            const VmObject* behind = front->shadow().get();
            if (behind->is_seen(index, front)) {
                return false;
            }
            front = behind;
        }
        return true;
    }

    void move_up() {
        const PageIndex own_index = mapping_->index_of(fault_.address);
        own_object()->move_up(*holder_, index_, own_index);
        holder_ = own_object();
        index_ = own_index;
        moved_ = Moved::Yes;
    }

    /// Brings the holder's page into memory, if it is not there.
    std::optional<FaultResult> obtain_page() {
        const auto obtained = holder_->obtain_page(index_, attempt_.io, mapping_->pattern);
        result_ = obtained.result;
        cost_ = std::max(cost_, obtained.cost);
        if (obtained.page == nullptr) {
            transfer_ = obtained.transfer;
            return result_;
        }
        page_ = PinnedPage(*obtained.page);
        if (cost_ == FaultCost::Major) {
            result_ = FaultResult::PageIn;
        } else if (moved_ == Moved::Yes) {
            result_ = FaultResult::MoveUp;
        } else if (result_ == FaultResult::ZeroFill && grown_ == Grown::Yes) {
            result_ = FaultResult::StackGrow;
        } else if (result_ == FaultResult::Resident && (fault_.error & PageFaultError::PROTECTION) != 0) {
            result_ = FaultResult::Upgrade;
        }
        return std::nullopt;
    }

    Room copy_up() {
        const auto [room, frame] = vm_.request_frame(attempt_.io, FrameContent::Unspecified);
        if (room != Room::Made) {
            return room;
        }
        std::memcpy(vm_.memory().writable_frame(frame).data(), vm_.memory().frame(page_->frame()).data(), PAGE_SIZE);
        Page& copy = own_object()->insert_page(mapping_->index_of(fault_.address), frame);
        copy.mark_dirty();
        if (vm_.profile().fork == ForkMode::CowInEntries) {
            AddressSpace::give_write_back(*page_, space_);
        }
        page_ = PinnedPage(copy);
        vm_.count([](VmCounters& c) { ++c.pages_copied; });
        result_ = FaultResult::CopyUp;
        return Room::Made;
    }

    /// A page may be written through its PTE only in the mapping's own object, once that is private or meant to be shared.
    Room enter_mapping() {
        const VirtAddr va = fault_.address.page();
        const bool own = &page_->object() == own_object() && mapping_->needs_copy == NeedsCopy::No;
        const PageRights rights = rights_in(*mapping_, own ? WriteRight::Given : WriteRight::Withheld);
        const Pte old = space_.pmap().lookup(va);
        while (space_.pmap().enter(va, page_->frame(), rights, after_, mapping_->software) ==
               EnterResult::OutOfFrames) {
            if (const Room room = vm_.request_frames(1, attempt_.io); room != Room::Made) {
                lacks_ = FaultOutcome::Lacks::Table;
                return room;
            }
        }
        const bool same = old.present() && old.frame() == page_->frame();
        if (old.present() && !same) {
            space_.harvest(old, mapping_->wiring);
        }
        if (is_wired(mapping_->wiring) && !same) {
            vm_.wire(*page_);
        }
        return Room::Made;
    }

    [[nodiscard]] FaultOutcome ended(FaultResult result) const { return {result, cost_, mapping_, transfer_, lacks_}; }
    [[nodiscard]] FaultOutcome ended_without(Room room) const {
        return ended(room == Room::Coming ? FaultResult::Blocked : FaultResult::OutOfMemory);
    }

    AddressSpace& space_;
    VirtualMemory& vm_;
    const PageFault& fault_;
    AfterEnter after_;
    const FaultAttempt& attempt_;
    Mapping* mapping_ = nullptr;                           // find_mapping
    enum class Grown : std::uint8_t { No, Yes } grown_{};  // find_mapping
    VmObject* holder_ = nullptr;                           // find_holder, move_up
    PageIndex index_;                                      // find_holder, move_up: in holder_
    enum class Moved : std::uint8_t { No, Yes } moved_{};  // move_up
    PinnedPage page_;                                      // obtain_page, copy_up
    FaultResult result_ = FaultResult::Resident;           // obtain_page, copy_up
    std::uint32_t transfer_ = 0;                           // obtain_page
    FaultOutcome::Lacks lacks_{};                          // enter_mapping
    FaultCost cost_;                                       // obtain_page, in this attempt or one before
};

FaultOutcome AddressSpace::resolve_fault(const PageFault& fault, AfterEnter after, const FaultAttempt& attempt) {
    const FaultOutcome outcome = bring_in(fault, after, attempt);
    if (outcome.result != FaultResult::Blocked) {
        settle(fault, outcome);
    }
    return outcome;
}

FaultOutcome AddressSpace::bring_in(const PageFault& fault, AfterEnter after, const FaultAttempt& attempt) {
    return FaultContext(*this, fault, after, attempt).resolve();
}

std::pair<VmObject*, PageIndex> AddressSpace::find_holder(const Mapping& mapping, VirtAddr va) {
    VmObject* object = mapping.object.get();
    PageIndex index = mapping.index_of(va);
    while (!object->has_page(index) && object->shadow()) {
        index = object->shadow_offset() + index.value;
        object = object->shadow().get();
    }
    return {object, index};
}

std::pair<VmObject*, PageIndex> AddressSpace::find_origin(const Mapping& mapping, VirtAddr va) {
    VmObject* object = mapping.object.get();
    PageIndex index = mapping.index_of(va);
    while (object->shadow()) {
        index = object->shadow_offset() + index.value;
        object = object->shadow().get();
    }
    return {object, index};
}

void AddressSpace::settle(const PageFault& fault, const FaultOutcome& outcome) {
    const bool major = outcome.cost == FaultCost::Major;
    vm_.count([&](VmCounters& c) { c.count_fault(fault.access, fault.error, outcome.result, outcome.cost); });
    if (!vm_.tracer().records(EventKind::fault_resolved)) {
        return;
    }
    const Walk walk = vm_.machine().mmu().walk(fault.address, pmap_.root());
    FaultResolvedEvent event{.address = fault.address,
                             .result = outcome.result,
                             .major = major ? 1U : 0U,
                             .pde = walk.directory.entry.bits,
                             .pte = walk.table_bits(),
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
    const bool sole = mapping.object->kind() == ObjectKind::Anonymous && mapping.object->ref_count() == 1;
    if (!sole) {
        put_shadow_in_front(mapping);
    }
    mapping.needs_copy = NeedsCopy::No;
}

/// A shadow of anonymous memory reaches as far as what it shadows, so that the mapping may grow where it could before.
void AddressSpace::put_shadow_in_front(Mapping& mapping) {
    const bool whole = mapping.object->kind() == ObjectKind::Anonymous;
    const PageIndex first = whole ? PageIndex(0) : mapping.offset;
    const std::uint32_t pages = whole ? mapping.object->size_pages() : mapping.range.pages();
    Ref<VmObject> shadow = VmObject::create_shadow(mapping.object, first, pages);
    mapping.object->remove_mapping(mapping);
    mapping.object = std::move(shadow);
    mapping.offset = PageIndex(mapping.offset.value - first.value);
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
    const bool of_device = mapping.sharing == Sharing::Shared && mapping.object->kind() == ObjectKind::Device;
    if (!mapping.protection.accessible() || (protection.writable() && !mapping.protection.writable()) || of_device) {
        return Failure(VmError::AccessDenied);
    }
    ensure_private_object(mapping);
    const PageIndex index = mapping.index_of(va);
    if (index.value >= mapping.object->size_pages()) {
        return Failure(VmError::NotMapped);
    }
    const PageRights rights = protection.writable() ? PageRights::ReadWrite : PageRights::ReadOnly;
    if (!vm_.reserve_frames(1)) {
        return Failure(VmError::NoMemory);
    }
    remove_entries({va.page(), std::uint64_t{va.page().value} + PAGE_SIZE}, mapping.wiring);
    mapping.object->remove_page(index);
    const auto entered = pmap_.enter(va.page(), frame, rights, AfterEnter::NoRetry);
    require(entered == EnterResult::Entered, "a frame was reserved for the page table");
    vm_.machine().frames().set_use(frame, FrameUse::Page);
    Page& page = mapping.object->insert_page(index, frame);
    page.mark_dirty();
    if (is_wired(mapping.wiring)) {
        vm_.wire(page);
    }
    if (const Ref<VmObject>& behind = mapping.object->shadow()) {
        behind->discard_unseen(mapping.object->shadow_offset() + index.value, 1);
    }
    return Done{};
}

}  // namespace vmlab
