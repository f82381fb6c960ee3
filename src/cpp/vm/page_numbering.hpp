// SPDX-License-Identifier: GPL-2.0-only
// PageNumbering: gives pages the numbers 0, 1, 2 and so on, in the order in which they are first met.
#pragma once

#include <cstdint>
#include <vector>

#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

/// A page's identity as one number: the object above, the index below.
[[nodiscard]] constexpr std::uint64_t page_key(PageIdentity page) {
    return std::uint64_t{page.object} << 32 | page.index.value;
}
[[nodiscard]] constexpr PageIdentity page_identity(std::uint64_t key) {
    return {static_cast<std::uint32_t>(key >> 32), PageIndex(static_cast<std::uint32_t>(key))};
}

/// So that arrays can be indexed by page. Small keys are looked up in an array, the others in a hash table with open
/// addressing.
/// Invariant: at most half of the hash table's places are taken.
class PageNumbering {
public:
    /// Keys below `small` have an array of their own, four bytes each.
    explicit PageNumbering(std::uint64_t small = 0) : small_(small), places_(SMALLEST) {}

    /// The key's number, a new one if it was never met.
    [[nodiscard]] std::uint32_t number_of(std::uint64_t key) {
        if (key < small_.size()) {
            if (small_[key] == 0) {
                small_[key] = add(key) + 1;
            }
            return small_[key] - 1;
        }
        for (std::size_t at = hash(key);; at = (at + 1) & (places_.size() - 1)) {
            if (places_[at].number_plus_one == 0) {
                return insert(at, key);
            }
            if (places_[at].key == key) {
                return places_[at].number_plus_one - 1;
            }
        }
    }
    /// How many keys were met.
    [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(keys_.size()); }
    /// The key that has this number.
    [[nodiscard]] std::uint64_t key_of(std::uint32_t number) const { return keys_[number]; }

private:
    static constexpr std::size_t SMALLEST = 64;
    struct Place {
        std::uint64_t key = 0;
        std::uint32_t number_plus_one = 0;  ///< 0: free
    };

    /// Fibonacci hashing: the upper bits of the product.
    [[nodiscard]] std::size_t hash(std::uint64_t key) const { return key * 0x9E3779B97F4A7C15 >> shift_; }
    std::uint32_t add(std::uint64_t key);
    std::uint32_t insert(std::size_t at, std::uint64_t key);
    void grow();

    std::vector<std::uint32_t> small_;  ///< each key's number and one; 0: not met
    std::vector<Place> places_;
    int shift_ = 58;            ///< 64 less the logarithm of places_.size()
    std::uint32_t hashed_ = 0;  ///< places taken
    std::vector<std::uint64_t> keys_;
};

}  // namespace vmlab
