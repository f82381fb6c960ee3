// SPDX-License-Identifier: GPL-2.0-only
#include "vm/object_list.hpp"

#include "vm/vm_object.hpp"

namespace vmlab {

VmObject* ObjectList::after(const VmObject& object) { return object.next_; }

void ObjectList::add(VmObject& object) {
    object.previous_ = last_;
    (last_ != nullptr ? last_->next_ : first_) = &object;
    last_ = &object;
}

void ObjectList::remove(VmObject& object) {
    (object.previous_ != nullptr ? object.previous_->next_ : first_) = object.next_;
    (object.next_ != nullptr ? object.next_->previous_ : last_) = object.previous_;
}

}  // namespace vmlab
