// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include "kernel/elf_builder.hpp"
#include "kernel/elf_loader.hpp"

using namespace vmlab;
using vmlab_test::ElfBuilder;
using vmlab_test::ElfSegmentHeader;

namespace {

constexpr VirtAddr USER_END{0xC0000000};

ElfBuilder two_segments() {
    ElfBuilder elf;
    elf.segments = {
        {.offset = 0, .address = 0x08048000, .file_bytes = 0x800, .memory_bytes = 0x800, .flags = 5},
        {.offset = 0x1234, .address = 0x0804a234, .file_bytes = 0x100, .memory_bytes = 0x2100, .flags = 6},
    };
    return elf;
}

Result<ElfImage, StartFailure> parse(std::string_view bytes) { return ElfImage::parse(ElfSource::of(bytes), USER_END); }

void check_refused(const std::string& bytes, const char* words) {
    const auto image = parse(bytes);
    REQUIRE_FALSE(image.ok());
    CHECK_MESSAGE(image.error().sentence.find(words) != std::string::npos, image.error().sentence);
}

}  // namespace

TEST_CASE("a right ELF file gives its segments, entry, end and program headers") {
    ElfBuilder elf = two_segments();
    elf.segments.push_back({.type = 0x6474e551, .flags = 6});
    const auto parsed = parse(elf.bytes());
    REQUIRE(parsed.ok());
    const ElfImage& image = parsed.value();
    CHECK(image.placement == ElfPlacement::Fixed);
    CHECK(image.interpreter.empty());
    CHECK(image.entry == VirtAddr(0x08048000));
    REQUIRE(image.segments.size() == 2);
    CHECK(image.segments[0].address == VirtAddr(0x08048000));
    CHECK(image.segments[0].protection.bits == (Protection::READ | Protection::EXEC));
    CHECK(image.segments[1].protection.bits == (Protection::READ | Protection::WRITE));
    CHECK(image.segments[1].pages() == VirtRange{VirtAddr(0x0804a000), 0x0804d000});
    CHECK(image.end == 0x0804c334);
    CHECK(image.program_headers == VirtAddr(0x08048034));
    CHECK(image.program_header_count == 3);
}

TEST_CASE("program headers that no segment holds have no address") {
    ElfBuilder elf = two_segments();
    elf.segments.erase(elf.segments.begin());
    CHECK(parse(elf.bytes()).value().program_headers == VirtAddr(0));
}

TEST_CASE("an entry outside the segments is the processor's matter") {
    ElfBuilder elf = two_segments();
    elf.entry = 0x10;
    CHECK(parse(elf.bytes()).ok());
}

TEST_CASE("what is no 32-bit i386 executable is refused with the reason") {
    check_refused("", "empty");
    check_refused("#!/bin/sh\n", "no ELF file");
    check_refused(
        "\x7f"
        "EL",
        "no ELF file");
    ElfBuilder elf = two_segments();
    elf.elf_class = 2;
    check_refused(elf.bytes(), "64-bit");
    elf.elf_class = 7;
    check_refused(elf.bytes(), "class is 7");
    elf = two_segments();
    elf.data = 2;
    check_refused(elf.bytes(), "little-endian");
    elf = two_segments();
    elf.machine = 40;
    check_refused(elf.bytes(), "another machine (number 40)");
    elf = two_segments();
    elf.type = 1;
    check_refused(elf.bytes(), "object file");
    elf.type = 4;
    check_refused(elf.bytes(), "core dump");
    elf.type = 0xfe00;
    check_refused(elf.bytes(), "type is 65024");
}

TEST_CASE("an image for any place is moved as a whole") {
    ElfBuilder elf = two_segments();
    elf.type = 3;
    elf.entry = 0x5010;
    elf.segments[0].address = 0x5000;
    elf.segments[1].address = 0x7234;
    elf.segments[1].alignment = 0x4000;
    elf.segments[0].alignment = 0x30000;  // no power of two
    const auto parsed = parse(elf.bytes());
    REQUIRE(parsed.ok());
    CHECK(parsed.value().placement == ElfPlacement::Anywhere);
    CHECK(parsed.value().alignment == 0x4000);
    CHECK(parsed.value().start() == VirtAddr(0x5000));
    const ElfImage moved = parsed.value().moved_to(VirtAddr(0x400000));
    CHECK(moved.start() == VirtAddr(0x400000));
    CHECK(moved.entry == VirtAddr(0x400010));
    CHECK(moved.program_headers == VirtAddr(0x400034));
    CHECK(moved.segments[1].address == VirtAddr(0x402234));
    CHECK(moved.end == 0x404334);
    const ElfImage back = moved.moved_to(VirtAddr(0x5000));
    CHECK(back.end == parsed.value().end);
    CHECK(back.entry == parsed.value().entry);
}

