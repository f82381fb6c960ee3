// SPDX-License-Identifier: GPL-2.0-only
// Cpu: executes ring-3 instructions until something happens that a kernel must see.
#pragma once

#include <cstdint>
#include <memory>

#include "base/address.hpp"
#include "machine/access.hpp"
#include "machine/descriptor.hpp"
#include "machine/floating_point.hpp"
#include "machine/registers.hpp"

namespace vmlab {

enum class ExitKind : std::uint8_t {
    PageFault,          ///< address, access and error_code are set; nothing of the instruction happened
    SoftwareInterrupt,  ///< `int n` (also int3, into): vector is n, EIP is after it; the gate's DPL is not yet looked at
    Exception,          ///< vector and error_code as the processor raises them; EIP as the processor saves it
    BudgetSpent,        ///< the budget is used up; EIP is on the next instruction
};

/// Why the processor stopped.
struct CpuExit {
    ExitKind kind = ExitKind::BudgetSpent;
    std::uint8_t vector = 0;
    std::uint32_t error_code = 0;
    VirtAddr address;              ///< CR2, to the byte, when PageFault
    Access access = Access::Read;  ///< when PageFault; a read-modify-write is a Write
    VirtAddr instruction;          ///< where the instruction begins that stopped us (for SoftwareInterrupt not EIP)
};

/// A saved context with everything, x87 and SSE state included; belongs to the Cpu that made it.
class CpuContext {
public:
    virtual ~CpuContext() = default;
};

/// A processor in ring 3. It translates through the Mmu it was built with.
/// Owner: the Machine. Elsewhere: the "CPU" of the lectures, vcpu.
/// Invariants: the kernel runs between two run() calls, never inside one; a faulting instruction leaves no trace.
class Cpu {
public:
    virtual ~Cpu() = default;

    /// Runs at most about `budget` instructions (to the end of a block). A budget of 1 is a single step.
    [[nodiscard]] virtual CpuExit run(std::uint64_t budget) = 0;

    [[nodiscard]] virtual Registers registers() = 0;
    /// EFLAGS.IOPL is what set_io_privilege() says; VM is clear.
    virtual void set_registers(const Registers& registers) = 0;
    /// The outermost ring that may use in and out, and cli and sti: the kernel's, or the user's too. A context that was
    /// saved before gets it as well. Elsewhere: IOPL.
    virtual void set_io_privilege(Ring ring) = 0;
    /// Loads the segment registers anew from the descriptor tables, which whoever changes those must ask for: a processor
    /// looks there only when it loads one. A selector that is good no more becomes 0.
    virtual void load_segments() = 0;
    [[nodiscard]] virtual FloatingPoint floating_point() = 0;
    virtual void set_floating_point(const FloatingPoint& state) = 0;

    /// Instructions executed since the Cpu was made; a fault's own instruction is not counted.
    [[nodiscard]] virtual std::uint64_t instructions() const = 0;

    [[nodiscard]] virtual std::unique_ptr<CpuContext> save_context() = 0;
    virtual void restore_context(const CpuContext& context) = 0;
    /// A context as after reset: x87 and SSE at their initial values, integer registers zero, segments of ring 3.
    [[nodiscard]] virtual std::unique_ptr<CpuContext> initial_context() = 0;

    /// Forgets every translation of code: RAM may have been written behind the kernel's back.
    virtual void forget_code() = 0;
};

/// Told of every page reference of every instruction; see Cpu implementations for when it is called.
class AccessObserver {
public:
    virtual ~AccessObserver() = default;
    virtual void on_access(VirtAddr page, Access access) = 0;
};

}  // namespace vmlab
