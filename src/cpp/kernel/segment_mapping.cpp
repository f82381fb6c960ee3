// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/segment_mapping.hpp"

#include "base/hex.hpp"
#include "kernel/user_memory.hpp"

namespace vmlab {

namespace {

using Complaint = std::optional<StartFailure>;
using Why = StartFailure::Why;

Complaint check_place(const AddressSpace& space, const ElfSegment& segment) {
    const SpaceLayout& layout = space.layout();
    if (segment.address >= layout.lowest) {
        return std::nullopt;
    }
    return StartFailure{Why::Unloadable,
                        "the segment at " + hex(segment.address.value) + " lies too low: user addresses go from " +
                            hex(layout.lowest.value) + " to " + hex(layout.end.value - 1),
                        {}};
}

/// Requires: the place is one for user memory.
Complaint map_fixed(AddressSpace& space, MapRequest request) {
    request.placement = Placement::Fixed;
    const auto mapped = space.map(std::move(request));
    require(mapped.ok() || mapped.error() == VmError::NoMemory, "a checked segment may be mapped at its place");
    return mapped.ok() ? std::nullopt : Complaint(much_committed());
}

/// The part of a segment that comes from the file, in whole pages.
Complaint map_file_part(AddressSpace& space, const ElfSegment& segment, const ExecutedFile& file) {
    if (segment.file_bytes == 0) {
        return std::nullopt;
    }
    return map_fixed(space, {.address = segment.address.page(),
                             .length = std::uint64_t{segment.address.offset()} + segment.file_bytes,
                             .protection = segment.protection,
                             .kind = MappingKind::File,
                             .object = file.object(),
                             .offset = PageIndex(segment.file_offset >> PAGE_SHIFT),
                             .name = file.path()});
}

/// The pages of a segment past those of the file. As brk's pages they may be written, whatever the segment's own rights.
Complaint map_zero_part(AddressSpace& space, const ElfSegment& segment) {
    const std::uint64_t start = segment.file_bytes == 0
                                    ? segment.address.page().value
                                    : page_round_up(std::uint64_t{segment.address.value} + segment.file_bytes);
    if (start >= segment.pages().end) {
        return std::nullopt;
    }
    return map_fixed(
        space, {.address = VirtAddr(static_cast<std::uint32_t>(start)),
                .length = segment.pages().end - start,
                .protection = {Protection::READ | Protection::WRITE | (segment.protection.bits & Protection::EXEC)},
                .zero_page = segment.zero_page});
}

/// Clears what follows the file's bytes in their last page; only a segment that may be written can have a bss there.
Complaint clear_rest_of_page(Process& process, const ElfSegment& segment) {
    const VirtAddr end = segment.address + segment.file_bytes;
    if (segment.memory_bytes == segment.file_bytes || segment.file_bytes == 0 || end.is_aligned() ||
        !segment.protection.writable()) {
        return std::nullopt;
    }
    const bool cleared = UserMemory(process).clear(end, PAGE_SIZE - end.offset()) == CopyResult::Ok;
    return cleared ? std::nullopt : Complaint(ram_too_small());
}

}  // namespace

std::optional<StartFailure> map_segment(Process& process, const ElfSegment& segment, const ExecutedFile& file) {
    AddressSpace& space = process.space();
    if (auto complaint = check_place(space, segment)) {
        return complaint;
    }
    if (auto complaint = map_file_part(space, segment, file)) {
        return complaint;
    }
    if (auto complaint = map_zero_part(space, segment)) {
        return complaint;
    }
    if (auto complaint = clear_rest_of_page(process, segment)) {
        return complaint;
    }
    if (space.vm().profile().image == ImageLoading::Eager && segment.memory_bytes > 0) {
        const auto populated = space.populate(segment.pages());
        if (!populated && (populated.error() == VmError::NoMemory || populated.error() == VmError::NoTable)) {
            return ram_too_small();
        }
    }
    const bool wired = segment.wiring == Wiring::Wired && segment.memory_bytes > 0;
    return wired && !space.set_wiring(segment.pages(), Wiring::Wired) ? Complaint(ram_too_small()) : std::nullopt;
}

}  // namespace vmlab
