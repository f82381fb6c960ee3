// SPDX-License-Identifier: GPL-2.0-only
// mremap, mincore and msync.
#include <algorithm>

#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

namespace {

/// The names that follow MREMAP_.
struct RemapFlags {
    static constexpr std::uint32_t MAYMOVE = 1, FIXED = 2, DONTUNMAP = 4;
};

/// The names that follow MS_.
struct SyncFlags {
    static constexpr std::uint32_t ASYNC = 1, INVALIDATE = 2, SYNC = 4;
};

/// Lengths as mremap takes them, in whole pages.
struct RemapArguments {
    VirtAddr old_address;
    std::uint64_t old_length, new_length;
    std::uint32_t flags;
    VirtAddr new_address;

    [[nodiscard]] bool has(std::uint32_t flag) const { return (flags & flag) != 0; }
    [[nodiscard]] VirtRange old() const { return {old_address, old_address.value + old_length}; }
    [[nodiscard]] VirtRange target() const { return {new_address, new_address.value + new_length}; }
};

/// What is wrong with them whatever is mapped.
bool are_invalid(const RemapArguments& arguments, const SpaceLayout& layout) {
    constexpr std::uint32_t KNOWN = RemapFlags::MAYMOVE | RemapFlags::FIXED | RemapFlags::DONTUNMAP;
    if ((arguments.flags & ~KNOWN) != 0 || !arguments.old_address.is_aligned() || arguments.new_length == 0 ||
        arguments.new_length > layout.end.value) {
        return true;
    }
    if (!arguments.has(RemapFlags::FIXED | RemapFlags::DONTUNMAP)) {
        return false;
    }
    return !arguments.has(RemapFlags::MAYMOVE) ||
           (arguments.has(RemapFlags::DONTUNMAP) && arguments.old_length != arguments.new_length) ||
           !arguments.new_address.is_aligned() || arguments.target().end > layout.end.value ||
           (arguments.has(RemapFlags::FIXED) && arguments.target().overlaps(arguments.old()));
}

}  // namespace

SyscallResult sys_mremap(Syscall& call) {
    AddressSpace& space = call.process.space();
    RemapArguments arguments{call.pointer(0), page_round_up(call.argument(1)), page_round_up(call.argument(2)),
                             call.argument(3), call.pointer(4)};
    if (!arguments.has(RemapFlags::FIXED | RemapFlags::DONTUNMAP)) {
        arguments.new_address = VirtAddr(0);
    }
    if (are_invalid(arguments, space.layout())) {
        return Errno::INVAL;
    }
    if (space.find_mapping(arguments.old_address) == nullptr || arguments.old().end > space.layout().end.value) {
        return Errno::FAULT;
    }
    const bool fixed = arguments.has(RemapFlags::FIXED), may_move = arguments.has(RemapFlags::MAYMOVE);
    const auto moved = space.remap(
        {.old_address = arguments.old_address,
         .old_length = arguments.old_length,
         .new_length = arguments.new_length,
         .placement = fixed      ? Placement::Fixed
                      : may_move ? Placement::Anywhere
                                 : Placement::Hint,
         .new_address = arguments.new_address,
         .left_behind = arguments.has(RemapFlags::DONTUNMAP) ? LeftBehind::Untouched : LeftBehind::Nothing});
    if (moved) {
        return moved.value().value;
    }
    return moved.error() == VmError::NotMapped ? SyscallResult(Errno::FAULT) : SyscallResult(moved.error());
}

namespace {

/// Whether shared mappings of one object with the same rights follow each other throughout the range.
bool shows_one_object(const AddressSpace& space, const Mapping& first, const VirtRange& range) {
    for (std::uint64_t at = first.range.end; at < range.end;) {
        const Mapping* const next = space.find_mapping(VirtAddr(static_cast<std::uint32_t>(at)));
        if (next == nullptr || next->object != first.object || !are_alike(*next, first)) {
            return false;
        }
        at = next->range.end;
    }
    return true;
}

}  // namespace

