// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include <stdexcept>

#include "machine/bare_machine.hpp"
#include "machine/script_machine.hpp"
#include "machine/unicorn_machine.hpp"

using namespace vmlab;
using namespace vmlab::test;

namespace {

constexpr VirtAddr CODE{0x00400000};
constexpr FrameNumber CODE_FRAME{0x20};
constexpr FrameNumber DIRECTORY{0x10};
constexpr FrameNumber TABLE{0x11};

/// The engine with one user page of code, and nothing else mapped.
struct OnePage {
    BareMachine bare{small_machine(), [](Machine& machine) {
                         const UnicornCpuConfig config{
                             .gdt_address = machine.kernel_address(machine.descriptors().frame().address())};
                         return make_unicorn_cpu(engines_for_tests(), machine.memory(), machine.mmu(),
                                                 machine.descriptors(), config);
                     }};

    explicit OnePage(std::initializer_list<int> code) {
        PhysicalMemory& memory = bare.machine().memory();
        memory.write32(DIRECTORY.address() + 4 * directory_index(CODE), Pte(TABLE, P | W | U).bits);
        memory.write32(TABLE.address() + 4 * table_index(CODE), Pte(CODE_FRAME, P | W | U).bits);
        bare.machine().mmu().load_cr3(DIRECTORY.address());
        put(code);
        Registers registers = bare.registers();
        registers.eip = CODE.value;
        bare.set_registers(registers);
    }
    void put(std::initializer_list<int> code) {
        auto bytes = bare.machine().memory().writable_frame(CODE_FRAME);
        std::transform(code.begin(), code.end(), bytes.begin(), [](int byte) { return static_cast<std::byte>(byte); });
    }
    [[nodiscard]] PhysAddr stack_top() {
        return PhysAddr(bare.machine().descriptors().esp0() - bare.machine().kernel_window());
    }
};

}  // namespace

TEST_CASE("the kernel stack is a frame and esp0 its top") {
    BareMachine bare(small_machine(), script_cpu());
    const VirtAddr esp0 = bare.machine().descriptors().esp0();
    CHECK(esp0 == VirtAddr(0xC0002000));
    CHECK(bare.machine().frames().use(FrameNumber(1)) == FrameUse::KernelStack);
    CHECK_THROWS_AS(BareMachine({.ram_bytes = PAGE_SIZE}, script_cpu()), std::invalid_argument);
}

TEST_CASE("a trap leaves its frame below esp0 though no table maps the kernel") {
    OnePage page({0xF4});  // hlt
    const CpuExit exit = page.bare.run(10);
    CHECK(exit.vector == 13);
    CHECK(page.bare.trap_frame_address() == VirtAddr(0xC0002000 - 68));
    const PhysicalMemory& memory = page.bare.machine().memory();
    CHECK(memory.read32(page.stack_top() - 20) == CODE.value);
    CHECK(memory.read32(page.stack_top() - 28) == 13);
    CHECK((memory.read32(page.stack_top() - 16) & 3) == 3);
    CHECK(page.bare.trap_frame().oesp == 0xC0002000 - 36);
}

TEST_CASE("bytes changed on the kernel stack change where the guest goes on") {
    OnePage page({0xF4, 0x90, 0xF4});
    static_cast<void>(page.bare.run(10));
    page.bare.machine().memory().write32(page.stack_top() - 20, CODE.value + 1);
    page.bare.iret();
    CHECK_FALSE(page.bare.trap_frame_address().has_value());
    CHECK(page.bare.run(10).instruction == CODE + 2);
}

TEST_CASE("run goes on by iret when a trap is being handled") {
    OnePage page({0xF4, 0x90, 0xF4});
    static_cast<void>(page.bare.run(10));
    Registers registers = page.bare.registers();
    registers.eip = CODE.value + 1;
    registers.ebx = 77;
    page.bare.set_registers(registers);
    CHECK(page.bare.trap_frame().ebx == 77);
    CHECK(page.bare.run(10).instruction == CODE + 2);
    CHECK(page.bare.machine().cpu().registers().ebx == 77);
}

