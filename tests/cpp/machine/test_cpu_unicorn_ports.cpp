// SPDX-License-Identifier: GPL-2.0-only
// UnicornCpu: in and out for who may use the ports, their faults, and who may not.
#include <doctest/doctest.h>

#include <vector>

#include "machine/unicorn_machine.hpp"
#include "machine/vector.hpp"

using namespace vmlab;
using vmlab::test::UnicornMachine;

namespace {

constexpr VirtAddr DATA{0x00500000};
constexpr std::uint32_t CODE = UnicornMachine::CODE.value;
constexpr std::uint16_t PORT = 0x300;

/// Reads as 0x11, 0x22 and so on, byte by byte, and notes what is written.
class Device : public PortDevice {
public:
    std::uint32_t read(std::uint16_t port, PortWidth width) override {
        last_port = port;
        std::uint32_t value = 0;
        for (unsigned byte = 0; byte < static_cast<unsigned>(width); ++byte) {
            value |= (next & 0xFFU) << (8 * byte);
            next += 0x11;
        }
        ++reads;
        return value;
    }
    void write(std::uint16_t port, PortWidth width, std::uint32_t value) override {
        last_port = port;
        last_width = width;
        written.push_back(value);
    }
    std::uint32_t next = 0x11;
    std::uint32_t reads = 0;
    std::uint16_t last_port = 0;
    PortWidth last_width = PortWidth::Byte;
    std::vector<std::uint32_t> written;
};

/// A guest that may use the ports, with a page for data.
struct Guest : UnicornMachine {
    Guest() {
        machine.ports().attach(PORT, 4, device);
        machine.ports().attach(0x60, 1, keyboard);
        machine.cpu().set_io_privilege(Ring::User);
        map(DATA, USER_WRITABLE);
        registers.edx = PORT;
        registers.esi = registers.edi = DATA.value;
    }
    /// Runs code that ends with int 0x40.
    void run_to_end(std::initializer_list<int> bytes) {
        code(bytes);
        const CpuExit exit = run();
        REQUIRE(exit.kind == ExitKind::SoftwareInterrupt);
        REQUIRE(exit.vector == 0x40);
    }
    Device device;
    Device keyboard;
};

bool is_refused(const CpuExit& exit) {
    return exit.kind == ExitKind::Exception && exit.vector == static_cast<std::uint8_t>(Vector::GeneralProtection) &&
           exit.error_code == 0;
}

}  // namespace

TEST_CASE("in and out move AL, AX or EAX and leave the rest of EAX") {
    Guest m;
    m.registers.eax = 0xAABBCCDD;
    m.run_to_end({0xEC, 0xCD, 0x40});  // in al, dx
    CHECK(m.registers.eax == 0xAABBCC11);
    m.run_to_end({0x66, 0xED, 0xCD, 0x40});  // in ax, dx
    CHECK(m.registers.eax == 0xAABB3322);
    m.run_to_end({0xED, 0xCD, 0x40});  // in eax, dx
    CHECK(m.registers.eax == 0x77665544);
    CHECK(m.device.last_port == PORT);
    m.run_to_end({0xE4, 0x60, 0xCD, 0x40});  // in al, 0x60
    CHECK(m.registers.eax == 0x77665511);
    CHECK(m.keyboard.last_port == 0x60);
    m.run_to_end({0xEE, 0x66, 0xEF, 0xEF, 0xE6, 0x60, 0xCD, 0x40});  // out dx: al, ax, eax; out 0x60, al
    CHECK(m.device.written == std::vector<std::uint32_t>{0x11, 0x5511, 0x77665511});
    CHECK(m.device.last_width == PortWidth::Long);
    CHECK(m.keyboard.written == std::vector<std::uint32_t>{0x11});
    m.registers.edx = 0x1234;
    m.run_to_end({0xED, 0xCD, 0x40});
    CHECK(m.registers.eax == 0xFFFFFFFF);
}

TEST_CASE("ins and outs move strings, forwards and backwards, as often as their prefix says") {
    Guest m;
    m.registers.ecx = 3;
    m.run_to_end({0xF3, 0x6D, 0xCD, 0x40});  // rep insd
    CHECK(m.registers.ecx == 0);
    CHECK(m.registers.edi == DATA.value + 12);
    CHECK(m.read32(DATA) == 0x44332211);
    CHECK(m.read32(DATA + 8) == 0xCCBBAA99);
    CHECK(m.pte(DATA).dirty());
    CHECK(m.machine.cpu().instructions() == 3 + 1);
    m.run_to_end({0x6E, 0x66, 0x6F, 0xCD, 0x40});  // outsb; outsw
    CHECK(m.device.written == std::vector<std::uint32_t>{0x11, 0x3322});
    CHECK(m.registers.esi == DATA.value + 3);
    m.registers.esi = DATA.value + 2;
    m.registers.ecx = 2;
    m.run_to_end({0xFD, 0xF3, 0x6E, 0xFC, 0xCD, 0x40});  // std; rep outsb; cld
    CHECK(m.device.written == std::vector<std::uint32_t>{0x11, 0x3322, 0x33, 0x22});
    CHECK(m.registers.esi == DATA.value);
    m.registers.ecx = 0;
    m.run_to_end({0xF3, 0x6F, 0xCD, 0x40});  // none at all
    CHECK(m.device.written.size() == 4);
}

