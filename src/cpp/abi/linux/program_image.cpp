// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/program_image.hpp"

#include "abi/linux/layout.hpp"
#include "kernel/segment_mapping.hpp"

namespace vmlab::linux_abi {

namespace {

using Why = StartFailure::Why;

/// In place of an address: where mmap finds room.
constexpr VirtAddr WHERE_ROOM_IS{0};

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
