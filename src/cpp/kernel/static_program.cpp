// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/static_program.hpp"

#include <algorithm>

#include "kernel/elf_loader.hpp"
#include "kernel/segment_mapping.hpp"
#include "kernel/stack_writer.hpp"

namespace vmlab {

namespace {

using Why = StartFailure::Why;
constexpr std::uint32_t WORD = sizeof(std::uint32_t);
constexpr std::size_t WORDS_BESIDE_ARGUMENTS = 4;  ///< a return address, argc, argv, and the null behind its last

Result<ElfImage, StartFailure> parse(const ExecutedFile& file, VirtAddr user_end, std::string_view who) {
    auto image = ElfImage::parse(ElfSource::of(*file.object()), user_end);
    if (image && (image.value().placement != ElfPlacement::Fixed || !image.value().interpreter.empty())) {
        return Failure(StartFailure{Why::BadProgram,
                                    std::string(who) +
                                        " runs programs that are linked statically for a fixed place: link it with "
                                        "-static -no-pie",
                                    {}});
    }
    return image;
}

std::uint64_t bytes_of(const std::vector<std::string>& arguments) {
    std::uint64_t text = 0;
    for (const std::string& argument : arguments) {
        text += argument.size() + 1;
    }
    return (text + WORD - 1) / WORD * WORD + WORD * (arguments.size() + WORDS_BESIDE_ARGUMENTS);
}

}  // namespace

Result<StaticProgram, StartFailure> map_static_program(Kernel& kernel, Process& process, const std::string& path,
                                                       std::string_view who) {
    auto file = kernel.filesystem().open_to_execute(process.place().working_directory(), path, ExecuteRight::Unknown);
    if (!file) {
        return Failure(StartFailure{Why::File, "there is no program " + path, file.error()});
    }
    const auto image = parse(*file.value(), process.space().layout().end, who);
    if (!image) {
        return Failure(image.error());
    }
    for (const ElfSegment& segment : image.value().segments) {
        if (auto complaint = map_segment(process, segment, *file.value())) {
            return Failure(std::move(*complaint));
        }
    }
    return StaticProgram{.file = std::move(file).take(), .entry = image.value().entry, .end = image.value().end};
}

Result<VirtAddr, StartFailure> push_arguments(Process& process, const ArgumentStack& where,
                                              const std::vector<std::string>& arguments) {
    const std::uint64_t bytes = bytes_of(arguments);
    if (bytes > where.largest) {
        return Failure(
            StartFailure{Why::StringsTooLong, "the arguments do not fit onto " + std::string(where.place), {}});
    }
    const auto first_pages = std::max(PAGE_SIZE, static_cast<std::uint32_t>(page_round_up(bytes)));
    if (const auto mapped = process.space().map_stack(where.top, first_pages); !mapped) {
        return Failure(mapped.error() == VmError::NoMemory
                           ? much_committed()
                           : StartFailure{Why::Unloadable, "the program leaves no room for its stack", {}});
    }
    StackWriter stack(process, where.top);
    std::vector<std::uint32_t> words(arguments.size() + WORDS_BESIDE_ARGUMENTS);
    for (std::size_t i = arguments.size(); i-- > 0;) {
        words[i + 3] = stack.push_string(arguments[i]).value;
    }
    stack.align(WORD);
    words[1] = static_cast<std::uint32_t>(arguments.size());
    words[2] = (stack.at() - WORD * static_cast<std::uint32_t>(arguments.size() + 1)).value;
    const VirtAddr esp = stack.push(std::as_bytes(std::span(words)));
    return stack.ok() ? Result<VirtAddr, StartFailure>(esp) : Failure(ram_too_small());
}

}  // namespace vmlab
