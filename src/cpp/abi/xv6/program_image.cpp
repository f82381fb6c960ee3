// SPDX-License-Identifier: GPL-2.0-only
#include "abi/xv6/program_image.hpp"

#include <algorithm>

#include "abi/xv6/console_lines.hpp"
#include "abi/xv6/layout.hpp"
#include "abi/xv6/paths.hpp"
#include "kernel/elf_loader.hpp"
#include "kernel/program_file.hpp"
#include "kernel/user_memory.hpp"
#include "vm/file_pager.hpp"

namespace vmlab::xv6_abi {

namespace {

using Why = StartFailure::Why;
using Complaint = std::optional<StartFailure>;

constexpr Protection ALL_RIGHTS{Protection::ALL};

Result<ElfImage, StartFailure> parse(const RegularFile& file) {
    auto image = ElfImage::parse(ElfSource::of(*file.object()), KERNBASE, ElfPages::Copied);
    if (!image) {
        return image;
    }
    for (const ElfSegment& segment : image.value().segments) {
        if (!segment.address.is_aligned()) {
            return Failure(StartFailure{Why::Unloadable, "a segment does not begin with a page", {}});
        }
    }
    return image;
}

/// Loads and lays out one program; what it has done when it fails goes with the address space.
class Loader {
public:
    Loader(Kernel& kernel, Process& process, const RegularFile& file, ElfImage image)
        : kernel_(kernel),
          process_(process),
          space_(process.space()),
          source_(ElfSource::of(*file.object())),
          image_(std::move(image)),
          image_end_(static_cast<std::uint32_t>(page_round_up(image_.end))) {}

    Complaint load(const std::string& name) {
        if (std::uint64_t{image_end_} + 2 * PAGE_SIZE >= KERNBASE.value) {
            return StartFailure{Why::Unloadable, "the program leaves no room for its stack below the kernel", {}};
        }
        const bool eager = space_.vm().profile().image == ImageLoading::Eager;
        if (auto complaint = eager ? copy_image(name) : map_image(name)) {
            return complaint;
        }
        for (const auto& [page, what] : {std::pair(guard(), "[guard]"), {guard() + PAGE_SIZE, "[stack]"}}) {
            if (auto complaint = map_pages(page, PAGE_SIZE, what)) {
                return complaint;
            }
        }
        const bool guarded = space_.set_privilege({guard(), guard().value + PAGE_SIZE}, Privilege::Supervisor).ok();
        require(guarded, "the guard page was just mapped");
        space_.set_heap_start(stack_end());
        return std::nullopt;
    }

    /// The strings, then argv with its NULL, and main's frame: a return address that nothing returns to, argc, argv.
    Result<VirtAddr, StartFailure> push(const std::vector<std::string>& arguments) {
        const StartFailure too_long{Why::StringsTooLong, "the arguments do not fit into a page of stack", {}};
        if (arguments.size() > MOST_ARGUMENTS) {
            return Failure(too_long);
        }
        std::uint64_t room = PAGE_SIZE;
        std::vector<std::uint32_t> frame{~0U, static_cast<std::uint32_t>(arguments.size()), 0};
        for (const std::string& argument : arguments) {
            if (argument.size() + 1 > room) {
                return Failure(too_long);
            }
            room = (room - (argument.size() + 1)) & ~std::uint64_t{3};
            const VirtAddr at = guard() + PAGE_SIZE + static_cast<std::uint32_t>(room);
            frame.push_back(at.value);
            write(at, std::as_bytes(std::span(argument.c_str(), argument.size() + 1)));
        }
        frame.push_back(0);
        const auto bytes = std::as_bytes(std::span(frame));
        if (bytes.size() > room) {
            return Failure(too_long);
        }
        const VirtAddr esp = guard() + PAGE_SIZE + static_cast<std::uint32_t>(room - bytes.size());
        frame[2] = esp.value + 12;
        write(esp, bytes);
        return esp;
    }

private:
    [[nodiscard]] VirtAddr guard() const { return VirtAddr(image_end_); }
    [[nodiscard]] VirtAddr stack_end() const { return guard() + 2 * PAGE_SIZE; }