// As Linux does it today: a mapping of its own, in the place of what was there.
SyscallResult sys_remap_file_pages(Syscall& call) {
    constexpr std::uint32_t NONBLOCK = 0x10000;
    AddressSpace& space = call.process.space();
    const VirtAddr start = call.pointer(0).page();
    const std::uint32_t bytes = call.argument(1) & ~(PAGE_SIZE - 1), offset = call.argument(3);
    const VirtRange range{start, std::uint64_t{start.value} + bytes};
    if (call.argument(2) != 0 || bytes == 0 || range.end > space.layout().end.value ||
        std::uint64_t{offset} + (bytes >> PAGE_SHIFT) > ~std::uint32_t{0}) {
        return Errno::INVAL;
    }
    const Mapping* const mapping = space.find_mapping(start);
    if (mapping == nullptr || mapping->sharing == Sharing::Private || !shows_one_object(space, *mapping, range)) {
        return Errno::INVAL;
    }
    if (mapping->object->kind() == ObjectKind::Anonymous) {
        mapping->object->set_keeping(VmObject::Keeping::Yes);  // what is out of sight now may come back
    }
    const bool waits = (call.argument(4) & NONBLOCK) == 0;
    const auto mapped =
        space.map({.address = start,
                   .length = bytes,
                   .placement = Placement::Fixed,
                   .protection = mapping->protection,
                   .max_protection = mapping->max_protection,
                   .sharing = Sharing::Shared,
                   .kind = mapping->kind,
                   .reserve = mapping->commitment == Commitment::NotReserved ? Reserve::No : Reserve::Yes,
                   .wiring = mapping->wiring,
                   .populate = waits ? Populate::Yes : Populate::No,
                   .object = mapping->object,
                   .offset = PageIndex(offset),
                   .name = mapping->name});
    return mapped ? SyscallResult(0U) : SyscallResult(mapped.error());
}

SyscallResult sys_mincore(Syscall& call) {
    AddressSpace& space = call.process.space();
    const std::uint32_t user_end = space.layout().end.value;
    if (!call.pointer(0).is_aligned()) {
        return Errno::INVAL;
    }
    const std::uint64_t length = call.argument(1);
    if (call.argument(0) + length > user_end) {
        return Errno::NOMEM;
    }
    const VirtRange range{call.pointer(0), call.argument(0) + page_round_up(length)};
    if (call.argument(2) + (range.size() >> PAGE_SHIFT) > user_end) {
        return Errno::FAULT;
    }
    for (std::uint64_t at = range.start.value; at < range.end; at += PAGE_SIZE) {
        const VirtAddr page(static_cast<std::uint32_t>(at));
        if (space.find_mapping(page) == nullptr) {
            return Errno::NOMEM;
        }
        const bool there = space.is_resident(page);
        const VirtAddr to = call.pointer(2) + ((page - range.start) >> PAGE_SHIFT);
        if (call.memory.write(to, static_cast<std::uint8_t>(there)) == CopyResult::Fault) {
            return Errno::FAULT;
        }
    }
    return 0U;
}

SyscallResult sys_msync(Syscall& call) {
    const std::uint32_t flags = call.argument(2);
    if ((flags & ~(SyncFlags::ASYNC | SyncFlags::INVALIDATE | SyncFlags::SYNC)) != 0 || !call.pointer(0).is_aligned() ||
        (flags & (SyncFlags::ASYNC | SyncFlags::SYNC)) == (SyncFlags::ASYNC | SyncFlags::SYNC)) {
        return Errno::INVAL;
    }
    if (call.argument(1) == 0) {
        return 0U;
    }
    AddressSpace& space = call.process.space();
    const auto range = user_pages(space, call.pointer(0), call.argument(1));
    if (!range) {
        return Errno::NOMEM;
    }
    if ((flags & SyncFlags::INVALIDATE) != 0) {
        for (const auto& [start, mapping] : space.mappings()) {
            if (mapping.range.overlaps(*range) && is_wired(mapping.wiring)) {
                return Errno::BUSY;
            }
        }
    }
    return space.synchronize(*range);
}

}  // namespace vmlab::linux_abi
