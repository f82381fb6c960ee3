// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/program_image.hpp"

#include <cstdio>

#include "abi/linux/layout.hpp"
#include "kernel/user_memory.hpp"

namespace vmlab::linux_abi {

namespace {

using Complaint = std::optional<StartFailure>;
using Why = StartFailure::Why;

/// In place of an address: where mmap finds room.
constexpr VirtAddr WHERE_ROOM_IS{0};

std::string hex(std::uint64_t value) {
    char text[24];
    std::snprintf(text, sizeof text, "0x%08llx", static_cast<unsigned long long>(value));
    return text;
}

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

Complaint map_segment(Process& process, const ElfSegment& segment, const ExecutedFile& file) {
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

/// Where a mapping of so many bytes would go, by the ordinary search.
std::optional<VirtAddr> find_room(AddressSpace& space, std::uint64_t bytes) {
    const auto reserved = space.map({.length = bytes, .protection = {}, .reserve = Reserve::No});
    if (!reserved) {
        return std::nullopt;
    }
    const auto freed = space.unmap({reserved.value(), reserved.value().value + page_round_up(bytes)});
    require(freed.ok(), "what was just mapped can be unmapped");
    return reserved.value();
}

std::uint64_t round_up(std::uint64_t address, std::uint64_t alignment) {
    return (address + alignment - 1) / alignment * alignment;
}

/// An image that has no place of its own goes to `base`, or where mmap finds room; its alignment is heeded as far as the
/// kernel does: downwards from a base, upwards in a room with space for it.
Result<ElfImage, StartFailure> place(AddressSpace& space, const ElfImage& image, VirtAddr base) {
    if (image.placement == ElfPlacement::Fixed) {
        return image;
    }
    const std::uint64_t bytes = image.end - image.start().value;
    std::uint64_t address = 0;
    if (base != WHERE_ROOM_IS) {
        address = base.value / image.alignment * image.alignment;
    } else {
        const auto room = find_room(space, bytes + (image.alignment > PAGE_SIZE ? image.alignment : 0));
        address = room ? round_up(room->value, image.alignment) : space.layout().end.value;
    }
    if (address + bytes > space.layout().end.value) {
        return Failure(StartFailure{
            Why::Unloadable,
            "there is no room for the " + std::to_string(bytes) + " bytes of a program without a place of its own",
            {}});
    }
    return image.moved_to(VirtAddr(static_cast<std::uint32_t>(address)));
}

/// Returns the image as it lies in memory.
Result<ElfImage, StartFailure> map_image(Process& process, const Executable& executable, VirtAddr base) {
    auto placed = place(process.space(), executable.image, base);
    if (!placed) {
        return placed;
    }
    for (const ElfSegment& segment : placed.value().segments) {
        if (auto complaint = map_segment(process, segment, *executable.file)) {
            return Failure(std::move(*complaint));
        }
    }
    return placed;
}

/// The heap follows the program. One that mmap placed, and that may be a dynamic linker itself, has no room to grow there.
VirtAddr heap_start(const ElfImage& program, const ProgramFiles& files) {
    const bool among_mappings = program.placement == ElfPlacement::Anywhere && !files.interpreter;
    return among_mappings ? PIE_BASE : VirtAddr(static_cast<std::uint32_t>(page_round_up(program.end)));
}

}  // namespace

StartFailure ram_too_small() {
    return {Why::NoMemory, "there is too little RAM to start this program: give the lab more", {}};
}

StartFailure much_committed() {
    return {Why::NoMemory,
            "so much memory cannot be promised to this program: give the lab more ram= or swap=, or "
            "overcommit=\"always\"",
            {}};
}

Result<MappedProgram, StartFailure> map_program(Process& process, const ProgramFiles& files, RandomSource* random) {
    const VirtAddr base = files.interpreter ? PIE_BASE + random_mmap_bytes(random) : WHERE_ROOM_IS;
    auto program = map_image(process, files.program, base);
    if (!program) {
        return Failure(program.error());
    }
    process.space().set_heap_start(heap_start(program.value(), files) + random_heap_bytes(random));
    MappedProgram mapped{.program = std::move(program).take(), .base = VirtAddr(0), .entry = VirtAddr(0)};
    mapped.entry = mapped.program.entry;
    if (files.interpreter) {
        const auto interpreter = map_image(process, *files.interpreter, WHERE_ROOM_IS);
        if (!interpreter) {
            return Failure(interpreter.error());
        }
        mapped.base = VirtAddr(interpreter.value().start().value - files.interpreter->image.start().value);
        mapped.entry = interpreter.value().entry;
    }
    return mapped;
}

}  // namespace vmlab::linux_abi
