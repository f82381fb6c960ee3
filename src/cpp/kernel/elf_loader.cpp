// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/elf_loader.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>

#include "base/hex.hpp"
#include "vm/vm_object.hpp"

namespace vmlab {

namespace {

struct ElfHeader {
    std::uint8_t identification[16];
    std::uint16_t type, machine;
    std::uint32_t version, entry, program_header_offset, section_header_offset, flags;
    std::uint16_t header_size, program_header_size, program_header_count;
    std::uint16_t section_header_size, section_header_count, section_names;
};
static_assert(sizeof(ElfHeader) == 52);

struct ProgramHeader {
    std::uint32_t type, offset, address, physical_address, file_bytes, memory_bytes, flags, alignment;
};
static_assert(sizeof(ProgramHeader) == 32);

constexpr std::uint8_t CLASS_32 = 1, CLASS_64 = 2, LITTLE_ENDIAN_DATA = 1;
constexpr std::uint16_t TYPE_RELOCATABLE = 1, TYPE_EXECUTABLE = 2, TYPE_DYNAMIC = 3, TYPE_CORE = 4, MACHINE_386 = 3;
constexpr std::uint32_t SEGMENT_LOAD = 1, SEGMENT_INTERPRETER = 3, SEGMENT_STACK = 0x6474E551;

using Complaint = std::optional<std::string>;
using Why = StartFailure::Why;

/// Requires: the file has these bytes.
template <typename T>
T read_at(const ElfSource& file, std::uint64_t offset) {
    T value;
    file.read(offset, std::as_writable_bytes(std::span(&value, 1)));
    return value;
}

Complaint check_identification(const ElfSource& file) {
    std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(file.size, sizeof(ElfHeader))), '\0');
    file.read(0, std::as_writable_bytes(std::span(bytes)));
    constexpr std::string_view MAGIC =
        "\x7f"
        "ELF";
    if (bytes.empty()) {
        return "the file is empty, so it is no ELF program";
    }
    if (bytes.substr(0, MAGIC.size()) != MAGIC) {
        return "this is no ELF file: it does not begin with the bytes 7f 45 4c 46";
    }
    if (bytes.size() < 16) {
        return "the ELF file is truncated: it has " + std::to_string(bytes.size()) + " bytes, its header needs 52";
    }
    const auto elf_class = static_cast<std::uint8_t>(bytes[4]);
    if (elf_class == CLASS_64) {
        return "this is a 64-bit ELF file, but the machine is a 32-bit i386: compile with -m32";
    }
    if (elf_class != CLASS_32) {
        return "the ELF file's class is " + std::to_string(elf_class) + ", neither 32-bit nor 64-bit";
    }
    if (static_cast<std::uint8_t>(bytes[5]) != LITTLE_ENDIAN_DATA) {
        return "this is not a little-endian ELF file, so it is for another machine than the i386";
    }
    if (bytes.size() < sizeof(ElfHeader)) {
        return "the ELF file is truncated: it has " + std::to_string(bytes.size()) + " bytes, its header needs 52";
    }
    return std::nullopt;
}

Complaint check_header(const ElfHeader& header, std::uint64_t file_size) {
    if (header.machine != MACHINE_386) {
        return "the ELF file is for another machine (number " + std::to_string(header.machine) +
               "), not for the i386 (number 3): compile with -m32";
    }
    switch (header.type) {
        case TYPE_EXECUTABLE:
        case TYPE_DYNAMIC:
            break;
        case TYPE_RELOCATABLE:
            return "this is an object file, which is not linked yet: link it with -static";
        case TYPE_CORE:
            return "this is a core dump, not a program";
        default:
            return "the ELF file's type is " + std::to_string(header.type) +
                   ", neither 2, an executable, nor 3, one for any place";
    }
    if (header.program_header_count == 0) {
        return "the ELF file has no program headers, so there is nothing to load";
    }
    if (header.program_header_size != sizeof(ProgramHeader)) {
        return "the ELF file's program headers have " + std::to_string(header.program_header_size) +
               " bytes each; for the i386 they have 32";
    }
    constexpr std::uint64_t MOST_HEADERS = 65536 / sizeof(ProgramHeader);
    if (header.program_header_count > MOST_HEADERS) {
        return "the ELF file has " + std::to_string(header.program_header_count) + " program headers; more than " +
               std::to_string(MOST_HEADERS) + " are not read";
    }
    const std::uint64_t end = header.program_header_offset + std::uint64_t{32} * header.program_header_count;
    if (end > file_size) {
        return "the ELF file is truncated: its program headers reach to byte " + std::to_string(end) +
               ", the file has " + std::to_string(file_size);
    }
    return std::nullopt;
}

