// SPDX-License-Identifier: GPL-2.0-only
// BareMachine: a Machine with a kernel stack and no kernel: traps leave their frame in RAM, iret takes it back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/address.hpp"
#include "machine/machine.hpp"
#include "machine/registers.hpp"
#include "machine/trap_frame.hpp"

namespace vmlab {

/// A machine whose traps nobody answers but the one who built it.
/// Owner: a Machine in Python, a test.
/// Invariants: code runs in ring 3. From a trap to its iret the guest's registers are the frame's bytes in RAM, so that
/// whoever changes those bytes changes how the guest goes on; FS and GS alone stay in the processor.
class BareMachine {
public:
    /// Takes a frame for the kernel stack and points TSS.esp0 one past its end. Throws as Machine does, and
    /// std::invalid_argument when RAM has no room for the stack.
    BareMachine(const MachineConfig& config, const CpuFactory& make_cpu);

    [[nodiscard]] Machine& machine() { return machine_; }

    /// Goes on with the guest, by iret when a trap is being handled. A trap leaves its 68 bytes below TSS.esp0.
    /// Throws std::invalid_argument, before anything ran, when esp0, the GDT or the frame to return to cannot be used.
    [[nodiscard]] CpuExit run(std::uint64_t budget);
    /// What popa and iret do with the bytes as they are now. Throws std::invalid_argument when no trap is being handled
    /// or the frame leads out of ring 3.
    void iret();

    /// Where the frame of the trap being handled begins; nothing while the guest runs.
    [[nodiscard]] std::optional<VirtAddr> trap_frame_address() const { return frame_; }
    /// The frame of the trap being handled. Requires: there is one.
    [[nodiscard]] TrapFrame trap_frame() const;

    /// The guest's registers, wherever they are.
    [[nodiscard]] Registers registers();
    void set_registers(const Registers& registers);

    /// All of RAM, handed out for writing: from now on each run first forgets what was known of code and tables.
    std::byte* writable_ram();

private:
    void deliver(const CpuExit& exit);
    [[nodiscard]] PhysAddr frame_bytes(VirtAddr frame) const;
    void write_frame(VirtAddr at, const TrapFrame& frame);

    Machine machine_;
    std::optional<VirtAddr> frame_;
    bool ram_handed_out_ = false;
};

}  // namespace vmlab
