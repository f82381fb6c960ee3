// SPDX-License-Identifier: GPL-2.0-only
#include "abi/jos/held_pages.hpp"

#include "abi/jos/layout.hpp"
#include "abi/jos/pages.hpp"

namespace vmlab::jos_abi {

namespace {

/// As an environment has it that maps the page; nothing when none does.
std::optional<SharedPage> find_mapped(Kernel& kernel, FrameNumber frame) {
    for (const auto& process : kernel.processes()) {
        const AddressSpace* const space = process->find_space();
        if (space == nullptr) {
            continue;
        }
        for (const auto& [start, mapping] : space->mappings()) {
            const Page* const page = mapping.object ? mapping.object->find_page(mapping.index_of(start)) : nullptr;
            if (start < UTOP && page != nullptr && page->frame() == frame) {
                return find_page(*space, start);
            }
        }
    }
    return std::nullopt;
}

void hold(VmObject& object) {
    object.set_keeping(VmObject::Keeping::Yes);
    object.set_locking(VmObject::Locking::Locked);
}

void let_go(VmObject& object) {
    object.set_keeping(VmObject::Keeping::No);
    object.set_locking(VmObject::Locking::Free);
}

}  // namespace

std::optional<PhysAddr> HeldPages::allocate(Kernel& kernel) {
    if (!kernel.vm().commit().allows(1, Asking::AtOnce)) {
        return std::nullopt;
    }
    Ref<VmObject> object = VmObject::create_anonymous(kernel.vm(), 1);
    object->charge_commit();
    const VmObject::Obtained obtained = object->obtain_page(PageIndex(0));
    if (obtained.page == nullptr) {
        return std::nullopt;
    }
    hold(*object);
    const FrameNumber frame = obtained.page->frame();
    held_.emplace(frame, std::move(object));
    return frame.address();
}

HeldPages::Freed HeldPages::free(Kernel& kernel, PhysAddr page) {
    if (find_mapped(kernel, frame_of(page))) {
        return Freed::Mapped;
    }
    const auto found = held_.find(frame_of(page));
    if (found == held_.end()) {
        return Freed::Unknown;
    }
    let_go(*found->second);
    held_.erase(found);
    return Freed::Done;
}

HeldPages::Inserted HeldPages::insert(Kernel& kernel, AddressSpace& space, PhysAddr page, VirtAddr va,
                                      std::uint32_t permissions) {
    const auto held = held_.find(frame_of(page));
    const auto shared = held != held_.end()
                            ? std::optional(SharedPage{held->second, PageIndex(0), true, "[page_insert]"})
                            : find_mapped(kernel, frame_of(page));
    if (!shared) {
        return Inserted::Unknown;
    }
    if (!insert_page(space, va, *shared, permissions)) {
        return Inserted::NoMemory;
    }
    if (held != held_.end()) {
        let_go(*held->second);
        held_.erase(held);
    }
    return Inserted::Done;
}

std::optional<PhysAddr> look_up_page(const AddressSpace& space, VirtAddr va) {
    const auto shared = find_page(space, va.page());
    const Page* const page = shared && va < UTOP ? shared->object->find_page(shared->index) : nullptr;
    return page == nullptr ? std::nullopt : std::optional(page->frame().address());
}

}  // namespace vmlab::jos_abi
