// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/layout.hpp"

#include <algorithm>

namespace vmlab::linux_abi {

namespace {

/// A number below `limit`, which divides 2^64.
std::uint32_t below(RandomSource* random, std::uint32_t limit) {
    return random == nullptr ? 0 : static_cast<std::uint32_t>(random->next() % limit);
}

}  // namespace

std::uint64_t largest_string_area(const SpaceLimits& limits) {
    constexpr std::uint64_t LEAST = 128U << 10, MOST = STACK_LIMIT / 4 * 3;
    return std::clamp(limits.stack / 4, LEAST, MOST);
}

std::uint32_t random_mmap_bytes(RandomSource* random) { return below(random, 1U << 8) << PAGE_SHIFT; }

std::uint32_t random_heap_bytes(RandomSource* random) { return below(random, 32U << 20) & ~(PAGE_SIZE - 1); }

std::uint32_t random_stack_bytes(RandomSource* random) {
    const std::uint32_t pages = below(random, 1U << 11);
    return (pages << PAGE_SHIFT) + (below(random, 8U << 10) & ~(PAGE_SIZE - 1));
}

std::uint32_t random_gap_bytes(RandomSource* random) { return below(random, 8U << 10) & ~15U; }

}  // namespace vmlab::linux_abi
