// SPDX-License-Identifier: GPL-2.0-only
// The mlock family. Everybody is root here, whom RLIMIT_MEMLOCK does not bind.
#include <vector>

#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

namespace {

/// From the page of the address to that of the last byte. Fails: INVAL when the sum does not fit 32 bits, NOMEM when it is not
/// the user's.
Result<VirtRange, Errno> locked_pages(const Syscall& call) {
    const VirtAddr start = call.pointer(0).page();
    const std::uint64_t end = start.value + page_round_up(std::uint64_t{call.argument(1)} + call.pointer(0).offset());
    if (end > std::uint64_t{1} << 32) {
        return Failure(Errno::INVAL);
    }
    return end > call.process.space().layout().end.value ? Failure(Errno::NOMEM)
                                                         : Result<VirtRange, Errno>(VirtRange{start, end});
}

/// What lies before a hole is done, and the caller is told.
SyscallResult wire(Syscall& call, Wiring wiring) {
    const auto range = locked_pages(call);
    if (!range) {
        return range.error();
    }
    return range.value().size() == 0 ? SyscallResult(0U) : call.process.space().set_wiring(range.value(), wiring);
}

/// Every mapping that there is; what cannot be brought in now comes at the touch.
void wire_all(AddressSpace& space, Wiring wiring) {
    std::vector<VirtRange> ranges;
    for (const auto& [start, mapping] : space.mappings()) {
        ranges.push_back(mapping.range);
    }
    for (const VirtRange& range : ranges) {
        static_cast<void>(space.set_wiring(range, wiring));
    }
}

}  // namespace

SyscallResult sys_mlock(Syscall& call) { return wire(call, Wiring::Wired); }

SyscallResult sys_mlock2(Syscall& call) {
    constexpr std::uint32_t ON_FAULT = 1;
    if ((call.argument(2) & ~ON_FAULT) != 0) {
        return Errno::INVAL;
    }
    return wire(call, call.argument(2) == ON_FAULT ? Wiring::WiredOnTouch : Wiring::Wired);
}

SyscallResult sys_munlock(Syscall& call) { return wire(call, Wiring::Pageable); }

SyscallResult sys_mlockall(Syscall& call) {
    constexpr std::uint32_t CURRENT = 1, FUTURE = 2, ON_FAULT = 4;
    const std::uint32_t flags = call.argument(0);
    if (flags == 0 || (flags & ~(CURRENT | FUTURE | ON_FAULT)) != 0 || flags == ON_FAULT) {
        return Errno::INVAL;
    }
    const Wiring wiring = (flags & ON_FAULT) != 0 ? Wiring::WiredOnTouch : Wiring::Wired;
    AddressSpace& space = call.process.space();
    space.set_future_wiring((flags & FUTURE) != 0 ? wiring : Wiring::Pageable);
    if ((flags & CURRENT) != 0) {
        wire_all(space, wiring);
    }
    return 0U;
}

SyscallResult sys_munlockall(Syscall& call) {
    call.process.space().set_future_wiring(Wiring::Pageable);
    wire_all(call.process.space(), Wiring::Pageable);
    return 0U;
}

}  // namespace vmlab::linux_abi
