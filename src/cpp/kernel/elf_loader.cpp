// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/elf_loader.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <optional>

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

std::string hex(std::uint64_t value) {
    char text[24];
    std::snprintf(text, sizeof text, "0x%08llx", static_cast<unsigned long long>(value));
    return text;
}

template <typename T>
T read_at(std::string_view bytes, std::size_t offset) {
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

Complaint check_identification(std::string_view bytes) {
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
            break;
        case TYPE_DYNAMIC:
            return "this is a position-independent executable or a shared library; dynamic executables are not "
                   "supported yet, link with -static -no-pie";
        case TYPE_RELOCATABLE:
            return "this is an object file, which is not linked yet: link it with -static";
        case TYPE_CORE:
            return "this is a core dump, not a program";
        default:
            return "the ELF file's type is " + std::to_string(header.type) + ", not 2, an executable";
    }
    if (header.program_header_count == 0) {
        return "the ELF file has no program headers, so there is nothing to load";
    }
    if (header.program_header_size != sizeof(ProgramHeader)) {
        return "the ELF file's program headers have " + std::to_string(header.program_header_size) +
               " bytes each; for the i386 they have 32";
    }
    const std::uint64_t end = header.program_header_offset + std::uint64_t{32} * header.program_header_count;
    if (end > file_size) {
        return "the ELF file is truncated: its program headers reach to byte " + std::to_string(end) +
               ", the file has " + std::to_string(file_size);
    }
    return std::nullopt;
}

Complaint check_segment(const ProgramHeader& segment, std::uint64_t file_size, VirtAddr user_end) {
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
    if ((segment.address - segment.offset) % PAGE_SIZE != 0) {
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

/// Requires: the segments are sorted by address.
Complaint check_overlaps(const std::vector<ElfSegment>& segments) {
    for (std::size_t i = 1; i < segments.size(); ++i) {
        if (segments[i - 1].pages().overlaps(segments[i].pages())) {
            return "the segments at " + hex(segments[i - 1].address.value) + " and " + hex(segments[i].address.value) +
                   " overlap: a page can belong to one of them only";
        }
    }
    return std::nullopt;
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

}  // namespace

Result<ElfImage, std::string> ElfImage::parse(std::string_view bytes, VirtAddr user_end) {
    if (auto complaint = check_identification(bytes)) {
        return Failure(std::move(*complaint));
    }
    const auto header = read_at<ElfHeader>(bytes, 0);
    if (auto complaint = check_header(header, bytes.size())) {
        return Failure(std::move(*complaint));
    }
    ElfImage image{.entry = VirtAddr(header.entry), .program_header_count = header.program_header_count};
    for (std::uint32_t i = 0; i < header.program_header_count; ++i) {
        const auto program_header =
            read_at<ProgramHeader>(bytes, header.program_header_offset + i * sizeof(ProgramHeader));
        if (program_header.type == SEGMENT_INTERPRETER) {
            return Failure(
                std::string("this program asks for a dynamic linker; dynamic executables are not supported "
                            "yet, link with -static"));
        }
        if (program_header.type == SEGMENT_STACK) {
            image.stack_wiring = wiring_of(program_header);
        }
        if (program_header.type != SEGMENT_LOAD || (program_header.memory_bytes | program_header.file_bytes) == 0) {
            continue;
        }
        if (auto complaint = check_segment(program_header, bytes.size(), user_end)) {
            return Failure(std::move(*complaint));
        }
        image.segments.push_back(make_segment(program_header));
        image.end = std::max(image.end, std::uint64_t{program_header.address} + program_header.memory_bytes);
    }
    if (image.segments.empty()) {
        return Failure(std::string("the ELF file has no segment to load (no PT_LOAD), so there is no program in it"));
    }
    std::sort(image.segments.begin(), image.segments.end(),
              [](const ElfSegment& a, const ElfSegment& b) { return a.address < b.address; });
    if (auto complaint = check_overlaps(image.segments)) {
        return Failure(std::move(*complaint));
    }
    image.program_headers = find_in_memory(image.segments, header.program_header_offset);
    return image;
}

}  // namespace vmlab
