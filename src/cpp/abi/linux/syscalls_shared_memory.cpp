// SPDX-License-Identifier: GPL-2.0-only
// System V shared memory: what shmget, shmat, shmdt and shmctl do.
#include <cstdio>

#include "abi/linux/ipc_records.hpp"

namespace vmlab::linux_abi {

namespace {

/// The names that follow SHM_.
struct ShmFlags {
    static constexpr std::uint32_t HUGETLB = 04000, NORESERVE = 010000;
    static constexpr std::uint32_t RDONLY = 010000, RND = 020000, REMAP = 040000, EXEC = 0100000;
    static constexpr std::uint32_t LOCK = 11, UNLOCK = 12, STAT = 13, INFO = 14, STAT_ANY = 15;
    static constexpr std::uint32_t DEST = 01000, LOCKED = 02000;  ///< in a mode that is told
};

/// struct shmid64_ds.
struct SegmentStatus {
    IpcRecord record;
    std::uint32_t bytes;
    std::uint32_t attached[2], detached[2], changed[2];
    std::uint32_t creator, last, attachments, spare2[2];
};
static_assert(sizeof(SegmentStatus) == 84);

/// struct shmid_ds, of the calls before.
struct OldSegmentStatus {
    OldIpcRecord record;
    std::uint32_t bytes, attached, detached, changed;
    std::uint16_t creator, last, attachments, unused;
    std::uint32_t spare[2];
};
static_assert(sizeof(OldSegmentStatus) == 48);

/// struct shminfo64 and struct shm_info.
struct SegmentLimits {
    std::uint32_t largest, least, most, most_of_a_process, most_pages, spare[4];
};
struct SegmentsInUse {
    std::uint32_t segments, pages, resident, swapped, attempts, successes;
};

SyscallResult make_segment(Syscall& call, std::uint32_t key, std::uint32_t bytes, std::uint32_t flags) {
    SharedSegments& segments = call.kernel.segments();
    if (bytes == 0 || bytes > SharedSegments::LARGEST || (flags & ShmFlags::HUGETLB) != 0) {
        return Errno::INVAL;
    }
    if (!segments.has_room()) {
        return Errno::NOSPC;
    }
    const auto made = segments.create(
        {.identity = {.key = key, .permissions = flags & IpcFlags::PERMISSIONS, .changed = call.kernel.now()},
         .bytes = bytes,
         .creator = call.process.thread_group},
        (flags & ShmFlags::NORESERVE) != 0 ? Reserve::No : Reserve::Yes);
    return made ? SyscallResult(made.value()->identity.id) : SyscallResult(made.error());
}

/// Where a segment is to be attached. Fails: INVAL.
Result<MapRequest, Errno> choose_place(const AddressSpace& space, VirtAddr address, std::uint32_t flags) {
    const bool replaces = (flags & ShmFlags::REMAP) != 0;
    MapRequest request{.address = address};
    if (address.value == 0) {
        return replaces ? Failure(Errno::INVAL) : Result<MapRequest, Errno>(std::move(request));
    }
    if (!address.is_aligned()) {
        request.address = address.page();
        if ((flags & ShmFlags::RND) == 0 || (replaces && request.address.value == 0)) {
            return Failure(Errno::INVAL);
        }
    }
    request.placement = replaces ? Placement::Fixed : Placement::FixedNoReplace;
    return request.address >= space.layout().end ? Failure(Errno::INVAL)
                                                 : Result<MapRequest, Errno>(std::move(request));
}

}  // namespace

SyscallResult get_segment(Syscall& call, std::uint32_t key, std::uint32_t bytes, std::uint32_t flags) {
    return find_or_make(
        call.kernel.segments(), key, flags, [bytes](const SharedSegment& segment) { return bytes <= segment.bytes; },
        [&] { return make_segment(call, key, bytes, flags); });
}

SyscallResult attach_segment(Syscall& call, std::uint32_t id, VirtAddr address, std::uint32_t flags) {
    AddressSpace& space = call.process.space();
    auto request = choose_place(space, address, flags);
    if (!request) {
        return request.error();
    }
    SharedSegments& segments = call.kernel.segments();
    SharedSegment* const segment = segments.find(id);
    if (segment == nullptr) {
        return Errno::INVAL;
    }
    const bool reads = (flags & ShmFlags::RDONLY) != 0;
    MapRequest wanted = std::move(request).take();
    wanted.length = segment->bytes;
    wanted.protection.bits =
        Protection::READ | (reads ? 0U : Protection::WRITE) | ((flags & ShmFlags::EXEC) != 0 ? Protection::EXEC : 0U);
    wanted.max_protection.bits = reads ? Protection::READ | Protection::EXEC : Protection::ALL;
    wanted.sharing = Sharing::Shared;
    wanted.object = Ref<VmObject>(&segments.object_of(*segment));
    wanted.reserve = wanted.object->commitment() == Commitment::Charged ? Reserve::Yes : Reserve::No;
    char name[32];
    std::snprintf(name, sizeof name, "/SYSV%08x (deleted)", segment->identity.key);
    wanted.name = name;
    const auto mapped = space.map(std::move(wanted));
    if (!mapped) {
        return mapped.error() == VmError::Overlap ? SyscallResult(Errno::INVAL) : SyscallResult(mapped.error());
    }
    segment->attached = call.kernel.now();
    segment->last = call.process.thread_group;
    return mapped.value().value;
}

// All pieces of what was attached there go, wherever the first of them may have gone before.
SyscallResult detach_segment(Syscall& call, VirtAddr address) {
    if (!address.is_aligned()) {
        return Errno::INVAL;
    }
    AddressSpace& space = call.process.space();
    SharedSegments& segments = call.kernel.segments();
    const SharedSegment* segment = nullptr;
    std::vector<VirtRange> pieces;
    for (const auto& [start, mapping] : space.mappings()) {
        const std::uint64_t offset = std::uint64_t{mapping.offset.value} << PAGE_SHIFT;
        const SharedSegment* const shown =
            start.value == address.value + offset ? segments.find_shown(mapping) : nullptr;
        if (shown != nullptr && (segment == nullptr || segment == shown)) {
            segment = shown;
            pieces.push_back(mapping.range);
        }
    }
    for (const VirtRange& piece : pieces) {
        segments.note_detached(space, piece, call.process.thread_group, call.kernel.now());
        require(space.unmap(piece).ok(), "a mapping can be unmapped");
    }
    return pieces.empty() ? SyscallResult(Errno::INVAL) : SyscallResult(0U);
}

namespace {

SegmentStatus status_of(SharedSegments& segments, const SharedSegment& segment) {
    const std::uint32_t locked = segments.object_of(segment).locked() ? ShmFlags::LOCKED : 0;
    const std::uint32_t removed = segment.removed() ? ShmFlags::DEST : 0;
    return {.record = record_of(segment.identity, locked | removed),
            .bytes = segment.bytes,
            .attached = {ipc_seconds(segment.attached)},
            .detached = {ipc_seconds(segment.detached)},
            .changed = {ipc_seconds(segment.identity.changed)},
            .creator = segment.creator,
            .last = segment.last,
            .attachments = segments.attachments(segment)};
}

CopyResult write_segment_status(UserMemory& memory, VirtAddr to, const SegmentStatus& s, IpcLayout layout) {
    if (layout == IpcLayout::Wide) {
        return memory.write(to, s);
    }
    return memory.write(to, OldSegmentStatus{.record = old_record_of(s.record),
                                             .bytes = s.bytes,
                                             .attached = s.attached[0],
                                             .detached = s.detached[0],
                                             .changed = s.changed[0],
                                             .creator = ipc_narrow(s.creator),
                                             .last = ipc_narrow(s.last),
                                             .attachments = ipc_narrow(s.attachments)});
}

SyscallResult change(Syscall& call, std::uint32_t id, VirtAddr from, IpcLayout layout) {
    const auto wanted = read_wanted_identity<SegmentStatus, OldSegmentStatus>(call.memory, from, layout);
    if (!wanted) {
        return Errno::FAULT;
    }
    SharedSegment* const segment = call.kernel.segments().find(id);
    if (segment == nullptr) {
        return Errno::INVAL;
    }
    change_identity(segment->identity, *wanted, call.kernel.now());
    return 0U;
}

SyscallResult tell_limits(Syscall& call, VirtAddr to) {
    constexpr std::uint32_t MOST = SharedSegments::MOST, LARGEST = SharedSegments::LARGEST;
    const CopyResult written = call.memory.write(
        to,
        SegmentLimits{.largest = LARGEST, .least = 1, .most = MOST, .most_of_a_process = MOST, .most_pages = LARGEST});
    return written == CopyResult::Ok ? SyscallResult(last_index(call.kernel.segments())) : SyscallResult(Errno::FAULT);
}

SyscallResult tell_use(Syscall& call, VirtAddr to) {
    SharedSegments& segments = call.kernel.segments();
    SegmentsInUse use{};
    for (const auto& [index, segment] : segments.all()) {
        const PageSlots& slots = segments.object_of(segment).slots();
        ++use.segments;
        use.pages += segment.pages();
        use.resident += slots.resident();
        use.swapped += slots.swapped();
    }
    return call.memory.write(to, use) == CopyResult::Ok ? SyscallResult(last_index(segments))
                                                        : SyscallResult(Errno::FAULT);
}

}  // namespace

SyscallResult control_segment(Syscall& call, std::uint32_t id, std::uint32_t command, VirtAddr buffer,
                              IpcLayout layout) {
    SharedSegments& segments = call.kernel.segments();
    if (static_cast<std::int32_t>(id) < 0) {
        return Errno::INVAL;
    }
    switch (command) {
        case IpcFlags::INFO:
            return tell_limits(call, buffer);
        case ShmFlags::INFO:
            return tell_use(call, buffer);
        case IpcFlags::SET:
            return change(call, id, buffer, layout);
        case IpcFlags::STAT:
        case ShmFlags::STAT:
        case ShmFlags::STAT_ANY:
        case IpcFlags::RMID:
        case ShmFlags::LOCK:
        case ShmFlags::UNLOCK:
            break;
        default:
            return Errno::INVAL;
    }
    const bool by_index = command == ShmFlags::STAT || command == ShmFlags::STAT_ANY;
    SharedSegment* const segment = by_index ? segments.find_by_index(id) : segments.find(id);
    if (segment == nullptr) {
        return Errno::INVAL;
    }
    if (command == IpcFlags::RMID) {
        segments.remove(*segment);
        return 0U;
    }
    if (command == ShmFlags::LOCK || command == ShmFlags::UNLOCK) {
        segments.object_of(*segment).set_locking(command == ShmFlags::LOCK ? VmObject::Locking::Locked
                                                                           : VmObject::Locking::Free);
        return 0U;
    }
    const std::uint32_t told = by_index ? segment->identity.id : 0;
    const CopyResult written = write_segment_status(call.memory, buffer, status_of(segments, *segment), layout);
    return written == CopyResult::Ok ? SyscallResult(told) : SyscallResult(Errno::FAULT);
}

}  // namespace vmlab::linux_abi