TEST_CASE("with 16-bit addresses CX, SI and DI alone count") {
    Guest m;
    m.map(VirtAddr(0), UnicornMachine::USER_WRITABLE);
    m.registers.ecx = 0x10001;
    m.registers.edi = 0xABCD0010;
    m.run_to_end({0x67, 0xF3, 0x6C, 0xCD, 0x40});
    CHECK(m.registers.ecx == 0x10000);
    CHECK(m.registers.edi == 0xABCD0011);
    CHECK(m.read32(VirtAddr(0x10)) == 0x11);
}

TEST_CASE("a string that runs out of memory faults where it ends, and goes on when it is mapped") {
    Guest m;
    m.registers.edi = DATA.value + PAGE_SIZE - 8;
    m.registers.ecx = 4;
    m.code({0xF3, 0x6D, 0xCD, 0x40});
    const CpuExit exit = m.run();
    REQUIRE(exit.kind == ExitKind::PageFault);
    CHECK(exit.address == DATA + PAGE_SIZE);
    CHECK(exit.access == Access::Write);
    CHECK(exit.error_code == (PageFaultError::USER | PageFaultError::WRITE));
    CHECK(exit.instruction.value == CODE);
    CHECK(m.registers.eip == CODE);
    CHECK(m.registers.ecx == 2);
    CHECK(m.device.reads == 2);
    m.map(DATA + PAGE_SIZE, UnicornMachine::USER_WRITABLE);
    CHECK(m.run().vector == 0x40);
    CHECK(m.registers.ecx == 0);
    CHECK(m.device.reads == 4);
    CHECK(m.read32(DATA + PAGE_SIZE) == 0xCCBBAA99);
}

TEST_CASE("an operand across two pages needs both before the port is read") {
    Guest m;
    m.registers.edi = m.registers.esi = DATA.value + PAGE_SIZE - 2;
    m.code({0x6D, 0xCD, 0x40});
    const CpuExit exit = m.run();
    REQUIRE(exit.kind == ExitKind::PageFault);
    CHECK(exit.address == DATA + PAGE_SIZE);
    CHECK(m.device.reads == 0);
    m.map(DATA + PAGE_SIZE, UnicornMachine::USER);
    const CpuExit denied = m.run();
    REQUIRE(denied.kind == ExitKind::PageFault);
    CHECK(denied.error_code == (PageFaultError::USER | PageFaultError::WRITE | PageFaultError::PROTECTION));
    CHECK(m.device.reads == 0);
    m.run_to_end({0x6F, 0xCD, 0x40});  // outsd may read it
    CHECK(m.device.written == std::vector<std::uint32_t>{0});
    m.map(DATA + PAGE_SIZE, UnicornMachine::USER_WRITABLE);
    m.machine.mmu().flush();
    m.run_to_end({0x6D, 0xCD, 0x40});
    CHECK(m.read32(DATA + PAGE_SIZE - 4) == 0x22110000);
    CHECK((m.read32(DATA + PAGE_SIZE) & 0xFFFF) == 0x4433);
}

TEST_CASE("a string through a selector of nothing is refused") {
    Guest m;
    m.registers.es = 0;
    m.code({0x6D});
    CHECK(is_refused(m.run()));
    CHECK(m.device.reads == 0);
}

TEST_CASE("a budget ends a string between two of its moves") {
    Guest m;
    m.registers.ecx = 5;
    m.code({0xF3, 0x6D, 0xCD, 0x40});
    CHECK(m.run(2).kind == ExitKind::BudgetSpent);
    CHECK(m.registers.ecx == 3);
    CHECK(m.registers.eip == CODE);
    CHECK(m.run(1).kind == ExitKind::BudgetSpent);
    CHECK(m.registers.ecx == 2);
    CHECK(m.run(2).kind == ExitKind::BudgetSpent);
    CHECK(m.registers.eip == CODE + 2);
    CHECK(m.machine.cpu().instructions() == 5);
}

TEST_CASE("the trap flag traps behind each move of a string") {
    Guest m;
    m.registers.ecx = 2;
    m.code({0xF3, 0x6C, 0xCD, 0x40});
    m.registers.eflags |= Eflags::TRAP;
    CHECK(m.run().vector == static_cast<std::uint8_t>(Vector::Debug));
    CHECK(m.registers.ecx == 1);
    CHECK(m.registers.eip == CODE);
    CHECK(m.run().vector == static_cast<std::uint8_t>(Vector::Debug));
    CHECK(m.registers.ecx == 0);
    CHECK(m.registers.eip == CODE + 2);
}

