// SPDX-License-Identifier: GPL-2.0-only
#include "abi/jos/program_image.hpp"

#include "abi/jos/pages.hpp"
#include "kernel/elf_loader.hpp"
#include "kernel/program_file.hpp"
#include "kernel/user_memory.hpp"

namespace vmlab::jos_abi {

namespace {

/// Pages that two segments share are the first one's already.
Result<Done, VmError> allocate_absent(AddressSpace& space, const VirtRange& range, const std::string& name) {
    for (std::uint64_t at = range.start.value; at < range.end; at += PAGE_SIZE) {
        const VirtAddr page(static_cast<std::uint32_t>(at));
        if (space.find_mapping(page) == nullptr) {
            if (const auto allocated = allocate_region(space, {page, at + PAGE_SIZE}, name); !allocated) {
                return allocated;
            }
        }
    }
    return Done{};
}

/// Memory of the kernel's, to read.
Result<Done, VmError> map_view(AddressSpace& space, VirtAddr address, const Ref<VmObject>& object, const char* name) {
    const auto mapped = space.map_at_once({.address = address,
                                           .length = object->bytes(),
                                           .placement = Placement::Fixed,
                                           .protection = Protection{Protection::READ},
                                           .max_protection = Protection{Protection::READ},
                                           .sharing = Sharing::Shared,
                                           .object = object,
                                           .name = name});
    return mapped ? Result<Done, VmError>(Done{}) : Failure(mapped.error());
}

}  // namespace

Result<Done, VmError> map_kernel_views(AddressSpace& space, const System& system) {
    space.pmap().show_tables(UVPT);
    const auto mapped = map_view(space, UENVS, system.environments.object(), "[envs]");
    return mapped ? map_view(space, UPAGES, system.pages.object(), "[pages]") : mapped;
}

Result<Done, VmError> allocate_region(AddressSpace& space, const VirtRange& range, const std::string& name) {
    for (std::uint64_t at = range.start.page().value; at < range.end; at += PAGE_SIZE) {
        const VirtAddr page(static_cast<std::uint32_t>(at));
        const std::uint32_t rights = PteBits::PRESENT | PteBits::USER | PteBits::WRITABLE;
        if (const auto inserted = insert_page(space, page, {.name = name}, rights); !inserted) {
            return inserted;
        }
    }
    return Done{};
}

Result<LoadedProgram, StartFailure> load_program(Kernel& kernel, Process& process, const ProgramStart& start,
                                                 const System& system) {
    const auto file = find_program_file(kernel.filesystem(), "/", start.path);
    if (!file) {
        return Failure(file.error());
    }
    const ElfSource source = ElfSource::of(*file.value()->object());
    const auto image = ElfImage::parse(source, UTOP, ElfPages::Copied);
    if (!image) {
        return Failure(image.error());
    }
    AddressSpace& space = process.space();
    const std::string name = start.path.substr(start.path.rfind('/') + 1);
    for (const ElfSegment& segment : image.value().segments) {
        if (!allocate_absent(space, segment.pages(), name)) {
            return Failure(ram_too_small());
        }
        std::vector<std::byte> bytes(segment.file_bytes);
        source.read(segment.file_offset, bytes);
        if (UserMemory(process).copy_out(segment.address, bytes) == CopyResult::Fault) {
            return Failure(ram_too_small());
        }
    }
    const VirtRange stack{USTACKTOP - PAGE_SIZE, USTACKTOP.value};
    if (!allocate_region(space, stack, "[stack]") || !map_kernel_views(space, system)) {
        return Failure(ram_too_small());
    }
    return LoadedProgram{.registers = first_registers(GDT, image.value().entry, USTACKTOP),
                         .file = nullptr,
                         .name = name,
                         .started = {}};
}

}  // namespace vmlab::jos_abi
