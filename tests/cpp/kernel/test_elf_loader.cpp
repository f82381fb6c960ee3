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

void check_refused(const std::string& bytes, const char* words) {
    const auto image = ElfImage::parse(bytes, USER_END);
    REQUIRE_FALSE(image.ok());
    CHECK_MESSAGE(image.error().find(words) != std::string::npos, image.error());
}

}  // namespace

TEST_CASE("a right ELF file gives its segments, entry, end and program headers") {
    ElfBuilder elf = two_segments();
    std::swap(elf.segments[0], elf.segments[1]);
    elf.segments.push_back({.type = 0x6474e551, .flags = 6});
    const auto parsed = ElfImage::parse(elf.bytes(), USER_END);
    REQUIRE(parsed.ok());
    const ElfImage& image = parsed.value();
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
    CHECK(ElfImage::parse(elf.bytes(), USER_END).value().program_headers == VirtAddr(0));
}

TEST_CASE("an entry outside the segments is the processor's matter") {
    ElfBuilder elf = two_segments();
    elf.entry = 0x10;
    CHECK(ElfImage::parse(elf.bytes(), USER_END).ok());
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
    elf.type = 3;
    check_refused(elf.bytes(), "dynamic executables are not supported yet, link with -static");
    elf.type = 1;
    check_refused(elf.bytes(), "object file");
    elf.type = 4;
    check_refused(elf.bytes(), "core dump");
    elf.type = 0xfe00;
    check_refused(elf.bytes(), "type is 65024");
}

TEST_CASE("a program that asks for a dynamic linker is refused") {
    ElfBuilder elf = two_segments();
    elf.segments.push_back({.type = 3, .offset = 0x100, .file_bytes = 19, .memory_bytes = 19});
    check_refused(elf.bytes(), "link with -static");
}

TEST_CASE("every truncation is refused, never read past") {
    const std::string whole = two_segments().bytes();
    for (std::size_t size = 0; size < 0x1334; ++size) {
        const auto image = ElfImage::parse(std::string_view(whole).substr(0, size), USER_END);
        REQUIRE_FALSE(image.ok());
    }
    CHECK(ElfImage::parse(std::string_view(whole).substr(0, 0x1334), USER_END).ok());
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
    CHECK(ElfImage::parse(elf.bytes(), USER_END).value().end == 0xC0000000);
}

TEST_CASE("segments may not share a page") {
    ElfBuilder elf = two_segments();
    elf.segments[1].address = 0x08048234;
    check_refused(elf.bytes(), "the segments at 0x08048000 and 0x08048234 overlap");
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
