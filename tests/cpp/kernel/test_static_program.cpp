// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/static_program.hpp"

#include <array>

#include "kernel/kernel_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr VirtAddr TOP(0x50000000);
constexpr VirtAddr WINDOW(0xC0000000);
constexpr std::uint32_t LARGEST = 2 * PAGE_SIZE;

std::string program(ElfSegmentHeader segment = {.file_bytes = 0x800, .memory_bytes = 0x1800}) {
    ElfBuilder elf;
    elf.segments = {segment};
    return elf.bytes();
}

/// A kernel that can start programs and nothing else.
class Starter : public Personality {
public:
    [[nodiscard]] std::string_view name() const override { return "starter"; }
    [[nodiscard]] std::string_view default_profile() const override { return "linux"; }
    [[nodiscard]] GdtLayout gdt() const override { return {}; }
    [[nodiscard]] VirtAddr kernel_window() const override { return WINDOW; }
    [[nodiscard]] SpaceLayout layout(RandomSource*) const override {
        return {.lowest = VirtAddr(PAGE_SIZE),
                .mmap_top = TOP - LARGEST,
                .end = WINDOW,
                .stack_limit = LARGEST,
                .stack_guard_gap = 0};
    }
    [[nodiscard]] std::uint8_t syscall_vector() const override { return 0x30; }
    [[nodiscard]] std::vector<SyscallName> syscall_names() const override { return {}; }
    Result<LoadedProgram, StartFailure> load(Kernel& kernel, Process& process, ProgramStart start) override {
        auto mapped = map_static_program(kernel, process, renamed_to.value_or(start.path), "A test");
        if (!mapped) {
            return Failure(mapped.error());
        }
        end = mapped.value().end;
        const auto esp =
            push_arguments(process, {.top = TOP, .largest = LARGEST, .place = "two pages"}, start.arguments);
        if (!esp) {
            return Failure(esp.error());
        }
        return LoadedProgram{.registers = first_registers(gdt(), mapped.value().entry, esp.value()),
                             .file = std::move(mapped.value().file),
                             .name = start.path,
                             .started = {}};
    }
    void system_call(Kernel&, Process&) override {}
    void unresolved_fault(Kernel&, Process&, const PageFault&, FaultResult) override {}
    void exception(Kernel&, Process&, std::uint8_t, std::uint32_t) override {}

    std::optional<std::string> renamed_to;  ///< what it looks for instead
    std::uint64_t end = 0;                  ///< of the last program
};

struct StarterFixture : KernelFixture {
    StarterFixture() : StarterFixture{std::make_unique<Starter>()} {}
    explicit StarterFixture(std::unique_ptr<Starter> made) : StarterFixture{*made, std::move(made)} {}
    StarterFixture(Starter& kept, std::unique_ptr<Starter> made) : KernelFixture(std::move(made)), starter(kept) {}

    Process& start(std::vector<std::string> arguments) { return spawn(request_of(std::move(arguments), program())); }
    /// Why a program was not started.
    std::string complaint(std::vector<std::string> arguments, std::string elf = program()) {
        const auto refused = try_spawn(request_of(std::move(arguments), std::move(elf)));
        REQUIRE_FALSE(refused.ok());
        CHECK(kernel.check().empty());
        return refused.error();
    }

    Starter& starter;
};

}  // namespace

TEST_CASE_FIXTURE(StarterFixture,
                  "a static program begins at its entry, with what main() is called with on the stack") {
    Process& process = start({"ab", "c"});
    CHECK(starter.end == 0x08049800);
    CHECK(process.space().find_mapping(VirtAddr(0x08048000)) != nullptr);
    CHECK(process.space().find_mapping(VirtAddr(0x08049000)) != nullptr);
    const Registers registers = kernel.registers(process);
    CHECK(registers.eip == 0x08048000);
    CHECK(registers.esp == TOP.value - 8 - 6 * 4);
    std::array<std::uint32_t, 6> words{};
    UserMemory memory(process);
    REQUIRE(memory.copy_in(VirtAddr(registers.esp), std::as_writable_bytes(std::span(words))) == CopyResult::Ok);
    CHECK(words == std::array<std::uint32_t, 6>{0, 2, registers.esp + 12, TOP.value - 5, TOP.value - 2, 0});
    CHECK(memory.copy_in_string(TOP - 5, 10) == "ab");
    CHECK(memory.copy_in_string(TOP - 2, 10) == "c");
    CHECK(kernel.check().empty());
}

TEST_CASE_FIXTURE(StarterFixture,
                  "arguments may fill the stack, and the pages that they fill are there; no byte more") {
    // return address, argc, argv, two pointers and a null; "p" with its NUL
    const std::size_t room = LARGEST - 6 * 4 - 2;
    Process& full = start({"p", std::string(room - 1, 'x')});
    CHECK(kernel.registers(full).esp == (TOP - LARGEST).value);
    CHECK(full.space().is_resident(TOP - LARGEST));
    CHECK(complaint({"p", std::string(room, 'x')}).find("the arguments do not fit onto two pages") !=
          std::string::npos);
    Process& small = start({"p"});
    CHECK(small.space().find_mapping(TOP - 1) != nullptr);
    CHECK(small.space().find_mapping(TOP - LARGEST) == nullptr);
}

TEST_CASE_FIXTURE(StarterFixture, "a program without a place of its own, or with an interpreter, is refused") {
    ElfBuilder elf;
    elf.type = 3;
    elf.segments = {{.file_bytes = 0x800, .memory_bytes = 0x800}};
    const std::string said = "A test runs programs that are linked statically for a fixed place";
    CHECK(complaint({"p"}, elf.bytes()).find(said) != std::string::npos);
    elf.type = 2;
    elf.segments.push_back({.type = 3, .offset = 0x1000, .file_bytes = 8, .memory_bytes = 8, .flags = 4});
    std::string bytes = elf.bytes();
    bytes.replace(0x1000, 8, std::string("/lib/ld\0", 8));
    CHECK(complaint({"p"}, bytes).find(said) != std::string::npos);
}

TEST_CASE_FIXTURE(StarterFixture, "a program that is not there, or that lies where its stack would, is not started") {
    starter.renamed_to = "/nothing";
    CHECK(complaint({"p"}).find("there is no program /nothing") != std::string::npos);
    starter.renamed_to.reset();
    const std::string there = program({.address = 0x4FFFF000, .file_bytes = 0x800, .memory_bytes = 0x800});
    CHECK(complaint({"p"}, there).find("the program leaves no room for its stack") != std::string::npos);
}
