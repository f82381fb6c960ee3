// SPDX-License-Identifier: GPL-2.0-only
// Single pages, as JOS's calls move them between environments: shared by who has them mapped, and wired there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "vm/address_space.hpp"

namespace vmlab::jos_abi {

/// Whether a call may give a page these rights: P and U, perhaps W and the bits that are the system's. Elsewhere: PTE_SYSCALL.
[[nodiscard]] bool are_permissions(std::uint32_t bits);

/// Whether a call may have to do with the page there: below UTOP, at a page's start.
[[nodiscard]] bool is_page_for_calls(VirtAddr va);

/// One page that somebody has mapped; without an object a fresh one, of zeros.
struct SharedPage {
    Ref<VmObject> object;
    PageIndex index;
    bool writable = false;
    std::string name;
};
[[nodiscard]] std::optional<SharedPage> find_page(const AddressSpace& space, VirtAddr va);

/// Where nothing is mapped there is nothing to do. Requires: is_page_for_calls(va). Elsewhere: page_remove.
void remove_page(AddressSpace& space, VirtAddr va);

/// In place of what is there. When it fails, nothing is there. Elsewhere: page_insert.
[[nodiscard]] Result<Done, VmError> insert_page(AddressSpace& space, VirtAddr va, const SharedPage& page,
                                                std::uint32_t permissions);

}  // namespace vmlab::jos_abi