TEST_CASE("an iret out of ring 3 is refused and the trap goes on being handled") {
    OnePage page({0xF4});
    CHECK_THROWS_AS(page.bare.iret(), std::invalid_argument);
    static_cast<void>(page.bare.run(10));
    PhysicalMemory& memory = page.bare.machine().memory();
    const auto refused_with = [&](std::uint32_t below_top, std::uint32_t value) {
        const std::uint32_t old = memory.read32(page.stack_top() - below_top);
        memory.write32(page.stack_top() - below_top, value);
        CHECK_THROWS_AS(page.bare.iret(), std::invalid_argument);
        CHECK_THROWS_AS(static_cast<void>(page.bare.run(1)), std::invalid_argument);
        memory.write32(page.stack_top() - below_top, old);
    };
    refused_with(16, 0x08);
    refused_with(4, 0x10);
    refused_with(12, 0x20202);
    refused_with(12, 0x3202);
    CHECK(page.bare.trap_frame_address().has_value());
    CHECK_NOTHROW(page.bare.iret());
}

TEST_CASE("an esp0 outside RAM is refused before anything runs") {
    OnePage page({0xF4});
    for (const std::uint32_t esp0 : {0U, 0x00401000U, 0xC0000040U, 0xC0100004U}) {
        page.bare.machine().descriptors().set_esp0(VirtAddr(esp0));
        CHECK_THROWS_AS(static_cast<void>(page.bare.run(1)), std::invalid_argument);
    }
    page.bare.machine().descriptors().set_esp0(VirtAddr(0xC0100000));
    CHECK(page.bare.run(1).vector == 13);
    CHECK(page.bare.trap_frame_address() == VirtAddr(0xC0100000 - 68));
}

TEST_CASE("a GDT with a call gate in it is refused before anything runs") {
    OnePage page({0x9A, 0, 0, 0x40, 0, 0x33, 0});  // lcall $0x33, $0x400000
    page.bare.machine().descriptors().set_segment(6, 0x0040EC0000080000);
    CHECK_THROWS_AS(static_cast<void>(page.bare.run(1)), std::invalid_argument);
    page.bare.machine().descriptors().set_segment(6, 0);
    CHECK(page.bare.run(1).error_code == 0x30);
}

TEST_CASE("a GDT without the segment that SS names is refused until it is there again") {
    OnePage page({0xF4});
    DescriptorTables& tables = page.bare.machine().descriptors();
    const std::uint32_t slot = tables.layout().user_data;
    const std::uint64_t good = tables.segment(slot);
    const std::uint64_t code = tables.segment(tables.layout().user_code);
    const std::uint64_t kernel_data = tables.segment(tables.layout().kernel_data);
    for (const std::uint64_t wrong : {std::uint64_t{0}, code, kernel_data, good & ~(std::uint64_t{1} << 41)}) {
        tables.set_segment(slot, wrong);
        CHECK_THROWS_AS(static_cast<void>(page.bare.run(1)), std::invalid_argument);
    }
    tables.set_segment(slot, good);
    CHECK(page.bare.run(1).vector == 13);
}

TEST_CASE("code and tables written through the RAM handed out are seen by the next run") {
    OnePage page({0x43, 0xF4});  // inc %ebx; hlt
    static_cast<void>(page.bare.run(10));
    std::byte* ram = page.bare.writable_ram();
    ram[CODE_FRAME.address().value] = std::byte{0x4B};  // dec %ebx
    Registers registers = page.bare.registers();
    registers.eip = CODE.value;
    page.bare.set_registers(registers);
    static_cast<void>(page.bare.run(10));
    CHECK(page.bare.registers().ebx == 0);
    ram[TABLE.address().value + 4 * table_index(CODE)] = std::byte{0};
    CHECK(page.bare.run(10).kind == ExitKind::PageFault);
}
