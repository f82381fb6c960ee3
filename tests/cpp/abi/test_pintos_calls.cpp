// SPDX-License-Identifier: GPL-2.0-only
#include "abi/pintos_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr std::uint32_t PHYS_BASE = 0xc0000000;
constexpr std::uint32_t BSS_END = 0x0804d000;  ///< the first page behind small_program()'s memory
const std::string ENDED = "small: exit(-1)\nExecution of 'small' complete.\n";

/// Calls with a bad pointer: what it is a pointer to, the words of the call.
struct BadCall {
    const char* what;
    std::vector<std::uint32_t> words;
};

}  // namespace

TEST_CASE("a pointer that is bad ends the caller with -1, whatever the call") {
    const std::vector<std::uint32_t> bad{0, 1, UNMAPPED, PHYS_BASE, PHYS_BASE - 1 + 0x10000, 0xffffffff, 0xfffff000};
    for (const std::uint32_t pointer : bad) {
        for (const std::vector<std::uint32_t>& words : {std::vector<std::uint32_t>{EXEC, pointer},
                                                        {CREATE, pointer, 10},
                                                        {REMOVE, pointer},
                                                        {OPEN, pointer},
                                                        {WRITE, 1, pointer, 4},
                                                        {CHDIR, pointer},
                                                        {MKDIR, pointer}}) {
            PintosProcess f;
            CAPTURE(pointer);
            CAPTURE(words[0]);
            REQUIRE(UserMemory(f.process).copy_out(VirtAddr(f.CALL), std::as_bytes(std::span(words))) ==
                    CopyResult::Ok);
            CHECK_FALSE(f.call_at(f.CALL).has_value());
            CHECK(f.process.exit_status() == 0xffffffff);
            CHECK(f.console().find(ENDED) != std::string::npos);
            CHECK(f.kernel.check().empty());
        }
    }
}

TEST_CASE("a call whose number or arguments are not all there ends the caller with -1") {
    for (const std::uint32_t esp : {0U, UNMAPPED, PHYS_BASE, PHYS_BASE - 2, 0xfffffffeU, BSS_END - 1, BSS_END - 2}) {
        PintosProcess f;
        CAPTURE(esp);
        CHECK_FALSE(f.call_at(esp).has_value());
        CHECK(f.console().find(ENDED) != std::string::npos);
    }
    PintosProcess f;
    const std::uint32_t number = EXIT;
    REQUIRE(UserMemory(f.process).write(VirtAddr(PHYS_BASE - 4), number) == CopyResult::Ok);
    CHECK_FALSE(f.call_at(PHYS_BASE - 4).has_value());
    CHECK(f.process.exit_status() == 0xffffffff);
}

TEST_CASE_FIXTURE(PintosProcess, "a number that no call has ends the caller with -1") {
    CHECK_FALSE(call(20).has_value());
    CHECK(process.exit_status() == 0xffffffff);
}

TEST_CASE_FIXTURE(PintosProcess,
                  "a string that ends with its page is read, one that goes on where nothing is mapped is not") {
    const std::string name = "file";
    CHECK(call(CREATE, put(name, BSS_END - 5), 0) == 1);
    const std::byte last{'f'};
    REQUIRE(UserMemory(process).copy_out(VirtAddr(BSS_END - 1), std::span(&last, 1)) == CopyResult::Ok);
    CHECK_FALSE(call(OPEN, BSS_END - 1).has_value());
}

TEST_CASE_FIXTURE(PintosProcess, "files do not grow, and a position may be behind their end") {
    CHECK(call(CREATE, put("data"), 10) == 1);
    CHECK(call(CREATE, put("data"), 10) == 0);
    CHECK(call(OPEN, put("data")) == 2);
    CHECK(call(FILESIZE, 2) == 10);
    CHECK(call(WRITE, 2, put("twelve bytes"), 12) == 10);
    CHECK(call(TELL, 2) == 10);
    CHECK(call(WRITE, 2, SCRATCH, 1) == 0);
    CHECK(call(SEEK, 2, 100) == 0);
    CHECK(call(READ, 2, SCRATCH, 1) == 0);
    CHECK(call(WRITE, 2, SCRATCH, 1) == 0);
    CHECK(call(SEEK, 2, 4) == 0);
    CHECK(call(READ, 2, SCRATCH, 100) == 6);
    CHECK(UserMemory(process).copy_in_string(VirtAddr(SCRATCH), 100)->substr(0, 6) == "ve byt");
}

