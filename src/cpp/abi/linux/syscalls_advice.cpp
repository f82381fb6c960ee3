// SPDX-License-Identifier: GPL-2.0-only
// mremap, madvise, mincore, msync and the mlock family.
#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

namespace {

struct RemapFlags {
    static constexpr std::uint32_t MAYMOVE = 1, FIXED = 2;
};

struct SyncFlags {
    static constexpr std::uint32_t ASYNC = 1, INVALIDATE = 2, SYNC = 4;
};

std::optional<Advice> advice_of(std::uint32_t number) {
    switch (number) {
        case 0:
            return Advice::Normal;
        case 1:
            return Advice::Random;
        case 2:
            return Advice::Sequential;
        case 3:
            return Advice::WillNeed;
        case 4:
            return Advice::DontNeed;
        case 8:
            return Advice::Free;
        default:
            return std::nullopt;
    }
}

/// Advice that no program can see the effect of: huge pages, core dumps.
bool is_inert(std::uint32_t number) { return number >= 14 && number <= 17; }

bool any_wired(const AddressSpace& space, const VirtRange& range) {
    for (auto at = space.mappings().begin(); at != space.mappings().end(); ++at) {
        if (at->second.range.overlaps(range) && at->second.wiring == Wiring::Wired) {
            return true;
        }
    }
    return false;
}

/// A hole in the range is no bar to the rest; the caller is told at the end.
SyscallResult wire(Syscall& call, const VirtRange& range, Wiring wiring) {
    if (range.size() == 0) {
        return 0U;
    }
    return call.process.space().set_wiring(range, wiring);
}

/// What mlock and munlock are given: from the page of the address to that of the last byte.
std::optional<VirtRange> locked_pages(const Syscall& call) {
    const VirtAddr start = call.pointer(0).page();
    return user_pages(call.process.space(), start, std::uint64_t{call.argument(1)} + call.pointer(0).offset());
}

}  // namespace

SyscallResult sys_mremap(Syscall& call) {
    const std::uint32_t flags = call.argument(3);
    const bool fixed = (flags & RemapFlags::FIXED) != 0, may_move = (flags & RemapFlags::MAYMOVE) != 0;
    if ((flags & ~(RemapFlags::MAYMOVE | RemapFlags::FIXED)) != 0 || (fixed && !may_move) || call.argument(2) == 0 ||
        call.argument(1) == 0 || !call.pointer(0).is_aligned()) {
        return Errno::INVAL;
    }
    const Placement placement = fixed ? Placement::Fixed : may_move ? Placement::Anywhere : Placement::Hint;
    const auto moved = call.process.space().remap({.old_address = call.pointer(0),
                                                   .old_length = call.argument(1),
                                                   .new_length = call.argument(2),
                                                   .placement = placement,
                                                   .new_address = call.pointer(4)});
    if (moved) {
        return moved.value().value;
    }
    return moved.error() == VmError::NotMapped ? SyscallResult(Errno::FAULT) : SyscallResult(moved.error());
}

SyscallResult sys_madvise(Syscall& call) {
    const auto advice = advice_of(call.argument(2));
    if (!call.pointer(0).is_aligned() || (!advice && !is_inert(call.argument(2)))) {
        return Errno::INVAL;
    }
    AddressSpace& space = call.process.space();
    const auto range = user_pages(space, call.pointer(0), call.argument(1));
    if (!range) {
        return Errno::NOMEM;
    }
    const bool discards = advice == Advice::DontNeed || advice == Advice::Free;
    if (discards && any_wired(space, *range)) {
        return Errno::INVAL;
    }
    return space.advise(*range, advice.value_or(Advice::Normal));
}

SyscallResult sys_mincore(Syscall& call) {
    AddressSpace& space = call.process.space();
    if (!call.pointer(0).is_aligned()) {
        return Errno::INVAL;
    }
    const auto range = user_pages(space, call.pointer(0), call.argument(1));
    if (!range) {
        return Errno::NOMEM;
    }
    for (std::uint64_t at = range->start.value; at < range->end; at += PAGE_SIZE) {
        const VirtAddr page(static_cast<std::uint32_t>(at));
        if (space.find_mapping(page) == nullptr) {
            return Errno::NOMEM;
        }
        const bool there = space.resident({page, at + PAGE_SIZE}).front();
        const VirtAddr to = call.pointer(2) + ((page - range->start) >> PAGE_SHIFT);
        if (call.memory.write(to, static_cast<std::uint8_t>(there)) == CopyResult::Fault) {
            return Errno::FAULT;
        }
    }
    return 0U;
}

SyscallResult sys_msync(Syscall& call) {
    const std::uint32_t flags = call.argument(2);
    if (!call.pointer(0).is_aligned() || (flags & ~(SyncFlags::ASYNC | SyncFlags::INVALIDATE | SyncFlags::SYNC)) != 0 ||
        (flags & (SyncFlags::ASYNC | SyncFlags::SYNC)) == (SyncFlags::ASYNC | SyncFlags::SYNC)) {
        return Errno::INVAL;
    }
    AddressSpace& space = call.process.space();
    const auto range = user_pages(space, call.pointer(0), call.argument(1));
    if (!range) {
        return Errno::NOMEM;
    }
    if ((flags & SyncFlags::INVALIDATE) != 0 && any_wired(space, *range)) {
        return Errno::BUSY;
    }
    return space.synchronize(*range);
}

SyscallResult sys_mlock(Syscall& call) {
    const auto range = locked_pages(call);
    return range ? wire(call, *range, Wiring::Wired) : SyscallResult(Errno::INVAL);
}

SyscallResult sys_munlock(Syscall& call) {
    const auto range = locked_pages(call);
    return range ? wire(call, *range, Wiring::Pageable) : SyscallResult(Errno::INVAL);
}

}  // namespace vmlab::linux_abi
