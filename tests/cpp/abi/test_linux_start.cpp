// SPDX-License-Identifier: GPL-2.0-only
#include <map>
#include <random>

#include "abi/linux_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

/// What a program finds on its stack.
struct FirstStack {
    std::vector<std::string> arguments, environment;
    std::map<std::uint32_t, std::uint32_t> auxiliary;
    std::uint32_t end_of_vectors = 0;

    FirstStack(Process& process, std::uint32_t esp) : memory(process), at(esp) {
        const std::uint32_t count = next();
        for (std::uint32_t pointer = next(); pointer != 0; pointer = next()) {
            arguments.push_back(memory.copy_in_string(VirtAddr(pointer), 1000).value());
        }
        CHECK(count == arguments.size());
        for (std::uint32_t pointer = next(); pointer != 0; pointer = next()) {
            environment.push_back(memory.copy_in_string(VirtAddr(pointer), 1000).value());
        }
        for (std::uint32_t key = next(); key != 0; key = next()) {
            CHECK(auxiliary.count(key) == 0);
            auxiliary[key] = next();
        }
        CHECK(next() == 0);
        end_of_vectors = at;
    }
    std::string text(std::uint32_t key) { return memory.copy_in_string(VirtAddr(auxiliary.at(key)), 1000).value(); }

private:
    std::uint32_t next() {
        at += 4;
        return memory.read<std::uint32_t>(VirtAddr(at - 4)).value();
    }
    UserMemory memory;
    std::uint32_t at;
};

SpawnRequest request_for(const std::string& elf) {
    return {.name = "prog",
            .elf = elf,
            .arguments = {"prog", "one", "", "three words here"},
            .environment = {"HOME=/", "EMPTY="},
            .standard_input = ""};
}

}  // namespace

TEST_CASE_FIXTURE(LinuxFixture, "a program finds arguments, environment and auxiliary vector on its stack") {
    Process& process = spawn(request_for(small_program()));
    const Registers registers = kernel.registers(process);
    CHECK(registers.eip == 0x08048000);
    CHECK(registers.cs == 0x73);
    CHECK(registers.ss == 0x7b);
    CHECK(registers.ds == 0x7b);
    CHECK(registers.es == 0x7b);
    CHECK(registers.gs == 0);
    CHECK(registers.eax == 0);
    CHECK(registers.esp % 16 == 0);
    FirstStack stack(process, registers.esp);
    CHECK(stack.arguments == std::vector<std::string>{"prog", "one", "", "three words here"});
    CHECK(stack.environment == std::vector<std::string>{"HOME=/", "EMPTY="});
    CHECK(stack.auxiliary.at(3) == 0x08048034);
    CHECK(stack.auxiliary.at(4) == 32);
    CHECK(stack.auxiliary.at(5) == 2);
    CHECK(stack.auxiliary.at(6) == 4096);
    CHECK(stack.auxiliary.at(7) == 0);
    CHECK(stack.auxiliary.at(9) == 0x08048000);
    for (const std::uint32_t identity : {11, 12, 13, 14, 23}) {
        CHECK(stack.auxiliary.at(identity) == 0);
    }
    CHECK(stack.text(15) == "i686");
    CHECK(stack.text(31) == process.executable->path());
    CHECK(stack.auxiliary.count(32) == 0);
    CHECK(stack.auxiliary.count(33) == 0);
}

TEST_CASE_FIXTURE(LinuxFixture, "the strings end four bytes below the kernel, as on Linux") {
    Process& process = spawn(request_for(small_program()));
    FirstStack stack(process, kernel.registers(process).esp);
    const std::uint32_t executable = stack.auxiliary.at(31);
    CHECK(executable + process.executable->path().size() + 1 == 0xC0000000 - 4);
    UserMemory memory(process);
    CHECK(memory.read<std::uint32_t>(VirtAddr(0xC0000000 - 4)).value() == 0);
    const std::uint32_t random = stack.auxiliary.at(25);
    CHECK(random + 16 == stack.auxiliary.at(15));
    CHECK(random - stack.end_of_vectors < 16);
}

TEST_CASE("the random bytes depend on the seed alone") {
    const auto bytes_for = [](std::uint64_t seed) {
        LinuxFixture lab(std::uint64_t{4} << 20, {.seed = seed});
        Process& process = lab.spawn(request_for(small_program()));
        FirstStack stack(process, lab.kernel.registers(process).esp);
        return UserMemory(process).read<std::array<std::uint32_t, 4>>(VirtAddr(stack.auxiliary.at(25))).value();
    };
    CHECK(bytes_for(1) == bytes_for(1));
    CHECK(bytes_for(1) != bytes_for(2));
}

