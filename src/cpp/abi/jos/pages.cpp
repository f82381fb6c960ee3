// SPDX-License-Identifier: GPL-2.0-only
#include "abi/jos/pages.hpp"

#include "abi/jos/layout.hpp"

namespace vmlab::jos_abi {

bool are_permissions(std::uint32_t bits) {
    constexpr std::uint32_t NEEDED = PteBits::PRESENT | PteBits::USER;
    constexpr std::uint32_t ALLOWED = NEEDED | PteBits::WRITABLE | PteBits::AVAILABLE;
    return (bits & NEEDED) == NEEDED && (bits & ~ALLOWED) == 0;
}

bool is_page_for_calls(VirtAddr va) { return va < UTOP && va.is_aligned(); }

std::optional<SharedPage> find_page(const AddressSpace& space, VirtAddr va) {
    const Mapping* const mapping = space.find_mapping(va);
    return mapping == nullptr ? std::nullopt
                              : std::optional(SharedPage{mapping->object, mapping->index_of(va),
                                                         mapping->protection.writable(), mapping->name});
}

void remove_page(AddressSpace& space, VirtAddr va) {
    require(space.unmap({va, std::uint64_t{va.value} + PAGE_SIZE}).ok(), "user pages can be unmapped");
}

Result<Done, VmError> insert_page(AddressSpace& space, VirtAddr va, const SharedPage& page, std::uint32_t permissions) {
    const std::uint32_t write = (permissions & PteBits::WRITABLE) != 0 ? Protection::WRITE : 0U;
    const auto mapped = space.map_at_once({.address = va,
                                           .length = PAGE_SIZE,
                                           .placement = Placement::Fixed,
                                           .protection = Protection{Protection::READ | Protection::EXEC | write},
                                           .sharing = Sharing::Shared,
                                           .wiring = Wiring::Wired,
                                           .software = {permissions & PteBits::AVAILABLE},
                                           .object = page.object,
                                           .offset = page.index,
                                           .name = page.name});
    return mapped ? Result<Done, VmError>(Done{}) : Failure(mapped.error());
}

}  // namespace vmlab::jos_abi
