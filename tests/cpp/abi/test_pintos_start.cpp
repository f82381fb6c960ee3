// SPDX-License-Identifier: GPL-2.0-only
#include <algorithm>

#include "abi/pintos_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

TEST_CASE_FIXTURE(PintosFixture, "the arguments lie on the stack as Pintos draws them, byte for byte") {
    Process& process = spawn({"/bin/ls", "-l", "foo", "bar"});
    const Registers registers = kernel.registers(process);
    CHECK(registers.esp == 0xbfffffcc);
    CHECK(registers.eip == 0x08048000);
    CHECK(registers.cs == 0x1b);
    CHECK(registers.ss == 0x23);
    UserMemory memory(process);
    std::vector<std::uint32_t> words(8);
    REQUIRE(memory.copy_in(VirtAddr(0xbfffffcc), std::as_writable_bytes(std::span(words))) == CopyResult::Ok);
    CHECK(words == std::vector<std::uint32_t>{0, 4, 0xbfffffd8, 0xbfffffed, 0xbffffff5, 0xbffffff8, 0xbffffffc, 0});
    std::string bytes(0x14, '?');
    REQUIRE(memory.copy_in(VirtAddr(0xbfffffec), std::as_writable_bytes(std::span(bytes))) == CopyResult::Ok);
    CHECK(bytes == std::string("\0/bin/ls\0-l\0foo\0bar\0", 20));
}

TEST_CASE_FIXTURE(PintosFixture, "arguments that fill the first page of the stack are taken, one byte more is not") {
    // return address, argc, argv, two pointers and a null; "p" with its NUL
    const std::size_t room = 4096 - 6 * 4 - 2;
    CHECK(kernel.spawn({"p", small_program(), {"p", std::string(room - 1, 'x')}, {}, ""}).ok());
    const auto refused = kernel.spawn({"p", small_program(), {"p", std::string(room, 'x')}, {}, ""});
    CHECK_FALSE(refused.ok());
}

TEST_CASE_FIXTURE(PintosFixture,
                  "a program without a place of its own, or with an interpreter, is refused with the way out") {
    ElfBuilder elf;
    elf.type = 3;
    elf.segments = {{.file_bytes = 0x800, .memory_bytes = 0x800}};
    const auto refused = kernel.spawn({"pie", elf.bytes(), {"pie"}, {}, ""});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().find("-static") != std::string::npos);
}

TEST_CASE_FIXTURE(PintosFixture, "the page at 0 is nobody's") {
    ElfBuilder elf;
    elf.segments = {{.address = 0, .file_bytes = 0x800, .memory_bytes = 0x800}};
    CHECK_FALSE(kernel.spawn({"low", elf.bytes(), {"low"}, {}, ""}).ok());
}

TEST_CASE_FIXTURE(PintosProcess, "code is not there before it is touched") {
    CHECK_FALSE(process.space().is_resident(VirtAddr(0x08048000)));
    CHECK(process.space().is_resident(VirtAddr(0xbffff000)));
}

TEST_CASE_FIXTURE(PintosFixture, "the machine boots with the first program and powers off with the last") {
    Process& first = spawn({"one", "word"});
    CHECK(console() == "Pintos booting with 4,096 kB RAM...\nBoot complete.\nExecuting 'one word':\n");
    spawn({"two"});
    cpu->load({});
    static_cast<void>(first);
    CHECK(console().ends_with("Executing 'two':\n"));
    CHECK(std::ranges::count(console(), '\n') == 4);
}
