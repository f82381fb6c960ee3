// SPDX-License-Identifier: GPL-2.0-only
// brk, mmap and their kin.
#include <algorithm>

#include "abi/linux/file_status.hpp"
#include "abi/linux/layout.hpp"
#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

namespace {

/// The names that follow MAP_.
struct MapFlags {
    static constexpr std::uint32_t SHARED = 0x01, PRIVATE = 0x02, SHARED_VALIDATE = 0x03, TYPE = 0x0F;
    static constexpr std::uint32_t FIXED = 0x10, ANONYMOUS = 0x20, GROWSDOWN = 0x100, DENYWRITE = 0x800;
    static constexpr std::uint32_t EXECUTABLE = 0x1000, LOCKED = 0x2000, NORESERVE = 0x4000, POPULATE = 0x8000;
    static constexpr std::uint32_t NONBLOCK = 0x10000, STACK = 0x20000, HUGETLB = 0x40000;
    static constexpr std::uint32_t FIXED_NOREPLACE = 0x100000, UNINITIALIZED = 0x4000000;
    /// What SHARED_VALIDATE knows; the sizes of huge pages among it.
    static constexpr std::uint32_t VALID = TYPE | FIXED | ANONYMOUS | GROWSDOWN | DENYWRITE | EXECUTABLE | LOCKED |
                                           NORESERVE | POPULATE | NONBLOCK | STACK | HUGETLB | UNINITIALIZED |
                                           (0x15U << 26) | (0x1EU << 26);
};

constexpr std::uint32_t PROTECTION_BITS = Protection::READ | Protection::WRITE | Protection::EXEC;

/// The arguments of mmap2, whichever call they came by.
struct MapArguments {
    VirtAddr address;
    std::uint32_t length;
    std::uint32_t protection;
    std::uint32_t flags;
    std::uint32_t descriptor;
    std::uint32_t page_offset;