TEST_CASE_FIXTURE(PintosProcess, "descriptors that are not open, or are the console's, are refused and harm nobody") {
    for (const std::uint32_t descriptor : {2U, 1000U, 0x7fffffffU, 0xffffffffU, 0x80000000U}) {
        CAPTURE(descriptor);
        CHECK(call(READ, descriptor, SCRATCH, 1) == -1);
        CHECK(call(WRITE, descriptor, SCRATCH, 1) == -1);
        CHECK(call(FILESIZE, descriptor) == -1);
        CHECK(call(TELL, descriptor) == -1);
        CHECK(call(SEEK, descriptor, 0) == 0);
        CHECK(call(CLOSE, descriptor) == 0);
        CHECK(call(MMAP, descriptor, 0x10000000) == -1);
        CHECK(call(READDIR, descriptor, SCRATCH) == 0);
        CHECK(call(ISDIR, descriptor) == 0);
        CHECK(call(INUMBER, descriptor) == -1);
    }
    CHECK(call(READ, 1, SCRATCH, 1) == -1);
    CHECK(call(WRITE, 0, SCRATCH, 1) == -1);
    CHECK(call(CLOSE, 0) == 0);
    CHECK(call(CLOSE, 1) == 0);
    CHECK(call(WRITE, 1, put("still there\n"), 12) == 12);
    CHECK(console().ends_with("still there\n"));
}

TEST_CASE_FIXTURE(PintosProcess, "names are refused that no file may have") {
    CHECK(call(CREATE, put(""), 0) == 0);
    CHECK(call(CREATE, put("a-name-of-15-ch"), 0) == 0);
    CHECK(call(CREATE, put("a-name-of-14-c"), 0) == 1);
    CHECK(call(CREATE, put(std::string(512, 'x')), 0) == 0);
    CHECK(call(CREATE, put("huge"), 0x80000000) == 0);
    CHECK(call(OPEN, put("huge")) == -1);
    CHECK(call(OPEN, put("")) == -1);
    CHECK(call(REMOVE, put("nothing")) == 0);
    CHECK(call(EXEC, put("")) == -1);
    CHECK(call(EXEC, put("   ")) == -1);
}

TEST_CASE_FIXTURE(PintosProcess, "what is executed is not written to, and a text is no program") {
    CHECK(call(OPEN, put("small")) == 2);
    CHECK(call(READ, 2, SCRATCH, 4) == 4);
    CHECK(call(SEEK, 2, 0) == 0);
    CHECK(call(WRITE, 2, SCRATCH, 4) == 0);
    CHECK(call(CREATE, put("text"), 20) == 1);
    CHECK(call(EXEC, put("text")) == -1);
    CHECK(console().ends_with("load: text: error loading executable\n"));
    CHECK(call(EXEC, put("nothing here")) == -1);
    CHECK(console().ends_with("load: nothing: open failed\n"));
    CHECK(call(WAIT, 7) == -1);
    CHECK(call(WAIT, process.pid()) == -1);
    CHECK(kernel.check().empty());
}

TEST_CASE_FIXTURE(PintosProcess, "a child has its own memory, the console, and nothing else that its parent has open") {
    CHECK(call(CREATE, put("data"), 10) == 1);
    CHECK(call(OPEN, put("data")) == 2);
    const auto pid = call(EXEC, put("small one  two"));
    REQUIRE(pid.value_or(-1) > 0);
    Process* const child = kernel.find_process(static_cast<std::uint32_t>(*pid));
    REQUIRE(child != nullptr);
    CHECK(child->parent() == process.pid());
    CHECK(child->name() == "small");
    CHECK(child->files().numbers() == std::vector<std::uint32_t>{0, 1});
    CHECK(&child->space() != &process.space());
    CHECK(child->limits().space().stack == 8U << 20);
    std::string strings(14, '?');
    const bool there = child->space().peek(VirtAddr(PHYS_BASE - 14), std::as_writable_bytes(std::span(strings)));
    CHECK(there);
    CHECK(strings == std::string("small\0one\0two\0", 14));
    CHECK(kernel.check().empty());
}

TEST_CASE_FIXTURE(PintosProcess, "a child that memory does not suffice for is refused, and nothing of it is left") {
    std::uint32_t children = 0;
    while (call(EXEC, put("small")).value_or(-1) > 0) {
        REQUIRE(++children < 1000);
    }
    CHECK(children > 100);
    const std::uint32_t used = machine.frames().used();
    CHECK(call(EXEC, put("small")) == -1);
    CHECK(machine.frames().used() == used);
    CHECK(kernel.children_of(process).size() == children);
    CHECK(console().find("load:") == std::string::npos);
    CHECK(kernel.check().empty());
}

