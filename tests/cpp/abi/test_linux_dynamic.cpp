// SPDX-License-Identifier: GPL-2.0-only
// Programs with an interpreter, and those for any place: where they go, what their stack says of it, and what is refused.
#include <map>

#include "abi/linux_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr std::uint16_t ANYWHERE = 3;

/// One page of text and one of data with a page of bss behind it, at `start`.
ElfBuilder image_at(std::uint32_t start, std::uint16_t type) {
    ElfBuilder elf;
    elf.type = type;
    elf.entry = start + 0x120;
    elf.segments = {
        {.offset = 0, .address = start, .file_bytes = 0x800, .memory_bytes = 0x800, .flags = 5},
        {.offset = 0x1000, .address = start + 0x1000, .file_bytes = 0x80, .memory_bytes = 0x1080, .flags = 6},
    };
    return elf;
}

std::string with_interpreter(ElfBuilder elf, const std::string& path) {
    elf.segments.push_back({.type = 3, .offset = 0x900, .file_bytes = static_cast<std::uint32_t>(path.size()) + 1});
    return elf.bytes().replace(0x900, path.size(), path);
}

std::string dynamic_program() { return with_interpreter(image_at(0, ANYWHERE), "/lib/ld.so"); }

SpawnRequest request_for(std::string elf) {
    return {.name = "prog", .elf = std::move(elf), .arguments = {"prog"}, .environment = {}, .standard_input = ""};
}

std::map<std::uint32_t, std::uint32_t> auxiliary_vector(Process& process, std::uint32_t esp) {
    UserMemory memory(process);
    const auto word = [&] { return memory.read<std::uint32_t>(VirtAddr((esp += 4) - 4)).value(); };
    for (std::uint32_t ends = 0; ends < 2; ends += word() == 0 ? 1 : 0) {  // past argc, argv and the environment
    }
    std::map<std::uint32_t, std::uint32_t> values;
    for (std::uint32_t key = word(); key != 0; key = word()) {
        values[key] = word();
    }
    return values;
}

constexpr std::uint32_t AT_PHDR = 3, AT_BASE = 7, AT_ENTRY = 9;
constexpr std::int32_t NOENT = -2, IO = -5, NOEXEC = -8, ACCES = -13, LIBBAD = -80;
constexpr std::uint32_t EXECVE = 11;

void add(Kernel& kernel, const std::string& path, std::string bytes, std::uint32_t permissions = 0755) {
    REQUIRE(kernel.add_file(path, std::move(bytes), permissions).ok());
}

}  // namespace

TEST_CASE_FIXTURE(LinuxFixture, "a position-independent program goes to its base, its interpreter below mmap's top") {
    add(kernel, "/lib/ld.so", image_at(0x3000, ANYWHERE).bytes());
    Process& process = spawn(request_for(dynamic_program()));
    const AddressSpace& space = process.space();
    const Registers registers = kernel.registers(process);
    CHECK(space.find_mapping(VirtAddr(0x00400000))->name == "/bin/prog");
    CHECK(space.find_mapping(VirtAddr(0xb7ffd000))->name == "/lib/ld.so");
    CHECK(space.find_mapping(VirtAddr(0xb7ffc000)) == nullptr);
    CHECK(registers.eip == 0xb7ffd120);
    auto values = auxiliary_vector(process, registers.esp);
    CHECK(values.at(AT_BASE) == 0xb7ffa000);  // by so much it was moved
    CHECK(values.at(AT_PHDR) == 0x00400034);
    CHECK(values.at(AT_ENTRY) == 0x00400120);
    CHECK(space.heap_start() == VirtAddr(0x00403000));
    CHECK(process.executable->path() == "/bin/prog");
    // Reserving room left nothing behind: text, data and bss of both, and the stack.
    CHECK(space.mappings().size() == 7);
}

TEST_CASE_FIXTURE(LinuxFixture,
                  "a fixed program keeps its place when it has an interpreter, and that one may be fixed, too") {
    add(kernel, "/lib/ld.so", image_at(0x20000000, 2).bytes());
    Process& process = spawn(request_for(with_interpreter(image_at(0x08048000, 2), "/lib/ld.so")));
    const Registers registers = kernel.registers(process);
    CHECK(registers.eip == 0x20000120);
    auto values = auxiliary_vector(process, registers.esp);
    CHECK(values.at(AT_BASE) == 0);
    CHECK(values.at(AT_ENTRY) == 0x08048120);
    CHECK(process.space().heap_start() == VirtAddr(0x0804b000));
}

