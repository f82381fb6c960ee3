// SPDX-License-Identifier: GPL-2.0-only
// ReplacementDomain: the pages among which one replacement policy chooses: all of a Lab's, or those of one process.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/address.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

/// Elsewhere: working set (Windows), memory cgroup's LRU (Linux); with global replacement there is one for all.
/// Owner: the VirtualMemory.
struct ReplacementDomain {
    static constexpr std::uint32_t NO_LIMIT = ~0U;

    std::unique_ptr<ReplacementPolicy> policy;
    std::uint32_t pages = 0;         ///< in memory, not wired, charged to it
    std::uint32_t limit = NO_LIMIT;  ///< at most so many
    std::uint32_t minimum = 0;       ///< nobody else takes a page while there are no more
    FrameNumber hand;                ///< of the balance-set manager's clock
    std::int64_t turn = 0;           ///< of domains that give in proportion to their pages: whose turn it is next
};

/// Numbered domains; a number that was given back is given out again.
class ReplacementDomains {
public:
    using Number = std::uint16_t;
    Number add(ReplacementDomain domain) {
        for (std::size_t number = 0; number < domains_.size(); ++number) {
            if (domains_[number].policy == nullptr) {
                domains_[number] = std::move(domain);
                return static_cast<Number>(number);
            }
        }
        domains_.push_back(std::move(domain));
        return static_cast<Number>(domains_.size() - 1);
    }
    void remove(Number number) { domains_.at(number) = {}; }
    [[nodiscard]] ReplacementDomain& operator[](Number number) { return domains_.at(number); }
    [[nodiscard]] std::size_t size() const { return domains_.size(); }

private:
    std::vector<ReplacementDomain> domains_;
};

}  // namespace vmlab
