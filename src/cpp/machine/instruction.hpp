// SPDX-License-Identifier: GPL-2.0-only
// Instructions as text, lengths and register names, decoded by Capstone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "machine/engine_library.hpp"
#include "machine/opcode.hpp"

namespace vmlab {

/// One instruction as a student reads it.
struct Instruction {
    VirtAddr address;
    std::uint8_t length = 0;
    std::string text;                    ///< "mov dword ptr [ebx + 4], eax"
    std::vector<std::string> registers;  ///< those named in the operands, each once, in order
};

/// Decodes 32-bit code.
/// Owner: whoever made it; shares the library. Not for two threads at once.
class InstructionDecoder {
public:
    /// Throws EngineError when the library cannot decode i386 code.
    explicit InstructionDecoder(std::shared_ptr<const CapstoneLibrary> library);
    InstructionDecoder(InstructionDecoder&&) noexcept;
    InstructionDecoder& operator=(InstructionDecoder&&) noexcept;
    ~InstructionDecoder();

    /// Length of the instruction at the start of `bytes`, or 0 when there is none.
    [[nodiscard]] std::size_t length_of(std::span<const std::uint8_t> bytes) const;
    /// Nothing when `bytes` does not start with an instruction.
    [[nodiscard]] std::optional<Instruction> decode(std::span<const std::uint8_t> bytes, VirtAddr address) const;

private:
    struct Handles;
    std::shared_ptr<const CapstoneLibrary> library_;
    std::unique_ptr<Handles> handles_;
};

}  // namespace vmlab
