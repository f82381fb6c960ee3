// SPDX-License-Identifier: GPL-2.0-only
// HeldPages: pages that somebody outside asked JOS's kernel for, by the functions of its own that map and share pages.
#pragma once

#include <map>
#include <optional>

#include "kernel/kernel.hpp"

namespace vmlab::jos_abi {

/// Owner: who calls from outside. Holds: the pages that are mapped nowhere yet (pp_ref 0).
/// A page goes by its physical address; elsewhere: struct PageInfo.
class HeldPages {
public:
    /// A page of zeros; nothing without a frame. Elsewhere: page_alloc, then page2pa.
    [[nodiscard]] std::optional<PhysAddr> allocate(Kernel& kernel);
    enum class Freed : std::uint8_t {
        Done,
        Mapped,   ///< an environment has it: there JOS stops with a panic
        Unknown,  ///< no page of a user's
    };
    /// Elsewhere: page_free.
    [[nodiscard]] Freed free(Kernel& kernel, PhysAddr page);
    enum class Inserted : std::uint8_t { Done, NoMemory, Unknown };
    /// Maps a page, instead of what is there; it is the environments' then, and goes with the last that has it.
    /// Requires: va is below UTOP and a page's; permissions are what are_permissions allows. Elsewhere: page_insert.
    [[nodiscard]] Inserted insert(Kernel& kernel, AddressSpace& space, PhysAddr page, VirtAddr va,
                                  std::uint32_t permissions);

private:
    std::map<FrameNumber, Ref<VmObject>> held_;
};

/// The page that an environment has at an address; nothing where it has none. Elsewhere: page_lookup.
[[nodiscard]] std::optional<PhysAddr> look_up_page(const AddressSpace& space, VirtAddr va);

}  // namespace vmlab::jos_abi