TEST_CASE_FIXTURE(LinuxFixture, "segments come from the file by demand, the rest of memory is zero") {
    Process& process = spawn(request_for(small_program()));
    const AddressSpace& space = process.space();
    const Mapping* text = space.find_mapping(VirtAddr(0x08048000));
    REQUIRE(text != nullptr);
    CHECK(text->kind == MappingKind::File);
    CHECK(text->name == process.executable->path());
    CHECK(text->protection.bits == (Protection::READ | Protection::EXEC));
    CHECK(text->object == kernel.filesystem().object_of(process.executable->path()).value());
    CHECK(text->object->find_page(PageIndex(0)) == nullptr);
    UserMemory memory(process);
    std::string data(0x1000, '?');
    REQUIRE(memory.copy_in(VirtAddr(0x0804a000), std::as_writable_bytes(std::span(data))) == CopyResult::Ok);
    CHECK(data == std::string(0x334, 'd') + std::string(0x1000 - 0x334, '\0'));
    CHECK(space.find_mapping(VirtAddr(0x0804b000))->kind == MappingKind::Anonymous);
    CHECK(memory.read<std::uint32_t>(VirtAddr(0x0804c330)).value() == 0);
    CHECK(space.find_mapping(VirtAddr(0x0804d000)) == nullptr);
    CHECK(space.heap_start() == VirtAddr(0x0804d000));
    CHECK(text->object->find_page(PageIndex(1)) != nullptr);
    std::array<std::byte, PAGE_SIZE> disk;
    text->object->peek(PageIndex(1), disk);
    CHECK(disk[0x400] == static_cast<std::byte>('d'));
}

TEST_CASE_FIXTURE(LinuxFixture, "a segment without bytes in the file is all zero") {
    ElfBuilder elf;
    elf.segments = {{.address = 0x08048000, .file_bytes = 0x100, .memory_bytes = 0x100},
                    {.offset = 0x100, .address = 0x09000100, .file_bytes = 0, .memory_bytes = 0x100, .flags = 6}};
    Process& process = spawn(request_for(elf.bytes()));
    CHECK(UserMemory(process).read<std::uint32_t>(VirtAddr(0x09000100)).value() == 0);
    CHECK(process.space().find_mapping(VirtAddr(0x09000000))->kind == MappingKind::Anonymous);
}

TEST_CASE_FIXTURE(LinuxFixture, "a program that cannot be started is refused with the reason and leaves nothing") {
    const std::uint32_t frames = machine.frames().used();
    const auto refused = [this](SpawnRequest request, const char* words) {
        const auto spawned = kernel.spawn(std::move(request));
        REQUIRE_MESSAGE(!spawned.ok(), words);
        CHECK_MESSAGE(spawned.error().find(words) != std::string::npos, spawned.error());
    };
    refused(request_for("no elf"), "no ELF file");
    SpawnRequest large = request_for(small_program());
    large.arguments.push_back(std::string(3U << 20, 'x'));
    refused(std::move(large), "fit onto the stack");
    ElfBuilder low;
    low.segments = {{.address = 0x1000, .file_bytes = 0x100, .memory_bytes = 0x100}};
    refused(request_for(low.bytes()), "too low: user addresses go from 0x00010000");
    ElfBuilder high;
    high.segments = {{.address = 0xbffff000, .file_bytes = 0x100, .memory_bytes = 0x100}};
    refused(request_for(high.bytes()), "no room for its stack");
    CHECK(kernel.processes().empty());
    CHECK(machine.frames().used() == frames);
}

TEST_CASE("RAM too small for the program is a sentence, for every size") {
    bool started = false;
    for (std::uint32_t pages = 3; pages <= 24; ++pages) {
        LinuxFixture lab(std::uint64_t{pages} * PAGE_SIZE);
        const auto spawned = lab.kernel.spawn(request_for(small_program()));
        CHECK((!started || spawned.ok()));
        started = spawned.ok();
        if (!spawned.ok()) {
            CHECK_MESSAGE(spawned.error().find("RAM") != std::string::npos, spawned.error());
        }
    }
    CHECK(started);
}

TEST_CASE("a program with random bytes in its headers starts or is refused, and nothing else") {
    std::mt19937 generator(1);
    std::uint32_t started = 0;
    constexpr std::uint32_t TRIES = 400, HEADER_BYTES = 52 + 2 * 32;
    for (std::uint32_t i = 0; i < TRIES; ++i) {
        std::string elf = small_program();
        for (std::uint32_t change = 0; change <= i % 3; ++change) {
            elf[generator() % HEADER_BYTES] = static_cast<char>(generator());
        }
        LinuxFixture lab;
        const std::uint32_t frames = lab.machine.frames().used();
        const auto spawned = lab.kernel.spawn(request_for(elf));
        started += spawned.ok() ? 1 : 0;
        if (!spawned.ok()) {
            CHECK(spawned.error().size() > 20);
            CHECK(lab.machine.frames().used() == frames);
        }
    }
    CHECK(started > TRIES / 10);
    CHECK(started < TRIES);
}
