// SPDX-License-Identifier: GPL-2.0-only
// Opcode: what an i386 instruction's prefixes, opcode and ModRM byte say about its memory operand, without a table of lengths.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "machine/registers.hpp"

namespace vmlab {

enum class SegmentName : std::uint8_t { Es, Cs, Ss, Ds, Fs, Gs };

/// The longest instruction the processor accepts.
inline constexpr std::size_t MAX_INSTRUCTION_BYTES = 15;

/// Prefixes and opcode of one instruction. `code` is 0x00-0xFF, 0x0Fxx, 0x0F38xx or 0x0F3Axx.
struct Opcode {
    std::uint32_t code = 0;
    std::uint8_t modrm = 0;         ///< the byte after the opcode, whether or not it is a ModRM byte; 0 when missing
    std::uint8_t after_opcode = 0;  ///< offset of that byte
    bool lock = false;
    bool operand16 = false;
    bool address16 = false;
    std::uint8_t repeat = 0;  ///< F2, F3 or nothing
    std::optional<SegmentName> segment;

    /// Nothing when `bytes` ends before the opcode.
    [[nodiscard]] static std::optional<Opcode> read(std::span<const std::uint8_t> bytes);

    [[nodiscard]] std::uint8_t reg() const { return (modrm >> 3) & 7; }
    /// The operand in memory is read and then written.
    [[nodiscard]] bool is_read_modify_write() const;
    [[nodiscard]] bool is_port_io() const;
    [[nodiscard]] bool is_port_string() const { return code >= 0x6C && code <= 0x6F; }
    [[nodiscard]] bool may_load_segment() const;
    [[nodiscard]] bool is_fast_system_call() const { return code == 0x0F05 || code == 0x0F34; }
    [[nodiscard]] bool is_read_time_stamp() const { return code == 0x0F31; }
    [[nodiscard]] bool is_read_counter() const { return code == 0x0F33; }
    /// What the engine gets right only alone in a block: rcl, rcr and setcc of memory have lost the flags they began with
    /// when their store faults, and cmpxchg8b loses flags that an instruction before it left.
    [[nodiscard]] bool runs_alone() const;
    [[nodiscard]] bool is_repeated_string() const;
    /// A repeated cmps or scas whose condition ends it under these EFLAGS.
    [[nodiscard]] bool repetition_ends(std::uint32_t eflags) const;
    [[nodiscard]] bool is_push_flags() const { return code == 0x9C; }
    /// popf and iret: the instruction itself says what the trap flag will be.
    [[nodiscard]] bool loads_trap_flag() const { return code == 0x9D || code == 0xCF; }
    /// The vector that int n, int3 or into asks for.
    [[nodiscard]] std::optional<std::uint8_t> software_interrupt() const;
};

/// Where a ModRM operand lies in its segment and how many bytes a read-modify-write touches there.
struct MemoryOperand {
    SegmentName segment = SegmentName::Ds;
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
};

/// The memory operand of a read-modify-write instruction under `registers`; nothing when it is a register.
/// Requires: opcode.is_read_modify_write() and `bytes` holds the whole instruction.
[[nodiscard]] std::optional<MemoryOperand> read_modify_write_operand(const Opcode& opcode,
                                                                     std::span<const std::uint8_t> bytes,
                                                                     const Registers& registers);

}  // namespace vmlab
