// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/policies.hpp"

#include <algorithm>
#include <array>

#include "vm/policy/clock.hpp"
#include "vm/policy/fifo.hpp"

namespace vmlab {

namespace {

using Maker = std::unique_ptr<ReplacementPolicy> (*)(const PolicyOptions&);

struct NamedPolicy {
    std::string_view name;
    Maker make;
};

template <typename Policy>
std::unique_ptr<ReplacementPolicy> make(const PolicyOptions&) {
    return std::make_unique<Policy>();
}

constexpr std::array POLICIES{
    NamedPolicy{"fifo", &make<Fifo>},
    NamedPolicy{"clock", &make<Clock>},
};

}  // namespace

std::vector<std::string_view> policy_names() {
    std::vector<std::string_view> names;
    for (const NamedPolicy& policy : POLICIES) {
        names.push_back(policy.name);
    }
    return names;
}

Result<std::unique_ptr<ReplacementPolicy>, std::string> make_policy(std::string_view name,
                                                                    const PolicyOptions& options) {
    const auto found = std::find_if(POLICIES.begin(), POLICIES.end(),
                                    [name](const NamedPolicy& policy) { return policy.name == name; });
    if (found != POLICIES.end()) {
        return found->make(options);
    }
    std::string known;
    for (const NamedPolicy& policy : POLICIES) {
        known += (known.empty() ? "" : ", ") + std::string(policy.name);
    }
    return Failure("there is no replacement policy \"" + std::string(name) + "\"; there are: " + known);
}

}  // namespace vmlab
