// SPDX-License-Identifier: GPL-2.0-only
// ScriptMachine: a Machine whose processor plays a script, with a page directory written by hand, for tests.
#pragma once

#include <utility>
#include <vector>

#include "machine/cpu_script.hpp"
#include "machine/machine.hpp"

namespace vmlab::test {

inline constexpr std::uint32_t P = PteBits::PRESENT;
inline constexpr std::uint32_t W = PteBits::WRITABLE;
inline constexpr std::uint32_t U = PteBits::USER;
inline constexpr std::uint32_t A = PteBits::ACCESSED;
inline constexpr std::uint32_t D = PteBits::DIRTY;

inline CpuFactory script_cpu(std::vector<ScriptStep> steps = {}) {
    return [steps](Machine& machine) {
        auto cpu = std::make_unique<ScriptCpu>(machine.memory(), machine.mmu());
        cpu->load(steps);
        return cpu;
    };
}

inline MachineConfig small_machine(TlbConfig tlb = {}) { return {.ram_bytes = std::uint64_t{1} << 20, .tlb = tlb}; }

/// RAM with one directory in frame 16 and its tables from frame 17 on; the Mmu alone, no processor.
class HandMadeTables {
public:
    static constexpr PhysAddr DIRECTORY{0x10000};

    explicit HandMadeTables(TlbConfig tlb = {}) : memory(std::uint64_t{1} << 20), mmu(memory, tlb) {
        mmu.load_cr3(DIRECTORY);
    }

    [[nodiscard]] PhysAddr pde_address(VirtAddr va, PhysAddr root = DIRECTORY) const {
        return root + 4 * directory_index(va);
    }
    [[nodiscard]] PhysAddr pte_address(VirtAddr va, PhysAddr root = DIRECTORY) const {
        return Pte(memory.read32(pde_address(va, root))).frame().address() + 4 * table_index(va);
    }
    void set_pde(VirtAddr va, Pte pde, PhysAddr root = DIRECTORY) { memory.write32(pde_address(va, root), pde.bits); }
    void set_pte(VirtAddr va, Pte pte, PhysAddr root = DIRECTORY) { memory.write32(pte_address(va, root), pte.bits); }
    /// Writes both entries; a new table where there is none.
    void map(VirtAddr va, FrameNumber frame, std::uint32_t pte_flags, std::uint32_t pde_flags = P | W | U) {
        const Pte old(memory.read32(pde_address(va)));
        const FrameNumber table = old.present() ? old.frame() : FrameNumber(next_table++);
        set_pde(va, Pte(table, pde_flags));
        set_pte(va, Pte(frame, pte_flags));
    }
    [[nodiscard]] Pte pde(VirtAddr va) const { return Pte(memory.read32(pde_address(va))); }
    [[nodiscard]] Pte pte(VirtAddr va) const { return Pte(memory.read32(pte_address(va))); }

    PhysicalMemory memory;
    Mmu mmu;
    std::uint32_t next_table = 17;
};

}  // namespace vmlab::test
