// SPDX-License-Identifier: GPL-2.0-only
// ObjectList: every VmObject that there is, in the order of their numbers, for checks, sweeps and views.
#pragma once

namespace vmlab {

class VmObject;

/// Owner: the VirtualMemory. Holds without owning; an object enters when it is made and leaves when it dies.
class ObjectList {
public:
    [[nodiscard]] VmObject* first() const { return first_; }
    [[nodiscard]] static VmObject* after(const VmObject& object);
    void add(VmObject& object);
    void remove(VmObject& object);

private:
    VmObject* first_ = nullptr;
    VmObject* last_ = nullptr;
};

}  // namespace vmlab
