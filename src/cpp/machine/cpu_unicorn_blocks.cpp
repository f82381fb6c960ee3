// SPDX-License-Identifier: GPL-2.0-only
#include "machine/cpu_unicorn_blocks.hpp"

#include <algorithm>
#include <bit>

namespace vmlab {

bool must_interpose(const Opcode& opcode) {
    return opcode.is_port_io() || opcode.is_fast_system_call() || opcode.is_read_time_stamp() ||
           opcode.is_read_counter();
}

bool needs_attention(const Opcode& opcode) { return must_interpose(opcode) || opcode.runs_alone(); }

std::uint32_t Block::instructions_before(std::uint32_t eip) const {
    const std::uint32_t offset = eip - address;
    std::uint32_t found = 0;
    for (std::uint32_t word = 0; word * 64 < offset && word < starts.size(); ++word) {
        const std::uint32_t bits = offset - word * 64;
        const std::uint64_t mask = bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
        found += static_cast<std::uint32_t>(std::popcount(starts[word] & mask));
    }
    return found;
}

Block& BlockTable::assign(std::uint32_t slot, std::uint32_t address, std::uint32_t size, std::uint32_t physical) {
    const Place place{.address = address, .size = size, .physical = physical};
    Decoded::value_type*& held = blocks_[slot];
    if (held == nullptr || held->first != place) {
        held = &*decoded_.try_emplace(place).first;
    }
    return held->second;
}

void BlockTable::trim() {
    if (decoded_.size() > MOST_BLOCKS) {
        std::ranges::fill(keys_, BlockKey{});
        std::ranges::fill(blocks_, nullptr);
        decoded_.clear();
    }
}

void BlockTable::decode(Block& block, std::uint32_t address, std::span<const std::uint8_t> bytes) const {
    block.address = address;
    block.size = static_cast<std::uint32_t>(bytes.size());
    block.count = 0;
    block.last_start = address;
    block.attended = false;
    block.loads_segment = false;
    block.software_interrupt.reset();
    block.starts.assign((bytes.size() + 63) / 64, 0);
    for (std::size_t at = 0; at < bytes.size();) {
        const auto rest = bytes.subspan(at);
        block.starts[at / 64] |= std::uint64_t{1} << (at % 64);
        ++block.count;
        block.last_start = address + static_cast<std::uint32_t>(at);
        std::size_t length = decoder_.length_of(rest);
        if (length == 0) {
            length = rest.size();  // no instruction: it will raise #UD, and nothing after it runs
        }
        if (const auto opcode = Opcode::read(rest)) {
            block.loads_segment = block.loads_segment || opcode->may_load_segment();
            block.attended = block.attended || needs_attention(*opcode);
            block.software_interrupt = at + length == bytes.size() ? opcode->software_interrupt() : std::nullopt;
        }
        at += length;
    }
}

}  // namespace vmlab