TEST_CASE_FIXTURE(LinuxFixture,
                  "without an interpreter mmap's search places a program, and its heap goes where it can grow") {
    Process& process = spawn(request_for(image_at(0, ANYWHERE).bytes()));
    CHECK(kernel.registers(process).eip == 0xb7ffd120);
    CHECK(process.space().heap_start() == VirtAddr(0x00400000));
    CHECK(auxiliary_vector(process, kernel.registers(process).esp).at(AT_BASE) == 0);
}

TEST_CASE_FIXTURE(LinuxFixture, "the largest alignment of a segment is heeded") {
    ElfBuilder elf = image_at(0, ANYWHERE);
    elf.segments[1].alignment = 0x100000;
    Process& alone = spawn(request_for(elf.bytes()));
    CHECK(kernel.registers(alone).eip == 0xb7f00120);
    add(kernel, "/lib/ld.so", image_at(0, ANYWHERE).bytes());
    elf.segments[0].alignment = 0x800000;
    SpawnRequest request = request_for(with_interpreter(elf, "/lib/ld.so"));
    // Rounded down to a multiple, its base would be page 0.
    const auto spawned = kernel.spawn(std::move(request));
    REQUIRE_FALSE(spawned.ok());
    CHECK_MESSAGE(spawned.error().find("too low") != std::string::npos, spawned.error());
}

TEST_CASE_FIXTURE(LinuxFixture, "a later segment replaces what a former one has in the same page") {
    ElfBuilder elf = image_at(0x08048000, 2);
    elf.segments[1].address = 0x08048000;
    std::string bytes = elf.bytes();
    bytes.replace(0x1000, 4, "next");
    Process& process = spawn(request_for(std::move(bytes)));
    CHECK(UserMemory(process).copy_in_string(VirtAddr(0x08048000), 100).value() == "next");
    CHECK(kernel.check().empty());
}

TEST_CASE_FIXTURE(LinuxFixture, "pages of zeros may be written, whatever the rights of their segment") {
    ElfBuilder elf = image_at(0x08048000, 2);
    elf.segments[1].flags = 4;
    Process& process = spawn(request_for(elf.bytes()));
    CHECK_FALSE(process.space().find_mapping(VirtAddr(0x08049000))->protection.writable());
    CHECK(process.space().find_mapping(VirtAddr(0x0804a000))->protection.writable());
}

TEST_CASE_FIXTURE(LinuxFixture, "a program whose interpreter is missing or none is refused with the reason") {
    const std::uint32_t frames = machine.frames().used();
    const auto refused = [this](const std::string& elf, const char* words) {
        const auto spawned = kernel.spawn(request_for(elf));
        REQUIRE_MESSAGE(!spawned.ok(), words);
        CHECK_MESSAGE(spawned.error().find(words) != std::string::npos, spawned.error());
        CHECK_FALSE(kernel.filesystem().object_of("/bin/prog").ok());
    };
    refused(dynamic_program(),
            "needs the interpreter /lib/ld.so, but there is no file /lib/ld.so: give the lab a root=");
    add(kernel, "/lib/ld.so", "text, and more than the header of an ELF file has, which is 52 bytes");
    refused(dynamic_program(), "cannot be loaded: this is no ELF file");
    add(kernel, "/lib/ld.so", image_at(0, ANYWHERE).bytes(), 0644);
    refused(dynamic_program(), "may not be executed");
    ElfBuilder large = image_at(0, ANYWHERE);
    large.segments[1].memory_bytes = 0xB7FFF000;
    refused(large.bytes(), "no room for the 3087007744 bytes");
    CHECK(kernel.processes().empty());
    CHECK(machine.frames().used() == frames);
}

TEST_CASE_FIXTURE(ProcessFixture, "a program that is refused leaves who wanted to execute it as it was") {
    add(kernel, "/bin/dynamic", dynamic_program());
    const auto executed = [this] { return call(EXECVE, put("/bin/dynamic"), 0, 0); };
    const std::size_t mappings = process.space().mappings().size();
    CHECK(executed() == NOENT);
    add(kernel, "/lib/ld.so", "short");
    CHECK(executed() == IO);
    add(kernel, "/lib/ld.so", std::string(52, 'x'));
    CHECK(executed() == LIBBAD);
    add(kernel, "/lib/ld.so", image_at(0, ANYWHERE).bytes(), 0644);
    CHECK(executed() == ACCES);
    add(kernel, "/bin/dynamic", "text");
    CHECK(executed() == NOEXEC);
    CHECK(get_text(SCRATCH, 12) == "/bin/dynamic");
    CHECK(process.space().mappings().size() == mappings);
    CHECK(process.executable->path() == "/bin/small");
    CHECK(kernel.check().empty());
}

