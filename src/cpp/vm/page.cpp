// SPDX-License-Identifier: GPL-2.0-only
#include "vm/page.hpp"

#include "vm/virtual_memory.hpp"
#include "vm/vm_object.hpp"

namespace vmlab {

Page::Page(VmObject& object, PageIndex index, FrameNumber frame, PageState state)
    : object_(&object), index_(index), frame_(frame), state_(state) {
    object.vm().adopt_page(*this);
}

Page::~Page() { object_->vm().release_page(*this); }

PageIdentity Page::identity() const { return {object_->id(), index_}; }

void Page::mark_dirty() {
    cleanliness_ = Cleanliness::Dirty;
    object_->note_dirty();
    object_->free_swap_slot(index_);
}

}  // namespace vmlab