Complaint check_segment(const ProgramHeader& segment, std::uint64_t file_size, VirtAddr user_end, ElfPages pages) {
    const std::string name = "the segment at " + hex(segment.address);
    const std::uint64_t file_end = std::uint64_t{segment.offset} + segment.file_bytes;
    if (file_end > file_size) {
        return "the ELF file is truncated: " + name + " reaches to byte " + std::to_string(file_end) +
               " of the file, which has " + std::to_string(file_size);
    }
    if (segment.memory_bytes < segment.file_bytes) {
        return name + " has more bytes in the file than in memory";
    }
    const std::uint64_t end = std::uint64_t{segment.address} + segment.memory_bytes;
    if (end > user_end.value) {
        return name + " ends at " + hex(end) + ", but from " + hex(user_end.value) +
               " on the address space belongs to the kernel";
    }
    if (pages == ElfPages::OfFile && (segment.address - segment.offset) % PAGE_SIZE != 0) {
        return name + " lies at offset " + hex(segment.offset) +
               " of the file: both must leave the same rest when divided by the page size, 4096";
    }
    return std::nullopt;
}

Wiring wiring_of(const ProgramHeader& header) {
    return (header.flags & ElfSegment::WIRED) != 0 ? Wiring::Wired : Wiring::Pageable;
}

ElfSegment make_segment(const ProgramHeader& header) {
    constexpr std::uint32_t EXECUTE = 1, WRITE = 2, READ = 4;
    Protection protection;
    protection.bits |= (header.flags & READ) != 0 ? Protection::READ : 0U;
    protection.bits |= (header.flags & WRITE) != 0 ? Protection::WRITE : 0U;
    protection.bits |= (header.flags & EXECUTE) != 0 ? Protection::EXEC : 0U;
    return {.address = VirtAddr(header.address),
            .memory_bytes = header.memory_bytes,
            .file_bytes = header.file_bytes,
            .file_offset = header.offset,
            .protection = protection,
            .wiring = wiring_of(header),
            .zero_page = (header.flags & ElfSegment::OWN_FRAMES) != 0 ? ZeroPage::Off : ZeroPage::On};
}

/// Where the program headers are once the segments are mapped.
VirtAddr find_in_memory(const std::vector<ElfSegment>& segments, std::uint32_t file_offset) {
    for (const ElfSegment& segment : segments) {
        if (file_offset >= segment.file_offset && file_offset - segment.file_offset < segment.file_bytes) {
            return segment.address + (file_offset - segment.file_offset);
        }
    }
    return VirtAddr(0);
}

/// The path in PT_INTERP, which ends with a NUL there.
Result<std::string, StartFailure> read_interpreter(const ElfSource& file, const ProgramHeader& header) {
    constexpr std::uint32_t LONGEST_PATH = 4096;
    if (header.file_bytes < 2 || header.file_bytes > LONGEST_PATH) {
        return Failure(StartFailure{Why::BadProgram, "the name of the program's interpreter (PT_INTERP) has " +
                                                         std::to_string(header.file_bytes) + " bytes"});
    }
    if (std::uint64_t{header.offset} + header.file_bytes > file.size) {
        return Failure(StartFailure{Why::CutShort, "the ELF file is truncated: it ends before its interpreter's name"});
    }
    std::string path(header.file_bytes, '\0');
    file.read(header.offset, std::as_writable_bytes(std::span(path)));
    if (path.back() != '\0') {
        return Failure(StartFailure{Why::BadProgram, "the name of the program's interpreter (PT_INTERP) has no end"});
    }
    path.resize(path.find('\0'));
    return path.empty() ? "." : path;  // Linux takes the directory where it begins to look
}

