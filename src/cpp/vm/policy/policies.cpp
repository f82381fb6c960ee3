// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/policies.hpp"

#include <algorithm>

#include "vm/policy/active_inactive.hpp"
#include "vm/policy/aging.hpp"
#include "vm/policy/clock.hpp"
#include "vm/policy/fifo.hpp"
#include "vm/policy/lfu.hpp"
#include "vm/policy/lru.hpp"
#include "vm/policy/mru.hpp"
#include "vm/policy/nru.hpp"
#include "vm/policy/opt.hpp"
#include "vm/policy/random.hpp"
#include "vm/policy/two_handed_clock.hpp"
#include "vm/policy/working_set.hpp"
#include "vm/policy/wsclock.hpp"

namespace vmlab {

namespace {

template <typename Policy>
MadePolicy make(const PolicyOptions&) {
    return std::unique_ptr<ReplacementPolicy>(std::make_unique<Policy>());
}

template <typename Policy>
MadePolicy make_sweeping(const PolicyOptions& options) {
    const SweepAt sweep = options.tick == 0 ? SweepAt::Selection : SweepAt::Tick;
    return std::unique_ptr<ReplacementPolicy>(std::make_unique<Policy>(sweep));
}

template <typename Policy>
MadePolicy make_with_window(const PolicyOptions& options) {
    if (options.tau == 0) {
        return Failure(std::string("tau=0: the working set's window must be 1 or more"));
    }
    return std::unique_ptr<ReplacementPolicy>(std::make_unique<Policy>(options.tau));
}

MadePolicy make_random(const PolicyOptions& options) {
    return std::unique_ptr<ReplacementPolicy>(std::make_unique<Random>(options.seed));
}

MadePolicy make_two_handed_clock(const PolicyOptions& options) {
    if (options.hand_spread == 0U) {
        return Failure(std::string("hand_spread=0: hands together are one hand, which is the policy \"clock\""));
    }
    return std::unique_ptr<ReplacementPolicy>(std::make_unique<TwoHandedClock>(options.hand_spread));
}

MadePolicy make_opt(const PolicyOptions& options) {
    if (!options.future) {
        return Failure(std::string("opt must know the future: the page of each access to come, from an earlier run"));
    }
    return std::unique_ptr<ReplacementPolicy>(std::make_unique<Opt>(*options.future));
}

using enum PolicyNeeds;

constexpr std::array POLICIES{
    PolicyInfo{"fifo", AccessBits, {}, &make<Fifo>},
    PolicyInfo{"lru", EveryAccess, {}, &make<Lru>},
    PolicyInfo{"aging", AccessBits, {"tick"}, &make_sweeping<Aging>},
    PolicyInfo{"random", AccessBits, {"seed"}, &make_random},
    PolicyInfo{"second-chance", AccessBits, {}, &make<Clock>},
    PolicyInfo{"clock", AccessBits, {}, &make<Clock>},
    PolicyInfo{"two-handed-clock", AccessBits, {"hand_spread"}, &make_two_handed_clock},
    PolicyInfo{"nru", AccessBits, {"tick"}, &make_sweeping<Nru>},
    PolicyInfo{"lfu", EveryAccess, {}, &make<Lfu>},
    PolicyInfo{"mru", EveryAccess, {}, &make<Mru>},
    PolicyInfo{"working-set", AccessBits, {"tau", "tick"}, &make_with_window<WorkingSet>},
    PolicyInfo{"wsclock", AccessBits, {"tau"}, &make_with_window<WsClock>},
    PolicyInfo{"active-inactive", AccessBits, {}, &make<ActiveInactive>},
    PolicyInfo{"opt", EveryAccess, {"future"}, &make_opt},
};

}  // namespace

bool PolicyInfo::takes(std::string_view option) const { return std::ranges::find(options, option) != options.end(); }

std::span<const PolicyInfo> policies() { return POLICIES; }

std::vector<std::string_view> policy_names() {
    std::vector<std::string_view> names;
    for (const PolicyInfo& policy : POLICIES) {
        if (policy.needs == AccessBits) {
            names.push_back(policy.name);
        }
    }
    return names;
}

const PolicyInfo* find_policy(std::string_view name) {
    const auto found = std::ranges::find(POLICIES, name, &PolicyInfo::name);
    return found == POLICIES.end() ? nullptr : &*found;
}

MadePolicy make_policy(std::string_view name, const PolicyOptions& options) {
    if (const PolicyInfo* found = find_policy(name)) {
        return found->make(options);
    }
    std::string known;
    for (const PolicyInfo& policy : POLICIES) {
        known += known.empty() ? "" : ", ";
        known += policy.name;
    }
    return Failure("there is no replacement policy \"" + std::string(name) + "\"; there are: " + known);
}

}  // namespace vmlab