TEST_CASE_FIXTURE(ProcessFixture, "a program that cannot be mapped ends who wanted to execute it") {
    ElfBuilder elf = image_at(0x08048000, 2);
    elf.segments[1].memory_bytes = 0x10;
    add(kernel, "/bin/odd", elf.bytes());
    CHECK(call(EXECVE, put("/bin/odd"), 0, 0) == 0);
    CHECK_FALSE(process.alive());
    CHECK(process.exit_signal() == Signal::Segv);
}

TEST_CASE_FIXTURE(ProcessFixture, "execve maps a program and its interpreter, page by page from their files") {
    add(kernel, "/lib/ld.so", image_at(0, ANYWHERE).bytes());
    add(kernel, "/lib/dynamic", dynamic_program());
    REQUIRE(kernel.filesystem().make_symbolic_link("../lib/dynamic", "/", "/tmp/link").ok());
    CHECK(call(EXECVE, put("/tmp/link"), 0, 0) == 0);
    CHECK(process.executable->path() == "/lib/dynamic");
    CHECK(kernel.registers(process).eip == 0xb7ffd120);
    // Of the files there is only what was cleared behind the data.
    CHECK(kernel.filesystem().object_of("/lib/ld.so").value()->find_page(PageIndex(0)) == nullptr);
    CHECK(kernel.filesystem().object_of("/lib/dynamic").value()->find_page(PageIndex(0)) == nullptr);
    CHECK(kernel.check().empty());
}

TEST_CASE("a seed moves program, interpreter, heap and stack, each within its bits, and the same seed alike") {
    struct Places {
        std::uint32_t program, interpreter, heap, stack_top, esp;
        bool operator==(const Places&) const = default;
    };
    const auto places = [](std::optional<std::uint64_t> seed) {
        LinuxFixture lab(std::uint64_t{4} << 20, {.randomize = seed});
        add(lab.kernel, "/lib/ld.so", image_at(0, ANYWHERE).bytes());
        Process& process = lab.spawn(request_for(dynamic_program()));
        const Registers registers = lab.kernel.registers(process);
        const auto values = auxiliary_vector(process, registers.esp);
        const auto& stack = std::prev(process.space().mappings().end())->second;
        return Places{values.at(AT_ENTRY) - 0x120, values.at(AT_BASE), process.space().heap_start().value,
                      static_cast<std::uint32_t>(stack.range.end), registers.esp};
    };
    const Places fixed = places(std::nullopt);
    CHECK(fixed == places(std::nullopt));
    CHECK(fixed.program == 0x00400000);
    CHECK(fixed.stack_top == 0xC0000000);
    CHECK(places(1) == places(1));
    std::uint32_t program_bits = 0, interpreter_bits = 0, heap_bits = 0, stack_bits = 0, gap_bits = 0;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        const Places moved = places(seed);
        program_bits |= moved.program - fixed.program;
        interpreter_bits |= fixed.interpreter - moved.interpreter;
        heap_bits |= moved.heap - (moved.program + 0x3000);
        stack_bits |= fixed.stack_top - moved.stack_top;
        gap_bits |= (moved.stack_top - moved.esp) - (fixed.stack_top - fixed.esp);
        CHECK(moved.stack_top > fixed.stack_top - (8U << 20) - 2 * PAGE_SIZE);
        CHECK(moved.esp % 16 == 0);
    }
    CHECK(program_bits == 0x000FF000);
    CHECK(interpreter_bits == 0x000FF000);
    CHECK(heap_bits == 0x01FFF000);
    CHECK((stack_bits & ~0x00FFF000U) == 0);
    CHECK((stack_bits | 0x00800000U) == 0x00FFF000);
    CHECK(gap_bits == 0x1FF0);
}

TEST_CASE_FIXTURE(ProcessFixture, "a script's interpreter is started, and is told the script's name") {
    add(kernel, "/bin/run", image_at(0x20000000, 2).bytes());
    add(kernel, "/tmp/script", "#! /bin/run  an argument \nmore");
    CHECK(call(EXECVE, put("tmp/script"), 0, 0) == 0);
    CHECK(kernel.registers(process).eip == 0x20000120);
    CHECK(process.executable->path() == "/bin/run");
    CHECK(process.name() == "script");
    const std::uint32_t esp = kernel.registers(process).esp;
    CHECK(get<std::uint32_t>(esp) == 3);
    const auto argument = [&](std::uint32_t index) {
        return memory_now().copy_in_string(VirtAddr(get<std::uint32_t>(esp + 4 + 4 * index)), 100).value();
    };
    CHECK(argument(0) == "/bin/run");
    CHECK(argument(1) == "an argument");
    CHECK(argument(2) == "tmp/script");
}

