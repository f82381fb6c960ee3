// SPDX-License-Identifier: GPL-2.0-only
#include "abi/own/program_start.hpp"

#include "kernel/elf_loader.hpp"
#include "kernel/segment_mapping.hpp"
#include "kernel/stack_writer.hpp"

namespace vmlab::own_abi {

namespace {

using Why = StartFailure::Why;
constexpr std::uint32_t WORD = sizeof(std::uint32_t);
constexpr std::uint32_t FIRST_STACK_BYTES = PAGE_SIZE;  ///< at least; the arguments may need more

Result<ElfImage, StartFailure> parse(const ExecutedFile& file, const AbiDescription& abi) {
    auto image = ElfImage::parse(ElfSource::of(*file.object()), abi.kernel_window);
    if (image && (image.value().placement != ElfPlacement::Fixed || !image.value().interpreter.empty())) {
        return Failure(
            StartFailure{Why::BadProgram,
                         "an ABI of your own runs programs that are linked statically for a fixed place: link it with "
                         "-static -no-pie",
                         {}});
    }
    return image;
}

/// From the top of the stack down: the strings, padding to whole words, argv with a null pointer at its end, argv, argc, and a
/// return address that leads nowhere.
Result<VirtAddr, StartFailure> build_stack(Process& process, const AbiDescription& abi,
                                           const std::vector<std::string>& arguments) {
    std::uint64_t bytes = WORD * (arguments.size() + 5);
    for (const std::string& argument : arguments) {
        bytes += argument.size() + 1;
    }
    if (bytes > abi.stack_bytes) {
        return Failure(
            StartFailure{Why::StringsTooLong, "the arguments do not fit onto the stack: see stack_size", {}});
    }
    const auto initial = std::max(FIRST_STACK_BYTES, static_cast<std::uint32_t>(page_round_up(bytes)));
    const auto mapped = process.space().map_stack(abi.stack_top, initial);
    if (!mapped) {
        return Failure(mapped.error() == VmError::NoMemory
                           ? much_committed()
                           : StartFailure{Why::Unloadable, "the program leaves no room for its stack", {}});
    }
    StackWriter stack(process, abi.stack_top);
    std::vector<std::uint32_t> words(arguments.size() + 4);
    for (std::size_t i = arguments.size(); i-- > 0;) {
        words[i + 3] = stack.push_string(arguments[i]).value;
    }
    stack.align(WORD);
    words[1] = static_cast<std::uint32_t>(arguments.size());
    words[2] = (stack.at() - WORD * static_cast<std::uint32_t>(arguments.size() + 1)).value;
    const VirtAddr esp = stack.push(std::as_bytes(std::span(words)));
    return stack.ok() ? Result<VirtAddr, StartFailure>(esp) : Failure(ram_too_small());
}

}  // namespace

Result<LoadedProgram, StartFailure> load_program(Kernel& kernel, Process& process, const AbiDescription& abi,
                                                 const ProgramStart& start) {
    auto file =
        kernel.filesystem().open_to_execute(process.place().working_directory(), start.path, ExecuteRight::Unknown);
    if (!file) {
        return Failure(StartFailure{Why::File, "there is no program " + start.path, file.error()});
    }
    const auto image = parse(*file.value(), abi);
    if (!image) {
        return Failure(image.error());
    }
    for (const ElfSegment& segment : image.value().segments) {
        if (auto complaint = map_segment(process, segment, *file.value())) {
            return Failure(std::move(*complaint));
        }
    }
    process.space().set_heap_start(VirtAddr(static_cast<std::uint32_t>(page_round_up(image.value().end))));
    const auto esp = build_stack(process, abi, start.arguments);
    if (!esp) {
        return Failure(esp.error());
    }
    return LoadedProgram{.registers = first_registers(GDT, image.value().entry, esp.value()),
                         .file = std::move(file).take(),
                         .name = start.path,
                         .started = {}};
}

}  // namespace vmlab::own_abi
