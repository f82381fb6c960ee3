// SPDX-License-Identifier: GPL-2.0-only
// Pages of one's own and of one's children.
#include "abi/jos/pages.hpp"
#include "abi/jos/syscall.hpp"

namespace vmlab::jos_abi {

namespace {

AddressSpace* space_of(Syscall& call, EnvId id) {
    const Environment* const environment = call.system.find_own(call.caller, id);
    return environment == nullptr ? nullptr : &call.system.process_of(*environment).space();
}

}  // namespace

std::uint32_t sys_page_alloc(Syscall& call) {
    const auto [id, va, permissions] = std::tuple(call.arguments[0], VirtAddr(call.arguments[1]), call.arguments[2]);
    AddressSpace* const space = space_of(call, id);
    if (space == nullptr) {
        return result_of(Error::BadEnv);
    }
    if (!is_page_for_calls(va) || !are_permissions(permissions)) {
        return result_of(Error::Inval);
    }
    return insert_page(*space, va, {}, permissions) ? 0 : result_of(Error::NoMem);
}

std::uint32_t sys_page_map(Syscall& call) {
    const auto& [from_id, from_va, to_id, to_va, permissions] = call.arguments;
    const AddressSpace* const from = space_of(call, from_id);
    AddressSpace* const to = space_of(call, to_id);
    if (from == nullptr || to == nullptr) {
        return result_of(Error::BadEnv);
    }
    if (!is_page_for_calls(VirtAddr(from_va)) || !is_page_for_calls(VirtAddr(to_va)) || !are_permissions(permissions)) {
        return result_of(Error::Inval);
    }
    const auto page = find_page(*from, VirtAddr(from_va));
    if (!page || ((permissions & PteBits::WRITABLE) != 0 && !page->writable)) {
        return result_of(Error::Inval);
    }
    return insert_page(*to, VirtAddr(to_va), *page, permissions) ? 0 : result_of(Error::NoMem);
}

std::uint32_t sys_page_unmap(Syscall& call) {
    const VirtAddr va(call.arguments[1]);
    AddressSpace* const space = space_of(call, call.arguments[0]);
    if (space == nullptr) {
        return result_of(Error::BadEnv);
    }
    if (!is_page_for_calls(va)) {
        return result_of(Error::Inval);
    }
    remove_page(*space, va);
    return 0;
}

}  // namespace vmlab::jos_abi