TEST_CASE_FIXTURE(LinuxFixture, "a script can be spawned, when its interpreter is there") {
    const auto refused = kernel.spawn(request_for("#!/bin/run\n"));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error() == "the script /bin/prog needs the interpreter /bin/run, but there is no file /bin/run");
    add(kernel, "/bin/run", image_at(0x20000000, 2).bytes());
    Process& process = spawn(request_for("#!/bin/run\n"));
    CHECK(kernel.registers(process).eip == 0x20000120);
}

TEST_CASE_FIXTURE(ProcessFixture, "a file is written to or executed, never both, until its last process has gone") {
    constexpr std::uint32_t OPEN = 5, CLOSE = 6, FORK = 2, TRUNCATE = 92, READ_ONLY_TRUNCATED = 01000, WRITE_ONLY = 1;
    constexpr std::int32_t TXTBSY = -26;
    add(kernel, "/bin/other", image_at(0x20000000, 2).bytes());
    const std::uint32_t other = put("/bin/other"), own = put("/bin/small", SCRATCH + 0x100);
    CHECK(call(OPEN, own, WRITE_ONLY, 0) == TXTBSY);
    CHECK(call(OPEN, own, READ_ONLY_TRUNCATED, 0) == TXTBSY);
    CHECK(call(TRUNCATE, own, 10) == TXTBSY);
    const std::int32_t file = call(OPEN, other, WRITE_ONLY, 0);
    REQUIRE(file >= 0);
    CHECK(call(EXECVE, other, 0, 0) == TXTBSY);
    CHECK(call(CLOSE, file) == 0);
    const std::int32_t child = call(FORK);
    REQUIRE(child > 0);
    CHECK(call(EXECVE, other, 0, 0) == 0);
    const auto writable = [this](const char* path) {
        return kernel.filesystem().open("/", path, {.mode = OpenMode::Write}).ok();
    };
    CHECK_FALSE(writable("/bin/small"));  // the child's
    CHECK_FALSE(writable("/bin/other"));
    kernel.end_process(*kernel.find_process(static_cast<std::uint32_t>(child)), 0, Signal::None);
    CHECK(writable("/bin/small"));
    kernel.end_process(process, 0, Signal::None);
    CHECK(writable("/bin/other"));
}

TEST_CASE_FIXTURE(ProcessFixture, "/proc tells of any process that is not reaped what it was started with") {
    SpawnRequest request = request_for(image_at(0x20000000, 2).bytes());
    request.arguments = {"one", "", "three"};
    request.environment = {"A=1", "B=2"};
    Process& other = *kernel.spawn(std::move(request)).value();
    other.set_state(ProcessState::Stopped);
    machine.mmu().load_cr3(process.space().pmap().root());
    const auto read = [this](const std::string& path) -> std::string {
        constexpr std::uint32_t OPEN = 5, CLOSE = 6, READ = 3;
        const std::int32_t file = call(OPEN, put(path), 0, 0);
        REQUIRE(file >= 0);
        const std::int32_t bytes = call(READ, file, SCRATCH + 0x100, 0x800);
        REQUIRE(call(CLOSE, file) == 0);
        return get_text(SCRATCH + 0x100, static_cast<std::uint32_t>(bytes));
    };
    const std::string directory = "/proc/" + std::to_string(other.pid()) + "/";
    CHECK(read(directory + "cmdline") == std::string("one\0\0three", 10) + '\0');
    CHECK(read(directory + "environ") == std::string("A=1\0B=2", 7) + '\0');
    CHECK(read(directory + "comm") == "prog\n");
    CHECK(read("/proc/self/comm") == "small\n");
    CHECK(read(directory + "auxv").size() == 19 * 8);
    CHECK(read(directory + "maps").starts_with("20000000-20001000 r-xp"));
    CHECK(call(85, put(directory + "exe"), SCRATCH + 0x100, 100) == 9);  // readlink
    CHECK(get_text(SCRATCH + 0x100, 9) == "/bin/prog");
    other.set_parent(process.pid());
    kernel.end_process(other, 0, Signal::None);
    CHECK(read(directory + "cmdline").empty());
    CHECK(read(directory + "comm") == "prog\n");
    constexpr std::uint32_t OPEN = 5, PRCTL = 172, SET_NAME = 15;
    CHECK(call(85, put(directory + "exe"), SCRATCH + 0x100, 100) == NOENT);
    other.set_reaped();
    CHECK(call(OPEN, put(directory + "comm"), 0, 0) == NOENT);
    CHECK(call(OPEN, put("/proc/99/comm"), 0, 0) == NOENT);
    CHECK(call(OPEN, put("/proc/1x/comm"), 0, 0) == NOENT);
    CHECK(call(PRCTL, SET_NAME, put("a name of more than 15")) == 0);
    CHECK(read("/proc/self/comm") == "a name of more \n");
}
