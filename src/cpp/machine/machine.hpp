// SPDX-License-Identifier: GPL-2.0-only
// Machine: RAM, frames, MMU, descriptor tables and a processor, with no operating system on it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/address.hpp"
#include "machine/cpu.hpp"
#include "machine/descriptor.hpp"
#include "machine/frame_pool.hpp"
#include "machine/ide_disks.hpp"
#include "machine/io_ports.hpp"
#include "machine/mmu.hpp"
#include "machine/physical_memory.hpp"

namespace vmlab {

struct MachineConfig {
    std::uint64_t ram_bytes = std::uint64_t{16} << 20;
    TlbConfig tlb;
    GdtLayout gdt;
    VirtAddr kernel_window{0xC0000000};  ///< where RAM is mapped for the kernel; a multiple of 4 MB
};

class Machine;
using CpuFactory = std::function<std::unique_ptr<Cpu>(Machine&)>;

/// Owner of everything below the kernel.
/// Invariants: the descriptor frame is frame 0; gates 3 (int3) and 4 (into) are open to ring 3, others closed until opened.
class Machine {
public:
    /// Throws std::invalid_argument when the RAM's size or the TLB's shape cannot be, EngineError when the engine cannot start.
    Machine(const MachineConfig& config, const CpuFactory& make_cpu);
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;
    ~Machine();

    [[nodiscard]] PhysicalMemory& memory() { return memory_; }
    [[nodiscard]] const PhysicalMemory& memory() const { return memory_; }
    [[nodiscard]] FramePool& frames() { return frames_; }
    [[nodiscard]] const FramePool& frames() const { return frames_; }
    [[nodiscard]] Mmu& mmu() { return mmu_; }
    [[nodiscard]] DescriptorTables& descriptors() { return descriptors_; }
    [[nodiscard]] IoPorts& ports() { return ports_; }
    /// Puts the IDE channel with its two disks behind its ports. Requires: it has none yet.
    IdeDisks& add_disks();
    /// Null when there are none.
    [[nodiscard]] IdeDisks* disks() { return disks_.get(); }
    [[nodiscard]] Cpu& cpu() { return *cpu_; }
    [[nodiscard]] VirtAddr kernel_window() const { return kernel_window_; }
    /// Where kernel code sees a physical address.
    [[nodiscard]] VirtAddr kernel_address(PhysAddr address) const { return kernel_window_ + address.value; }

    /// Instructions executed since the machine was made; also right while the processor runs and asks somebody.
    [[nodiscard]] std::uint64_t instructions() const { return running_ ? cpu_->instructions() : executed_; }

    /// Runs the processor and applies the gates: `int n` through a gate of ring 0 becomes #GP with n * 8 + 2, EIP on the `int`.
    [[nodiscard]] CpuExit run(std::uint64_t budget);

private:
    [[nodiscard]] CpuExit run_cpu(std::uint64_t budget);

    PhysicalMemory memory_;
    FramePool frames_;
    Mmu mmu_;
    VirtAddr kernel_window_;
    DescriptorTables descriptors_;
    IoPorts ports_;
    std::unique_ptr<IdeDisks> disks_;
    std::unique_ptr<Cpu> cpu_;
    std::uint64_t executed_ = 0;  ///< what the processor says, while it does not run
    bool running_ = false;
};

}  // namespace vmlab