    [[nodiscard]] bool has(std::uint32_t flag) const { return (flags & flag) != 0; }
    [[nodiscard]] std::uint32_t type() const { return flags & MapFlags::TYPE; }
};

/// Whether there can be such a place at all is told before anything is said of the type or of the file.
Result<Placement, Errno> placement_of(const MapArguments& arguments, const AddressSpace& space) {
    const std::uint64_t end = arguments.address.value + page_round_up(arguments.length);
    if (page_round_up(arguments.length) > space.layout().end.value) {
        return Failure(Errno::NOMEM);
    }
    if (!arguments.has(MapFlags::FIXED | MapFlags::FIXED_NOREPLACE)) {
        return arguments.address.value == 0 ? Placement::Anywhere : Placement::Hint;
    }
    if (end > space.layout().end.value) {
        return Failure(Errno::NOMEM);
    }
    if (!arguments.address.is_aligned()) {
        return Failure(Errno::INVAL);
    }
    if (!arguments.has(MapFlags::FIXED_NOREPLACE)) {
        return Placement::Fixed;
    }
    return space.mapped_pages({arguments.address, end}) > 0 ? Failure(Errno::EXIST)
                                                            : Result<Placement, Errno>(Placement::FixedNoReplace);
}

/// Fills in what a mapping without a file is; 0 when there is such a type.
SyscallResult choose_memory(const MapArguments& arguments, MapRequest& request) {
    const bool grows = arguments.has(MapFlags::GROWSDOWN);
    if (arguments.type() == MapFlags::SHARED && !grows) {
        request.sharing = Sharing::Shared;
    } else if (arguments.type() != MapFlags::PRIVATE) {
        return Errno::INVAL;
    }
    request.kind = grows ? MappingKind::Stack : MappingKind::Anonymous;
    return 0U;
}

/// Fills in what a mapping of a file shows; 0 when it may be mapped. The order is Linux's.
SyscallResult choose_object(const OpenFile& file, const MapArguments& arguments, MapRequest& request) {
    const bool validates = arguments.type() == MapFlags::SHARED_VALIDATE;
    const bool shared = arguments.type() == MapFlags::SHARED || validates;
    if (validates && (arguments.flags & ~MapFlags::VALID) != 0) {
        return Errno::OPNOTSUPP;
    }
    if (!shared && arguments.type() != MapFlags::PRIVATE) {
        return Errno::INVAL;
    }
    if ((shared && request.protection.writable() && !file.writable()) || !file.readable()) {
        return Errno::ACCES;
    }
    const bool executes = (request.protection.bits & Protection::EXEC) != 0;
    if (executes && flows(file.status().type)) {
        return Errno::PERM;
    }
    if (!file.maps_zeros() && !file.object()) {
        return Errno::NODEV;
    }
    if (arguments.has(MapFlags::GROWSDOWN)) {
        return Errno::INVAL;
    }
    request.sharing = shared ? Sharing::Shared : Sharing::Private;
    if (file.maps_zeros()) {
        return 0U;
    }
    const RegularFile* const regular = as_regular_file(file.inode());
    const bool sealed = regular != nullptr && regular->is_sealed(FileSeals::WRITE | FileSeals::FUTURE_WRITE);
    if (shared && sealed && request.protection.writable()) {
        return Errno::PERM;
    }
    if (shared && (sealed || !file.writable())) {
        request.max_protection = {Protection::READ | Protection::EXEC};
    }
    request.object = file.object();
    request.kind = MappingKind::File;
    request.offset = PageIndex(arguments.page_offset);
    request.name = file.path();
    return 0U;
}

SyscallResult map(Syscall& call, const MapArguments& arguments) {
    const OpenFile* file = nullptr;
    if (!arguments.has(MapFlags::ANONYMOUS)) {
        file = call.process.files().find(arguments.descriptor);
        if (file == nullptr) {
            return Errno::BADF;
        }
    }
    if (arguments.length == 0 || arguments.has(MapFlags::HUGETLB)) {
        return Errno::INVAL;
    }
    if (page_round_up(arguments.length) > ~std::uint32_t{0}) {
        return Errno::NOMEM;
    }
    if (arguments.page_offset + (page_round_up(arguments.length) >> PAGE_SHIFT) > ~std::uint32_t{0}) {
        return Errno::OVERFLOWED;
    }
    const auto placement = placement_of(arguments, call.process.space());
    if (!placement) {
        return placement.error();
    }
    const bool populates = arguments.has(MapFlags::POPULATE) && !arguments.has(MapFlags::NONBLOCK);
    MapRequest request{.address = arguments.address,
                       .length = arguments.length,
                       .placement = placement.value(),
                       .protection = {arguments.protection & PROTECTION_BITS},
                       .reserve = arguments.has(MapFlags::NORESERVE) ? Reserve::No : Reserve::Yes,
                       .wiring = arguments.has(MapFlags::LOCKED) ? Wiring::Wired : Wiring::Pageable,
                       .populate = populates ? Populate::Yes : Populate::No};
    const SyscallResult chosen =
        file != nullptr ? choose_object(*file, arguments, request) : choose_memory(arguments, request);
    if (chosen.eax != 0) {
        return chosen;
    }
    const auto mapped = call.process.space().map(std::move(request));
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
    call.kernel.segments().note_detached(space, *range, call.process.thread_group, call.kernel.now());
    return space.unmap(*range);
}

namespace {

/// The names that follow PROT_, beside those of Protection.
struct ProtectFlags {
    static constexpr std::uint32_t SEM = 8, GROWSDOWN = 0x01000000, GROWSUP = 0x02000000;
};

/// What an mprotect() is about that reaches to the start of what grows down. Fails: NOMEM, INVAL.
Result<VirtRange, Errno> down_to_start(const AddressSpace& space, const VirtRange& range) {
    const auto at = space.mappings().lower_bound(range.start);
    const Mapping* const mapping = space.find_mapping(range.start) != nullptr ? space.find_mapping(range.start)
                                   : at != space.mappings().end()             ? &at->second
                                                                              : nullptr;
    if (mapping == nullptr || mapping->range.start.value >= range.end) {
        return Failure(Errno::NOMEM);
    }
    return mapping->kind == MappingKind::Stack ? Result<VirtRange, Errno>(VirtRange{mapping->range.start, range.end})
                                               : Failure(Errno::INVAL);
}

}  // namespace

SyscallResult sys_mprotect(Syscall& call) {
    constexpr std::uint32_t GROWS = ProtectFlags::GROWSDOWN | ProtectFlags::GROWSUP;
    const std::uint32_t wanted = call.argument(2) & ~GROWS;
    if ((call.argument(2) & GROWS) == GROWS || !call.pointer(0).is_aligned()) {
        return Errno::INVAL;
    }
    if (call.argument(1) == 0) {
        return 0U;
    }
    if (call.argument(0) + page_round_up(call.argument(1)) > ~std::uint32_t{0}) {
        return Errno::NOMEM;
    }
    if ((wanted & ~(PROTECTION_BITS | ProtectFlags::SEM)) != 0) {
        return Errno::INVAL;
    }
    AddressSpace& space = call.process.space();
    auto range = user_pages(space, call.pointer(0), call.argument(1));
    if (!range) {
        return Errno::NOMEM;
    }
    if ((call.argument(2) & ProtectFlags::GROWSUP) != 0) {
        return space.find_mapping(range->start) != nullptr ? Errno::INVAL : Errno::NOMEM;  // nothing grows up
    }
    if ((call.argument(2) & ProtectFlags::GROWSDOWN) != 0) {
        const auto longer = down_to_start(space, *range);
        if (!longer) {
            return longer.error();
        }
        range = longer.value();
    }
    return space.protect(*range, {wanted & PROTECTION_BITS});
}

}  // namespace vmlab::linux_abi