TEST_CASE_FIXTURE(PintosProcess, "mmap refuses what Pintos refuses, and names a mapping that munmap knows") {
    CHECK(call(CREATE, put("empty"), 0) == 1);
    CHECK(call(CREATE, put("two pages"), 4097) == 1);
    CHECK(call(OPEN, put("empty")) == 2);
    CHECK(call(OPEN, put("two pages")) == 3);
    CHECK(call(MMAP, 2, 0x10000000) == -1);
    for (const std::uint32_t address : {0U, 0x10000001U, 0x08048000U, 0x08047000U, 0x0804c000U, PHYS_BASE - 4096,
                                        PHYS_BASE - 8192, PHYS_BASE, 0xfffff000U}) {
        CAPTURE(address);
        CHECK(call(MMAP, 3, address) == -1);
    }
    CHECK(call(MMAP, 0, 0x10000000) == -1);
    CHECK(call(MMAP, 1, 0x10000000) == -1);
    const auto mapping = call(MMAP, 3, 0x10000000);
    REQUIRE(mapping.value_or(-1) >= 0);
    CHECK(call(MMAP, 3, 0x10001000) == -1);
    CHECK(call(MMAP, 3, 0x0ffff000) == -1);
    CHECK(call(CLOSE, 3) == 0);
    const std::uint32_t word = 0x64636261;
    CHECK(UserMemory(process).write(VirtAddr(0x10000004), word) == CopyResult::Ok);
    CHECK(call(MUNMAP, *mapping) == 0);
    CHECK(process.space().find_mapping(VirtAddr(0x10000000)) == nullptr);
    CHECK(call(MUNMAP, *mapping) == 0);
    CHECK(call(MUNMAP, 0x8048) == 0);
    CHECK(call(MUNMAP, 0xffffffff) == 0);
    CHECK(process.space().find_mapping(VirtAddr(0x08048000)) != nullptr);
    CHECK(call(OPEN, put("two pages")) == 3);
    CHECK(call(READ, 3, SCRATCH, 8) == 8);
    CHECK(UserMemory(process).read<std::uint32_t>(VirtAddr(SCRATCH + 4)) == word);
}

TEST_CASE_FIXTURE(PintosProcess, "what is written behind the end of a mapped file is gone with the mapping") {
    CHECK(call(CREATE, put("short"), 100) == 1);
    CHECK(call(OPEN, put("short")) == 2);
    const auto mapping = call(MMAP, 2, 0x10000000);
    const std::uint32_t word = 0x64636261;
    REQUIRE(UserMemory(process).write(VirtAddr(0x10000080), word) == CopyResult::Ok);
    CHECK(call(MUNMAP, mapping.value_or(0)) == 0);
    REQUIRE(call(MMAP, 2, 0x10000000).value_or(-1) >= 0);
    CHECK(UserMemory(process).read<std::uint32_t>(VirtAddr(0x10000080)) == 0U);
    CHECK(call(FILESIZE, 2) == 100);
}

TEST_CASE_FIXTURE(PintosProcess, "who maps the file of a running program writes for himself") {
    CHECK(call(OPEN, put("small")) == 2);
    const auto mapping = call(MMAP, 2, 0x10000000);
    const auto before = UserMemory(process).read<std::uint32_t>(VirtAddr(0x08048000));
    REQUIRE(UserMemory(process).write(VirtAddr(0x10000000), 0x12345678) == CopyResult::Ok);
    CHECK(UserMemory(process).read<std::uint32_t>(VirtAddr(0x08048000)) == before);
    CHECK(call(MUNMAP, mapping.value_or(0)) == 0);
    CHECK(call(READ, 2, SCRATCH, 4) == 4);
    CHECK(UserMemory(process).read<std::uint32_t>(VirtAddr(SCRATCH)) == before);
}

TEST_CASE_FIXTURE(PintosProcess, "a read into code, or from a file into what is not there, ends the caller with -1") {
    CHECK(call(OPEN, put("small")) == 2);
    CHECK_FALSE(call(READ, 2, READ_ONLY, 4).has_value());
    CHECK(process.exit_status() == 0xffffffff);
    PintosProcess other;
    CHECK(other.call(OPEN, other.put("small")) == 2);
    CHECK_FALSE(other.call(READ, 2, BSS_END - 2, 4).has_value());
    PintosProcess wrapped;
    CHECK(wrapped.call(OPEN, wrapped.put("small")) == 2);
    CHECK_FALSE(wrapped.call(READ, 2, 0xfffffffe, 4).has_value());
    PintosProcess nothing;
    CHECK(nothing.call(OPEN, nothing.put("small")) == 2);
    CHECK(nothing.call(READ, 2, 0, 0) == 0);
    CHECK(nothing.call(WRITE, 1, PHYS_BASE, 0) == 0);
}