TEST_CASE("code that comes from a port is executed as it came") {
    Guest m;
    m.map(UnicornMachine::CODE + PAGE_SIZE, UnicornMachine::USER_WRITABLE);
    m.write(UnicornMachine::CODE + PAGE_SIZE, {0x41, 0xCD, 0x40});  // inc ecx
    m.code({0xE9, 0xFB, 0x0F, 0x00, 0x00});                         // jmp there
    static_cast<void>(m.run());
    CHECK(m.registers.ecx == 1);
    m.device.next = 0x42;  // inc edx
    m.registers.edi = CODE + PAGE_SIZE;
    m.code({0x6C, 0xE9, 0xFA, 0x0F, 0x00, 0x00});
    static_cast<void>(m.run());
    CHECK(m.registers.ecx == 1);
    CHECK(m.registers.edx == PORT + 1);
}

TEST_CASE("every reference of ins is told") {
    struct Observer : AccessObserver {
        void on_access(VirtAddr page, Access access) override { seen.emplace_back(page.value, access); }
        std::vector<std::pair<std::uint32_t, Access>> seen;
    } observer;
    UnicornMachine m(UnicornCpuConfig{.tracing = AccessTracing::EveryReference, .observer = &observer});
    m.machine.cpu().set_io_privilege(Ring::User);
    m.map(DATA, UnicornMachine::USER_WRITABLE);
    m.registers.edi = DATA.value;
    m.code({0x6D});
    CHECK(m.run(1).kind == ExitKind::BudgetSpent);
    CHECK(observer.seen ==
          std::vector<std::pair<std::uint32_t, Access>>{{CODE, Access::Fetch}, {DATA.value, Access::Write}});
}

TEST_CASE("who may use the ports sees it in EFLAGS, may clear IF, and keeps IOPL whatever it pops") {
    Guest m;
    m.run_to_end({0xFA, 0x9C, 0x58, 0xCD, 0x40});  // cli; pushf; pop eax
    CHECK((m.registers.eax & (Eflags::IOPL | Eflags::INTERRUPT)) == Eflags::IOPL);
    CHECK((m.registers.eflags & Eflags::INTERRUPT) == 0);
    m.run_to_end({0x68, 0x02, 0x02, 0x00, 0x00, 0x9D, 0xEC, 0xCD, 0x40});  // push 0x202; popf; in
    CHECK(m.device.reads == 1);
    CHECK((m.registers.eflags & (Eflags::IOPL | Eflags::INTERRUPT)) == (Eflags::IOPL | Eflags::INTERRUPT));
}

TEST_CASE("who may not use them cannot take them") {
    Guest m;
    const auto saved = m.machine.cpu().save_context();
    m.machine.cpu().set_io_privilege(Ring::Kernel);
    m.machine.cpu().restore_context(*saved);
    CHECK((m.machine.cpu().registers().eflags & Eflags::IOPL) == 0);
    m.registers.eflags |= Eflags::IOPL;
    m.code({0xEC});
    CHECK(is_refused(m.run()));
    m.code({0x68, 0x02, 0x32, 0x00, 0x00, 0x9D, 0xEC});  // push 0x3202; popf; in
    CHECK(is_refused(m.run()));
    CHECK(m.registers.eip == CODE + 6);
    const int cs = m.registers.cs;
    m.code({0x68, 0x02, 0x32, 0x00, 0x00, 0x6A, cs, 0x68, 0x0D, 0x00, 0x40, 0x00, 0xCF, 0xEC});  // iret to the in
    CHECK(is_refused(m.run()));
    CHECK(m.registers.eip == CODE + 13);
    CHECK((m.registers.eflags & Eflags::IOPL) == 0);
    m.code({0xFA});
    CHECK(is_refused(m.run()));
    CHECK(m.device.reads == 0);
}

TEST_CASE("virtual-8086 mode claimed by an iret neither takes the ports nor gives them") {
    for (const Ring ring : {Ring::Kernel, Ring::User}) {
        Guest m;
        m.machine.cpu().set_io_privilege(ring);
        const int cs = m.registers.cs;
        m.registers.esp -= 64;
        // EFLAGS with VM and the other ring's IOPL
        const int iopl = ring == Ring::Kernel ? 0x32 : 0x02;
        m.code({0x68, 0x02, iopl, 0x02, 0x00, 0x6A, cs, 0x68, 0x0D, 0x00, 0x40, 0x00, 0xCF, 0x90});
        CHECK(m.run().vector == static_cast<std::uint8_t>(Vector::GeneralProtection));
        CHECK((m.registers.eflags & Eflags::VM86) == 0);
        CHECK(((m.registers.eflags & Eflags::IOPL) != 0) == (ring == Ring::User));
        m.code({0xEC, 0xCD, 0x40});
        CHECK(is_refused(m.run()) == (ring == Ring::Kernel));
    }
}
