// SPDX-License-Identifier: GPL-2.0-only
// BlockTable: what UnicornCpu remembers of each translated block: how many instructions it has and where they start.
// Included only by cpu_unicorn*.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "machine/instruction.hpp"

namespace vmlab {

/// A run of instructions that the engine executes without asking.
struct Block {
    std::uint32_t address = 0;
    std::uint32_t size = 0;
    std::uint32_t count = 0;  ///< instructions
    std::uint32_t last_start = 0;
    std::optional<std::uint32_t> frame_version;      ///< of the frame when it was decoded
    bool attended = false;                           ///< holds an instruction that needs_attention
    bool loads_segment = false;                      ///< holds an instruction that may change a selector
    std::optional<std::uint8_t> software_interrupt;  ///< vector, when the last instruction is int n, int3 or into
    std::vector<std::uint64_t> starts;               ///< a bit a byte: an instruction starts there
    std::vector<std::uint8_t> bytes;                 ///< the code, where it may change unseen

    [[nodiscard]] bool contains(std::uint32_t eip) const { return eip - address < size; }
    [[nodiscard]] std::uint32_t end() const { return address + size; }
    /// Instructions that start before `eip`.
    [[nodiscard]] std::uint32_t instructions_before(std::uint32_t eip) const;
};

/// The part of a block that counting needs, apart so that many fit into the host's cache.
struct BlockKey {
    std::uint32_t address = 0;
    std::uint32_t size = 0;
    std::uint32_t epoch = 0;  ///< counts without a second look while this is the current epoch
    std::uint32_t count = 0;
};

/// Whether UnicornCpu must carry out an instruction itself, because the engine does it otherwise than the processor.
[[nodiscard]] bool must_interpose(const Opcode& opcode);
/// The same, or whether it must be the only instruction of its slice, so that a fault can be undone.
[[nodiscard]] bool needs_attention(const Opcode& opcode);

/// What counting needs, direct-mapped by address; behind it all blocks that were decoded, so that two which share a
/// slot, or processes that take turns, cost no decoding. Owner: UnicornCpu.
class BlockTable {
public:
    explicit BlockTable(InstructionDecoder& decoder) : decoder_(decoder), keys_(SLOTS), blocks_(SLOTS) {}

    [[nodiscard]] static std::uint32_t slot_of(std::uint32_t address) {
        constexpr std::uint32_t GOLDEN_RATIO = 0x9E3779B1;  // Fibonacci hashing
        return (address * GOLDEN_RATIO) >> (32 - SLOT_BITS);
    }
    [[nodiscard]] BlockKey& key(std::uint32_t slot) { return keys_[slot]; }
    /// Requires: assign() was called for the slot.
    [[nodiscard]] const Block& block(std::uint32_t slot) const { return blocks_[slot]->second; }
    /// Makes a slot that of the block of this place; `physical` is where its first page lies. It may not be decoded yet.
    [[nodiscard]] Block& assign(std::uint32_t slot, std::uint32_t address, std::uint32_t size, std::uint32_t physical);
    /// Makes `block` describe `bytes` at `address`.
    void decode(Block& block, std::uint32_t address, std::span<const std::uint8_t> bytes) const;
    /// Forgets all blocks where there are very many. Requires: no slot is looked at before it is assigned again.
    void trim();

private:
    static constexpr std::uint32_t SLOT_BITS = 16;
    static constexpr std::uint32_t SLOTS = 1U << SLOT_BITS;
    static constexpr std::size_t MOST_BLOCKS = 65536;  ///< some 10 MiB
    struct Place {
        std::uint32_t address, size, physical;
        bool operator==(const Place&) const = default;
    };
    struct PlaceHash {
        std::size_t operator()(const Place& place) const {
            constexpr std::uint64_t GOLDEN_RATIO = 0x9E3779B97F4A7C15;  // Fibonacci hashing
            const std::uint64_t both = (std::uint64_t{place.address} << 32) | (place.physical ^ (place.size << 20));
            return (both * GOLDEN_RATIO) >> 20;
        }
    };
    using Decoded = std::unordered_map<Place, Block, PlaceHash>;
    InstructionDecoder& decoder_;
    std::vector<BlockKey> keys_;
    std::vector<Decoded::value_type*> blocks_;  ///< of decoded_, by slot
    Decoded decoded_;
};

}  // namespace vmlab
