// SPDX-License-Identifier: GPL-2.0-only
// RandomSource: the guest's random numbers, the same for the same seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace vmlab {

/// A SplitMix64 generator (Steele, Lea, Flood, 2014).
/// Owner: the Kernel.
class RandomSource {
public:
    explicit RandomSource(std::uint64_t seed) : state_(seed) {}

    [[nodiscard]] std::uint64_t next() {
        state_ += 0x9E3779B97F4A7C15;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    void fill(std::span<std::byte> bytes) {
        std::uint64_t word = 0;
        for (std::size_t i = 0; i < bytes.size(); ++i, word >>= 8) {
            word = i % sizeof word == 0 ? next() : word;
            bytes[i] = static_cast<std::byte>(word);
        }
    }

private:
    std::uint64_t state_;
};

}  // namespace vmlab