TEST_CASE_FIXTURE(PintosProcess, "a call grows the stack to where its caller's ESP lets it") {
    CHECK(call(CREATE, put("data"), 16) == 1);
    CHECK(call(OPEN, put("data")) == 2);
    const std::uint32_t esp = PHYS_BASE - 0x6000;
    const std::array<std::uint32_t, 4> words{READ, 2, PHYS_BASE - 0x5000, 16};
    Registers registers = kernel.registers(process);
    registers.esp = esp;
    kernel.write_registers(process, registers);
    REQUIRE(UserMemory(process).copy_out(VirtAddr(esp), std::as_bytes(std::span(words))) == CopyResult::Ok);
    CHECK(call_at(esp) == 16);
    const std::array<std::uint32_t, 4> too_far{READ, 2, esp - 0x3000, 16};
    REQUIRE(UserMemory(process).copy_out(VirtAddr(esp), std::as_bytes(std::span(too_far))) == CopyResult::Ok);
    CHECK(call(SEEK, 2, 0) == 0);
    CHECK_FALSE(call_at(esp).has_value());
}

TEST_CASE_FIXTURE(PintosProcess, "directories are made, entered, listed and removed when they are empty") {
    CHECK(call(MKDIR, put("sub")) == 1);
    CHECK(call(MKDIR, put("sub")) == 0);
    CHECK(call(CREATE, put("sub/file"), 3) == 1);
    CHECK(call(REMOVE, put("sub")) == 0);
    CHECK(call(OPEN, put("sub")) == 2);
    CHECK(call(ISDIR, 2) == 1);
    CHECK(call(READ, 2, SCRATCH, 4) == -1);
    CHECK(call(WRITE, 2, SCRATCH, 4) == -1);
    CHECK(call(MMAP, 2, 0x10000000) == -1);
    CHECK(call(READDIR, 2, SCRATCH) == 1);
    CHECK(UserMemory(process).copy_in_string(VirtAddr(SCRATCH), 15) == "file");
    CHECK(call(READDIR, 2, SCRATCH) == 0);
    CHECK(call(CHDIR, put("sub")) == 1);
    CHECK(call(CHDIR, put("nowhere")) == 0);
    CHECK(call(OPEN, put("file")) == 3);
    CHECK(call(ISDIR, 3) == 0);
    CHECK(call(READDIR, 3, SCRATCH) == 0);
    CHECK(call(INUMBER, 2) != call(INUMBER, 3));
    CHECK(call(REMOVE, put("file")) == 1);
    CHECK(call(FILESIZE, 3) == 3);
    CHECK(call(CHDIR, put("..")) == 1);
    CHECK(call(REMOVE, put("sub")) == 1);
    CHECK(call(CHDIR, put("sub")) == 0);
}

TEST_CASE_FIXTURE(PintosProcess, "who is killed for want of memory ends with -1 for all who look") {
    const auto pid = call(EXEC, put("small"));
    REQUIRE(pid.value_or(-1) > 0);
    kernel.kill_for_memory(*kernel.find_process(static_cast<std::uint32_t>(*pid)), {});
    CHECK(console().ends_with("Executing 'small':\nsmall: exit(-1)\n"));
    machine.mmu().load_cr3(process.space().pmap().root());
    CHECK(call(WAIT, *pid) == -1);
    CHECK(call(WAIT, *pid) == -1);
    kernel.kill_for_memory(process, {});
    CHECK(console().find("small: exit(-1)\nsmall: exit(-1)\nExecution of 'small' complete.\nTimer: ") !=
          std::string::npos);
    CHECK(console().ends_with("Powering off...\n"));
    CHECK(kernel.check().empty());
}

TEST_CASE_FIXTURE(PintosProcess, "exit says its status, and halt says nothing of anybody") {
    CHECK_FALSE(call(EXIT, 57).has_value());
    CHECK(process.exit_status() == 57);
    CHECK(console().find("small: exit(57)\nExecution of 'small' complete.\nTimer: ") != std::string::npos);
    CHECK(console().ends_with("Powering off...\n"));
    PintosProcess other;
    CHECK_FALSE(other.call(HALT).has_value());
    CHECK(other.console().find("exit") == std::string::npos);
    CHECK(other.console().ends_with("Powering off...\n"));
}
