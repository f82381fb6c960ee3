// SPDX-License-Identifier: GPL-2.0-only
// ScriptCpu: a processor that plays a list of accesses, so that the virtual memory is tested without an engine.
#pragma once

#include <cstdint>
#include <vector>

#include "machine/cpu.hpp"
#include "machine/mmu.hpp"
#include "machine/physical_memory.hpp"

namespace vmlab {

/// One step of a script; each counts as one instruction, EIP is the step's number.
struct ScriptStep {
    enum class Kind : std::uint8_t { Read, Write, Fetch, Interrupt } kind = Kind::Read;
    VirtAddr address;         ///< of the 32-bit access
    std::uint32_t value = 0;  ///< written; or the vector of Interrupt
};

/// Plays steps through the Mmu at ring 3; a read's value is in EAX afterwards. At the script's end it idles: what is
/// left of the budget counts as executed.
/// Owner: the Machine.
class ScriptCpu : public Cpu {
public:
    ScriptCpu(PhysicalMemory& memory, Mmu& mmu) : memory_(memory), mmu_(mmu) {}

    /// Throws std::invalid_argument when an access crosses into another page.
    void load(std::vector<ScriptStep> steps);

    [[nodiscard]] CpuExit run(std::uint64_t budget) override;
    [[nodiscard]] Registers registers() override { return registers_; }
    void set_registers(const Registers& registers) override { registers_ = registers; }
    void set_io_privilege(Ring) override {}  // no script uses ports
    [[nodiscard]] FloatingPoint floating_point() override { return floating_point_; }
    void set_floating_point(const FloatingPoint& state) override { floating_point_ = state; }
    [[nodiscard]] std::uint64_t instructions() const override { return instructions_; }
    [[nodiscard]] std::unique_ptr<CpuContext> save_context() override;
    void restore_context(const CpuContext& context) override;
    [[nodiscard]] std::unique_ptr<CpuContext> initial_context() override;
    void forget_code() override {}
    void load_segments() override {}

private:
    [[nodiscard]] CpuExit fault(const ScriptStep& step, Access access, std::uint32_t error) const;

    PhysicalMemory& memory_;
    Mmu& mmu_;
    std::vector<ScriptStep> steps_;
    Registers registers_;
    FloatingPoint floating_point_;  ///< which no script changes
    std::uint64_t instructions_ = 0;
};

}  // namespace vmlab
