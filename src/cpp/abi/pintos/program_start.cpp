// SPDX-License-Identifier: GPL-2.0-only
#include "abi/pintos/program_start.hpp"

#include "abi/pintos/layout.hpp"
#include "kernel/elf_loader.hpp"
#include "kernel/segment_mapping.hpp"
#include "kernel/stack_writer.hpp"

namespace vmlab::pintos_abi {

namespace {

using Why = StartFailure::Why;
constexpr std::uint32_t WORD = sizeof(std::uint32_t);

/// Frames that RAM must be able to have for a new process: its page tables, and the pages of any one instruction, so that exec
/// fails and not the child that it has started. Elsewhere: Pintos keeps a pool for user pages that the kernel does not take from.
constexpr std::uint32_t FRAMES_TO_RUN = 16;

Result<ElfImage, StartFailure> parse(const ExecutedFile& file) {
    auto image = ElfImage::parse(ElfSource::of(*file.object()), PHYS_BASE);
    if (image && (image.value().placement != ElfPlacement::Fixed || !image.value().interpreter.empty())) {
        return Failure(
            StartFailure{Why::BadProgram,
                         "Pintos runs programs that are linked statically for a fixed place: link it with -static "
                         "-no-pie",
                         {}});
    }
    return image;
}

/// From the top of the stack down: the strings, the last argument first; padding to whole words; argv[argc], which is null,
/// to argv[0]; argv, argc, and a return address that leads nowhere. All of it fits onto one page.
Result<VirtAddr, StartFailure> build_stack(Process& process, const std::vector<std::string>& arguments) {
    std::size_t text = 0;
    for (const std::string& argument : arguments) {
        text += argument.size() + 1;
    }
    if ((text + WORD - 1) / WORD * WORD + WORD * (arguments.size() + 4) > PAGE_SIZE) {
        return Failure(StartFailure{Why::StringsTooLong, "the arguments do not fit onto the stack's first page", {}});
    }
    const auto mapped = process.space().map_stack(PHYS_BASE, PAGE_SIZE);
    if (!mapped) {
        return Failure(mapped.error() == VmError::NoMemory
                           ? much_committed()
                           : StartFailure{Why::Unloadable, "the program leaves no room for its stack", {}});
    }
    StackWriter stack(process, PHYS_BASE);
    std::vector<std::uint32_t> words(arguments.size() + 4);
    for (std::size_t i = arguments.size(); i-- > 0;) {
        words[i + 3] = stack.push_string(arguments[i]).value;
    }
    stack.align(WORD);
    const auto words_bytes = std::as_bytes(std::span(words));
    words[1] = static_cast<std::uint32_t>(arguments.size());
    words[2] = (stack.at() - WORD * static_cast<std::uint32_t>(arguments.size() + 1)).value;
    const VirtAddr esp = stack.push(words_bytes);
    return stack.ok() ? Result<VirtAddr, StartFailure>(esp) : Failure(ram_too_small());
}

}  // namespace

Result<LoadedProgram, StartFailure> load_program(Kernel& kernel, Process& process, const ProgramStart& start) {
    auto file =
        kernel.filesystem().open_to_execute(process.place().working_directory(), start.path, ExecuteRight::Unknown);
    if (!file) {
        return Failure(StartFailure{Why::File, "there is no program " + start.path, file.error()});
    }
    const auto image = parse(*file.value());
    if (!image) {
        return Failure(image.error());
    }
    for (const ElfSegment& segment : image.value().segments) {
        if (auto complaint = map_segment(process, segment, *file.value())) {
            return Failure(std::move(*complaint));
        }
    }
    const auto esp = build_stack(process, start.arguments);
    if (!esp) {
        return Failure(esp.error());
    }
    if (!kernel.vm().reserve_frames(FRAMES_TO_RUN)) {
        return Failure(ram_too_small());
    }
    Registers registers = first_registers(GDT, image.value().entry, esp.value());
    registers.fs = registers.gs = GDT.user_ss();
    return LoadedProgram{.registers = registers, .file = std::move(file).take(), .name = start.path, .started = {}};
}

}  // namespace vmlab::pintos_abi
