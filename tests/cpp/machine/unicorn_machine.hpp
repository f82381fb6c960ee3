// SPDX-License-Identifier: GPL-2.0-only
// UnicornMachine: a Machine on the real engine with helpers to map pages and place code, for tests.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>

#include "machine/cpu_unicorn.hpp"
#include "machine/machine.hpp"

namespace vmlab::test {

inline const EngineLibraries& engines_for_tests() {
    static const EngineLibraries libraries =
        open_engine_libraries(VMLAB_TEST_UNICORN_LIBRARY, VMLAB_TEST_CAPSTONE_LIBRARY);
    return libraries;
}

/// One address space, code at CODE, a stack below STACK.
class UnicornMachine {
public:
    static constexpr VirtAddr CODE{0x00400000};
    static constexpr VirtAddr STACK{0x00800000};
    static constexpr std::uint32_t USER = PteBits::PRESENT | PteBits::USER;
    static constexpr std::uint32_t USER_WRITABLE = USER | PteBits::WRITABLE;

    explicit UnicornMachine(UnicornCpuConfig options = {}, TlbConfig tlb = {})
        : machine(MachineConfig{.ram_bytes = std::uint64_t{4} << 20, .tlb = tlb}, [options](Machine& owner) mutable {
              options.gdt_address = owner.kernel_address(owner.descriptors().frame().address());
              options.ports = &owner.ports();
              return make_unicorn_cpu(engines_for_tests(), owner.memory(), owner.mmu(), owner.descriptors(), options);
          }) {
        directory = take_frame();
        machine.mmu().load_cr3(directory.address());
        map(CODE, USER);
        map(STACK - PAGE_SIZE, USER_WRITABLE);
        registers.eip = CODE.value;
        registers.esp = STACK.value;
        fresh = machine.cpu().initial_context();
        machine.cpu().restore_context(*fresh);
        const Registers initial = machine.cpu().registers();
        registers.cs = initial.cs;
        registers.ss = initial.ss;
        registers.ds = initial.ds;
        registers.es = initial.es;
    }

    FrameNumber take_frame() {
        const FrameNumber frame = machine.frames().allocate(FrameUse::Page).value();
        machine.memory().zero_frame(frame);
        return frame;
    }

    PhysAddr entry_of(VirtAddr va) {
        const PhysAddr slot = directory.address() + directory_index(va) * 4;
        if (!Pte(machine.memory().read32(slot)).present()) {
            machine.memory().write32(slot, Pte(take_frame(), USER_WRITABLE).bits);
        }
        return Pte(machine.memory().read32(slot)).frame().address() + table_index(va) * 4;
    }
    Pte pte(VirtAddr va) { return Pte(machine.memory().read32(entry_of(va))); }
    FrameNumber map(VirtAddr va, std::uint32_t flags) { return map(va, take_frame(), flags); }
    FrameNumber map(VirtAddr va, FrameNumber frame, std::uint32_t flags) {
        machine.memory().write32(entry_of(va), Pte(frame, flags).bits);
        return frame;
    }
    void change(VirtAddr va, Pte pte) {
        machine.memory().write32(entry_of(va), pte.bits);
        machine.mmu().invalidate(va, directory.address());
    }

    void write(VirtAddr va, std::initializer_list<int> bytes) {
        for (const int byte : bytes) {
            machine.memory().writable_frame(pte(va).frame())[va.offset()] = static_cast<std::byte>(byte);
            va = va + 1;
        }
    }
    std::uint32_t read32(VirtAddr va) { return machine.memory().read32(pte(va).frame().address() + va.offset()); }

    /// Places code at CODE and points EIP there.
    void code(std::initializer_list<int> bytes) {
        write(CODE, bytes);
        registers.eip = CODE.value;
    }
    CpuExit run(std::uint64_t budget = 1000) {
        machine.cpu().set_registers(registers);
        const CpuExit exit = machine.cpu().run(budget);
        registers = machine.cpu().registers();
        return exit;
    }

    Machine machine;
    FrameNumber directory;
    Registers registers;
    std::unique_ptr<CpuContext> fresh;
};

}  // namespace vmlab::test
