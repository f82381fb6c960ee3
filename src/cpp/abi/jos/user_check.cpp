// SPDX-License-Identifier: GPL-2.0-only
#include "abi/jos/user_check.hpp"

#include <algorithm>

#include "abi/jos/layout.hpp"

namespace vmlab::jos_abi {

std::optional<VirtAddr> find_bad_address(const AddressSpace& space, VirtAddr start, std::uint32_t bytes,
                                         Access access) {
    const Mmu& mmu = space.vm().machine().mmu();
    const std::uint64_t end = std::uint64_t{start.value} + bytes;
    for (std::uint64_t page = start.page().value; page < end; page += PAGE_SIZE) {
        const VirtAddr at(std::max(static_cast<std::uint32_t>(page), start.value));
        if (at >= ULIM) {
            return at;
        }
        if (mmu.denial(mmu.walk(at, space.pmap().root()), access, Privilege::User)) {
            return at;
        }
    }
    return std::nullopt;
}

}  // namespace vmlab::jos_abi