TEST_CASE("the interpreter is the first that is named, by a path that ends in the file") {
    ElfBuilder elf = two_segments();
    elf.segments.push_back({.type = 3, .offset = 0x900, .file_bytes = 7});
    elf.segments.push_back({.type = 3, .offset = 0, .file_bytes = 1});
    std::string bytes = elf.bytes();
    bytes.replace(0x900, 6, "/ld.so");
    REQUIRE(parse(bytes).ok());
    CHECK(parse(bytes).value().interpreter == "/ld.so");
    const auto refused = [&bytes](std::uint32_t offset, std::uint32_t length, StartFailure::Why why) {
        constexpr std::size_t THIRD_HEADER = 52 + 2 * sizeof(ElfSegmentHeader);
        ElfBuilder::put(bytes, THIRD_HEADER + 4, offset);
        ElfBuilder::put(bytes, THIRD_HEADER + 16, length);
        const auto image = parse(bytes);
        return !image.ok() && image.error().why == why;
    };
    CHECK(refused(0x900, 6, StartFailure::Why::BadProgram));
    CHECK(refused(0x900, 1, StartFailure::Why::BadProgram));
    CHECK(refused(0x900, 4097, StartFailure::Why::BadProgram));
    CHECK(refused(0x2ffe, 3, StartFailure::Why::CutShort));
}

TEST_CASE("program headers have at most 64 KiB") {
    ElfBuilder elf = two_segments();
    elf.file_size = 0x20000;
    elf.segments.resize(2048, {.type = 0});
    CHECK(parse(elf.bytes()).ok());
    elf.segments.resize(2049, {.type = 0});
    check_refused(elf.bytes(), "2049 program headers; more than 2048");
}

TEST_CASE("every truncation is refused, never read past") {
    const std::string whole = two_segments().bytes();
    for (std::size_t size = 0; size < 0x1334; ++size) {
        const auto image = parse(std::string_view(whole).substr(0, size));
        REQUIRE_FALSE(image.ok());
    }
    CHECK(parse(std::string_view(whole).substr(0, 0x1334)).ok());
    check_refused(whole.substr(0, 10), "truncated");
    check_refused(whole.substr(0, 40), "its header needs 52");
    check_refused(whole.substr(0, 100), "program headers reach to byte 116");
    check_refused(whole.substr(0, 0x1300), "the segment at 0x0804a234 reaches to byte 4916");
}

TEST_CASE("a segment must fit into the file, its memory and the user part") {
    ElfBuilder elf = two_segments();
    elf.segments[1].memory_bytes = 0x80;
    check_refused(elf.bytes(), "more bytes in the file than in memory");
    elf = two_segments();
    elf.segments[1].file_bytes = 0xFFFFFFFF;
    elf.segments[1].memory_bytes = 0xFFFFFFFF;
    check_refused(elf.bytes(), "truncated");
    elf = two_segments();
    elf.segments[1].address = 0xbffff234;
    check_refused(elf.bytes(), "belongs to the kernel");
    elf.segments[1].address = 0xfffff234;
    check_refused(elf.bytes(), "ends at 0x100001334, but from 0xc0000000 on");
    elf = two_segments();
    elf.segments[1].memory_bytes = 0xFFFFFFFF;
    check_refused(elf.bytes(), "belongs to the kernel");
    elf = two_segments();
    elf.segments[1].address = 0x0804a000;
    check_refused(elf.bytes(), "divided by the page size");
}

TEST_CASE("a segment may end just below the kernel") {
    ElfBuilder elf = two_segments();
    elf.segments[1].address = 0xbfffd234;
    elf.segments[1].memory_bytes = 0x2dcc;
    CHECK(parse(elf.bytes()).value().end == 0xC0000000);
}

TEST_CASE("a file without a segment to load is refused") {
    ElfBuilder elf;
    check_refused(elf.bytes(), "no program headers");
    elf.segments = {{.type = 4, .memory_bytes = 16}};
    check_refused(elf.bytes(), "no PT_LOAD");
    elf = two_segments();
    elf.program_header_size = 56;
    check_refused(elf.bytes(), "56 bytes each");
}

TEST_CASE("bytes that are copied may lie anywhere in the file") {
    ElfBuilder elf;
    elf.segments = {{.offset = 0x80, .address = 0, .file_bytes = 0x100, .memory_bytes = 0x2000, .flags = 7}};
    const std::string bytes = elf.bytes();
    check_refused(bytes, "the same rest");
    const auto image = ElfImage::parse(ElfSource::of(bytes), USER_END, ElfPages::Copied);
    REQUIRE(image.ok());
    CHECK(image.value().segments[0].file_offset == 0x80);
    CHECK(image.value().end == 0x2000);
}
