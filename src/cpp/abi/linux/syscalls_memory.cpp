// SPDX-License-Identifier: GPL-2.0-only
// brk, mmap and their kin.
#include <algorithm>

#include "abi/linux/layout.hpp"
#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

namespace {

constexpr std::uint32_t MAP_TYPE_MASK = 0x0F, MAP_SHARED = 0x01, MAP_PRIVATE = 0x02, MAP_SHARED_VALIDATE = 0x03;
constexpr std::uint32_t MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20, MAP_HUGETLB = 0x40000, MAP_FIXED_NOREPLACE = 0x100000;
constexpr std::uint32_t MAP_NORESERVE = 0x4000;
constexpr std::uint32_t PROTECTION_BITS = Protection::READ | Protection::WRITE | Protection::EXEC;

/// The arguments of mmap2, whichever call they came by.
struct MapArguments {
    VirtAddr address;
    std::uint32_t length;
    std::uint32_t protection;
    std::uint32_t flags;
    std::uint32_t descriptor;
    std::uint32_t page_offset;
};

Result<Placement, Errno> placement_of(const MapArguments& arguments, const SpaceLayout& layout) {
    const bool no_replace = (arguments.flags & MAP_FIXED_NOREPLACE) != 0;
    if (!no_replace && (arguments.flags & MAP_FIXED) == 0) {
        return arguments.address.value == 0 ? Placement::Anywhere : Placement::Hint;
    }
    if (!arguments.address.is_aligned()) {
        return Failure(Errno::INVAL);
    }
    if (arguments.address.value + page_round_up(arguments.length) > layout.end.value) {
        return Failure(Errno::NOMEM);
    }
    if (arguments.address < layout.lowest) {
        return Failure(Errno::PERM);
    }
    return no_replace ? Placement::FixedNoReplace : Placement::Fixed;
}

Result<Sharing, Errno> sharing_of(std::uint32_t flags) {
    switch (flags & MAP_TYPE_MASK) {
        case MAP_SHARED:
        case MAP_SHARED_VALIDATE:
            return Sharing::Shared;
        case MAP_PRIVATE:
            return Sharing::Private;
        default:
            return Failure(Errno::INVAL);
    }
}

/// Fills in what a mapping of a file shows; 0 when it may be mapped.
SyscallResult choose_object(const OpenFile& file, std::uint32_t page_offset, MapRequest& request) {
    if (!file.readable()) {
        return Errno::ACCES;
    }
    if (request.sharing == Sharing::Shared && request.protection.writable() && !file.writable()) {
        return Errno::ACCES;
    }
    if (file.maps_zeros()) {
        return 0U;
    }
    request.object = file.object();
    if (!request.object) {
        return Errno::NODEV;
    }
    request.kind = MappingKind::File;
    request.offset = PageIndex(page_offset);
    request.name = file.path();
    return 0U;
}

SyscallResult map(Syscall& call, const MapArguments& arguments) {
    const OpenFile* file = nullptr;
    if ((arguments.flags & MAP_ANONYMOUS) == 0) {
        file = call.process.files().find(arguments.descriptor);
        if (file == nullptr) {
            return Errno::BADF;
        }
    }
    AddressSpace& space = call.process.space();
    if (arguments.length == 0 || (arguments.flags & MAP_HUGETLB) != 0) {
        return Errno::INVAL;
    }
    if (page_round_up(arguments.length) > space.layout().end.value) {
        return Errno::NOMEM;
    }
    if (arguments.page_offset + (page_round_up(arguments.length) >> PAGE_SHIFT) > ~std::uint32_t{0}) {
        return Errno::OVERFLOWED;
    }
    const auto placement = placement_of(arguments, space.layout());
    if (!placement) {
        return placement.error();
    }
    const auto sharing = sharing_of(arguments.flags);
    if (!sharing) {
        return sharing.error();
    }
    MapRequest request{.address = arguments.address,
                       .length = arguments.length,
                       .placement = placement.value(),
                       .protection = {arguments.protection & PROTECTION_BITS},
                       .sharing = sharing.value(),
                       .reserve = (arguments.flags & MAP_NORESERVE) != 0 ? Reserve::No : Reserve::Yes};
    if (file != nullptr) {
        const SyscallResult chosen = choose_object(*file, arguments.page_offset, request);
        if (chosen.eax != 0) {
            return chosen;
        }
    }
    const auto mapped = space.map(std::move(request));
    return mapped ? SyscallResult(mapped.value().value) : SyscallResult(mapped.error());
}

}  // namespace

std::optional<VirtRange> user_pages(const AddressSpace& space, VirtAddr start, std::uint64_t length) {
    const std::uint64_t end = start.value + page_round_up(length);
    return end <= space.layout().end.value ? std::optional(VirtRange{start, end}) : std::nullopt;
}

SyscallResult sys_brk(Syscall& call) {
    AddressSpace& space = call.process.space();
    const VirtAddr wanted = call.pointer(0);
    if (wanted >= space.heap_start()) {
        // brk never fails: it tells where the breakpoint is.
        (void)space.set_break(wanted);
    }
    return space.heap_end().value;
}

SyscallResult sys_mmap2(Syscall& call) {
    return map(call, {.address = call.pointer(0),
                      .length = call.argument(1),
                      .protection = call.argument(2),
                      .flags = call.argument(3),
                      .descriptor = call.argument(4),
                      .page_offset = call.argument(5)});
}

SyscallResult sys_old_mmap(Syscall& call) {
    const auto words = call.memory.read<std::array<std::uint32_t, 6>>(call.pointer(0));
    if (!words) {
        return Errno::FAULT;
    }
    const auto& [address, length, protection, flags, descriptor, offset] = *words;
    if (offset % PAGE_SIZE != 0) {
        return Errno::INVAL;
    }
    return map(call, {VirtAddr(address), length, protection, flags, descriptor, offset >> PAGE_SHIFT});
}

SyscallResult sys_munmap(Syscall& call) {
    AddressSpace& space = call.process.space();
    const auto range = user_pages(space, call.pointer(0), call.argument(1));
    if (!call.pointer(0).is_aligned() || call.argument(1) == 0 || !range) {
        return Errno::INVAL;
    }
    return space.unmap(*range);
}

SyscallResult sys_mprotect(Syscall& call) {
    constexpr std::uint32_t PROT_SEM = 8;
    AddressSpace& space = call.process.space();
    if (!call.pointer(0).is_aligned()) {
        return Errno::INVAL;
    }
    if (call.argument(1) == 0) {
        return 0U;
    }
    const auto range = user_pages(space, call.pointer(0), call.argument(1));
    if (!range) {
        return Errno::NOMEM;
    }
    if ((call.argument(2) & ~(PROTECTION_BITS | PROT_SEM)) != 0) {
        return Errno::INVAL;
    }
    return space.protect(*range, {call.argument(2) & PROTECTION_BITS});
}

}  // namespace vmlab::linux_abi