    Complaint out_of_memory(VmError why) {
        print_out_of_memory(kernel_, why);
        return ram_too_small();
    }

    /// Fresh memory, there at once. Elsewhere: allocuvm.
    Complaint map_pages(VirtAddr start, std::uint32_t bytes, const std::string& name) {
        const auto mapped = space_.map_at_once(
            {.address = start, .length = bytes, .placement = Placement::Fixed, .protection = ALL_RIGHTS, .name = name});
        return mapped ? std::nullopt : out_of_memory(mapped.error());
    }

    /// Elsewhere: loaduvm.
    Complaint copy_image(const std::string& name) {
        if (auto complaint = map_pages(VirtAddr(0), image_end_, name)) {
            return complaint;
        }
        std::vector<std::byte> bytes;
        for (const ElfSegment& segment : image_.segments) {
            bytes.resize(segment.file_bytes);
            source_.read(segment.file_offset, bytes);
            write(segment.address, bytes);
        }
        return std::nullopt;
    }

    /// The image as it would lie on the disk in pages, which come when they are touched; what has no bytes there is zero.
    Complaint map_image(const std::string& name) {
        std::string content;
        for (const ElfSegment& segment : image_.segments) {
            content.resize(
                std::max<std::size_t>(content.size(), std::size_t{segment.address.value} + segment.file_bytes));
            source_.read(segment.file_offset,
                         std::as_writable_bytes(std::span(content).subspan(segment.address.value, segment.file_bytes)));
        }
        VirtualMemory& vm = space_.vm();
        const std::uint64_t in_file = content.size();
        MapRequest request{.length = in_file, .placement = Placement::Fixed, .protection = ALL_RIGHTS, .name = name};
        const auto zeros = VirtAddr(static_cast<std::uint32_t>(page_round_up(in_file)));
        if (in_file > 0) {
            request.kind = MappingKind::File;
            request.object =
                VmObject::create_file(vm, std::make_unique<FilePager>(std::move(content), vm.file_disk()), in_file);
            if (const auto mapped = space_.map(std::move(request)); !mapped) {
                return out_of_memory(mapped.error());
            }
        }
        if (zeros < guard()) {
            const auto mapped = space_.map({.address = zeros,
                                            .length = guard() - zeros,
                                            .placement = Placement::Fixed,
                                            .protection = ALL_RIGHTS,
                                            .name = name});
            return mapped ? std::nullopt : out_of_memory(mapped.error());
        }
        return std::nullopt;
    }

    /// Requires: the memory is there.
    void write(VirtAddr to, std::span<const std::byte> bytes) {
        const CopyResult copied = UserMemory(process_).copy_out(to, bytes);
        require(copied == CopyResult::Ok, "a program is copied to where memory was mapped for it");
    }

    Kernel& kernel_;
    Process& process_;
    AddressSpace& space_;
    ElfSource source_;
    ElfImage image_;
    std::uint32_t image_end_;
};

}  // namespace

Result<LoadedProgram, StartFailure> load_program(Kernel& kernel, Process& process, const ProgramStart& start) {
    const Path path = read_path(start.path);
    const auto file = find_program_file(kernel.filesystem(), directory_for(process, path), path.text);
    if (!file) {
        return Failure(file.error());
    }
    auto image = parse(*file.value());
    if (!image) {
        return Failure(image.error());
    }
    const VirtAddr entry = image.value().entry;
    Loader loader(kernel, process, *file.value(), std::move(image).take());
    if (auto complaint = loader.load(path.last)) {
        return Failure(std::move(*complaint));
    }
    const auto esp = loader.push(start.arguments);
    if (!esp) {
        return Failure(esp.error());
    }
    std::string name = start.path.substr(start.path.rfind('/') + 1, LONGEST_PROGRAM);
    return LoadedProgram{
        .registers = first_registers(GDT, entry, esp.value()), .file = nullptr, .name = std::move(name), .started = {}};
}

}  // namespace vmlab::xv6_abi