/// What one program header adds to an image.
Result<Done, StartFailure> add_header(ElfImage& image, const ElfSource& file, const ProgramHeader& header,
                                      VirtAddr user_end, ElfPages pages) {
    if (header.type == SEGMENT_INTERPRETER && image.interpreter.empty()) {
        auto path = read_interpreter(file, header);
        if (!path) {
            return Failure(std::move(path).error());
        }
        image.interpreter = std::move(path).take();
    }
    if (header.type == SEGMENT_STACK) {
        image.stack_wiring = wiring_of(header);
    }
    if (header.type != SEGMENT_LOAD || (header.memory_bytes | header.file_bytes) == 0) {
        return Done{};
    }
    if (auto complaint = check_segment(header, file.size, user_end, pages)) {
        return Failure(StartFailure{Why::Unloadable, std::move(*complaint)});
    }
    image.segments.push_back(make_segment(header));
    image.end = std::max(image.end, std::uint64_t{header.address} + header.memory_bytes);
    if (std::has_single_bit(header.alignment)) {
        image.alignment = std::max(image.alignment, header.alignment);
    }
    return Done{};
}

}  // namespace

ElfSource ElfSource::of(std::string_view bytes) {
    return {bytes.size(), [bytes](std::uint64_t offset, std::span<std::byte> to) {
                std::memcpy(to.data(), bytes.data() + offset, to.size());
            }};
}

ElfSource ElfSource::of(const VmObject& object) {
    return {object.bytes(), [&object](std::uint64_t offset, std::span<std::byte> to) {
                std::array<std::byte, PAGE_SIZE> page;
                while (!to.empty()) {
                    object.peek(PageIndex(static_cast<std::uint32_t>(offset >> PAGE_SHIFT)), page);
                    const auto part = std::span(page).subspan(offset % PAGE_SIZE);
                    const std::size_t bytes = std::min(part.size(), to.size());
                    std::copy_n(part.begin(), bytes, to.begin());
                    to = to.subspan(bytes);
                    offset += bytes;
                }
            }};
}

Result<ElfImage, StartFailure> ElfImage::parse(const ElfSource& file, VirtAddr user_end, ElfPages pages) {
    if (auto complaint = check_identification(file)) {
        return Failure(StartFailure{Why::BadProgram, std::move(*complaint)});
    }
    const auto header = read_at<ElfHeader>(file, 0);
    if (auto complaint = check_header(header, file.size)) {
        return Failure(StartFailure{Why::BadProgram, std::move(*complaint)});
    }
    ElfImage image{.placement = header.type == TYPE_DYNAMIC ? ElfPlacement::Anywhere : ElfPlacement::Fixed,
                   .entry = VirtAddr(header.entry),
                   .program_header_count = header.program_header_count};
    for (std::uint32_t i = 0; i < header.program_header_count; ++i) {
        const std::uint64_t offset = header.program_header_offset + std::uint64_t{i} * sizeof(ProgramHeader);
        if (auto added = add_header(image, file, read_at<ProgramHeader>(file, offset), user_end, pages); !added) {
            return Failure(std::move(added).error());
        }
    }
    if (image.segments.empty()) {
        return Failure(StartFailure{Why::Unloadable,
                                    "the ELF file has no segment to load (no PT_LOAD), so there is no program in it"});
    }
    image.program_headers = find_in_memory(image.segments, header.program_header_offset);
    return image;
}

VirtAddr ElfImage::start() const {
    const auto lowest = std::min_element(segments.begin(), segments.end(),
                                         [](const auto& a, const auto& b) { return a.address < b.address; });
    return lowest->address.page();
}

ElfImage ElfImage::moved_to(VirtAddr page) const {
    const std::uint32_t bias = page.value - start().value;
    ElfImage moved = *this;
    for (ElfSegment& segment : moved.segments) {
        segment.address = VirtAddr(segment.address.value + bias);
    }
    moved.entry = VirtAddr(entry.value + bias);
    moved.end = page.value + (end - start().value);
    if (program_headers.value != 0) {
        moved.program_headers = VirtAddr(program_headers.value + bias);
    }
    return moved;
}

}  // namespace vmlab
