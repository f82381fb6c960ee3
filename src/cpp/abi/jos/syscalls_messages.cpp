// SPDX-License-Identifier: GPL-2.0-only
// Messages between any two environments: a word, and perhaps a page.
#include "abi/jos/pages.hpp"
#include "abi/jos/syscall.hpp"

namespace vmlab::jos_abi {

namespace {

/// The page that goes with a message. Nothing where the sender may not send it so.
std::optional<SharedPage> find_sent(const Syscall& call, VirtAddr va, std::uint32_t permissions) {
    if (!is_page_for_calls(va) || !are_permissions(permissions)) {
        return std::nullopt;
    }
    auto page = find_page(call.process.space(), va);
    const bool too_much = page && (permissions & PteBits::WRITABLE) != 0 && !page->writable;
    return too_much ? std::nullopt : std::move(page);
}

}  // namespace

std::uint32_t sys_ipc_try_send(Syscall& call) {
    const auto& [id, value, from_va, permissions, unused] = call.arguments;
    System& system = call.system;
    Environment* const receiver = id == 0 ? &call.caller : system.environments.find(id);
    if (receiver == nullptr) {
        return result_of(Error::BadEnv);
    }
    Environment::Message& message = receiver->message;
    if (!message.awaited) {
        return result_of(Error::IpcNotRecv);
    }
    const VirtAddr source(from_va);
    std::uint32_t given = 0;
    if (source < UTOP) {
        const auto page = find_sent(call, source, permissions);
        if (!page) {
            return result_of(Error::Inval);
        }
        if (message.page_wanted_at < UTOP) {
            AddressSpace& space = system.process_of(*receiver).space();
            if (!insert_page(space, message.page_wanted_at, *page, permissions)) {
                return result_of(Error::NoMem);
            }
            given = permissions;
        }
    }
    message = {.page_wanted_at = message.page_wanted_at, .value = value, .from = call.caller.id, .permissions = given};
    Process& process = system.process_of(*receiver);
    if (!process.blocked_trap) {
        TrapFrame frame = process.trap_frame();  // which it was given since it waits
        frame.eax = 0;
        process.set_trap_frame(frame);
    }
    system.release(*receiver);
    return 0;
}

// Returns 0 when a message has come, in the caller's own struct Env.
std::uint32_t sys_ipc_recv(Syscall& call) {
    const VirtAddr wanted_at(call.arguments[0]);
    if (wanted_at < UTOP && !wanted_at.is_aligned()) {
        return result_of(Error::Inval);
    }
    if (!call.resumed) {
        call.caller.message = {.awaited = true, .page_wanted_at = wanted_at};
        call.system.hold(call.caller);
    }
    return 0;
}

}  // namespace vmlab::jos_abi
