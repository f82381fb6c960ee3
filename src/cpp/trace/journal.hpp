// SPDX-License-Identifier: GPL-2.0-only
// Journal: everything that came into a Lab from outside, in order; the same journal gives the same log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace vmlab {

/// Kinds of input. Numbers are part of the file format: add at the end.
enum class InputKind : std::uint8_t {
    Configure = 1,  ///< texts: the configuration as JSON
    File = 2,       ///< texts: path, bytes; numbers: mode
    Spawn =
        3,  ///< texts: name, ELF bytes, stdin, then argument and environment strings; numbers: pid, argument count, 1 with the terminal, 1 with ports
    Run = 4,  ///< numbers: stop reason, instructions and events at the stop, budget that leads there, the event's index
    HandlerAllocate = 5,  ///< numbers: frame handed to the handler, or 2^32 for none
    HandlerMap = 6,       ///< numbers: address, frame, writable
    HandlerAnswer = 7,    ///< numbers: the answer
    WriteMemory = 8,      ///< numbers: pid, address; texts: bytes
    WriteRegisters = 9,   ///< numbers: pid, then the registers
    Knob = 10,            ///< texts: name, value
    HandlerWrite = 11,    ///< numbers: frame, offset; texts: bytes
    LogHash = 12,         ///< texts: SHA-256 of the log, in hex; numbers: its records. Ends a saved file; no input
    // What a replacement policy of the user's answered; numbers: which call to it that was, then
    PolicyVictim = 13,  ///< the frame, or 2^32 for none, then the frames whose A bits it cleared
    PolicyTick = 14,    ///< the frames whose A bits it cleared
    PolicyRaised = 15,  ///< the same, before it raised an exception
    Type = 16,          ///< texts: what was typed on the terminal
    // What an ABI of the user's did in a trap: its steps, then how its handler ended
    OwnAbiStep = 17,    ///< texts: name, bytes; numbers: arguments
    OwnAbiAnswer = 18,  ///< numbers: what the call returns; none: the handler raised an exception
    Disk = 19,          ///< texts: the bytes of the disk behind the ports
    Directory = 20,     ///< texts: path; numbers: permissions
    Link = 21,          ///< texts: path, where it leads
};

struct Input {
    InputKind kind{};
    std::vector<std::uint64_t> numbers;
    std::vector<std::string> texts;
    bool operator==(const Input&) const = default;
};

/// Owner: the Kernel. Append-only.
class Journal {
public:
    void record(Input input) { inputs_.push_back(std::move(input)); }
    [[nodiscard]] std::span<const Input> inputs() const { return inputs_; }

    /// The file format: a magic line, the inputs, and a check sum over both.
    [[nodiscard]] std::string to_bytes() const;
    /// Fails with a sentence that says what is wrong with the bytes.
    [[nodiscard]] static Result<Journal, std::string> from_bytes(std::string_view bytes);

private:
    std::vector<Input> inputs_;
};

}  // namespace vmlab
