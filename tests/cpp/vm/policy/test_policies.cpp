// SPDX-License-Identifier: GPL-2.0-only
// What every policy keeps to, whatever it chooses by.
#include "vm/policy/policies.hpp"

#include <algorithm>
#include <random>
#include <set>
#include <string>

#include "vm/policy/policy_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

/// A kernel's life with a policy: pages come and go, are accessed, written, busy for a while; ticks come.
class Life {
public:
    Life(std::unique_ptr<ReplacementPolicy> policy, std::uint32_t seed) : policy_(std::move(policy)), dice_(seed) {}

    void step() {
        ++candidates_.time;
        const std::uint32_t frame = roll(FRAMES);
        if (!candidates_.frames.contains(frame)) {
            candidates_.frames[frame] = {.accessed = roll(2) == 0};
            policy_->on_insert(FrameNumber(frame), {1, PageIndex(next_page_++)});
            return;
        }
        auto& bits = candidates_.frames[frame];
        switch (roll(8)) {
            case 0:
                leave(frame);
                break;
            case 1:
                bits.busy = !bits.busy;
                break;
            case 2:
                policy_->on_tick(candidates_);
                break;
            case 3:
                select();
                break;
            default:
                bits.accessed = true;
                bits.modified = bits.modified || roll(4) == 0;
                policy_->on_access(FrameNumber(frame), bits.modified ? Access::Write : Access::Read);
        }
    }

private:
    static constexpr std::uint32_t FRAMES = 12;

    [[nodiscard]] std::uint32_t roll(std::uint32_t sides) { return static_cast<std::uint32_t>(dice_() % sides); }
    void leave(std::uint32_t frame) {
        policy_->on_evict(FrameNumber(frame));
        candidates_.frames.erase(frame);
    }
    void select() {
        const bool any = std::ranges::any_of(candidates_.frames, [](const auto& each) { return !each.second.busy; });
        const auto victim = policy_->select_victim(candidates_);
        REQUIRE(victim.has_value() == any);
        if (victim) {
            REQUIRE(candidates_.may_evict(*victim));
            // Most often it leaves; a kernel that cannot write it keeps it.
            if (roll(4) != 0) {
                leave(victim->value);
            }
        }
    }

    ScriptedFrames candidates_;
    std::unique_ptr<ReplacementPolicy> policy_;
    std::mt19937 dice_;
    std::uint32_t next_page_ = 0;
};

}  // namespace

TEST_CASE("whatever happens, a policy chooses a page that may leave, and none only when none may") {
    for (const PolicyInfo& info : policies()) {
        for (const std::uint64_t option : {1, 3, 40}) {
            if (info.takes("future")) {
                continue;  // it must be told the future: test_opt.cpp
            }
            CAPTURE(info.name);
            CAPTURE(option);
            PolicyOptions options;
            options.tau = option;
            options.hand_spread = static_cast<std::uint32_t>(option);
            options.tick = option - 1;
            Life life(std::move(make_policy(info.name, options)).take(), static_cast<std::uint32_t>(option));
            for (int step = 0; step < 20'000; ++step) {
                life.step();
            }
        }
    }
}

TEST_CASE("every policy can be made by its name, and no name stands twice") {
    std::set<std::string_view> names;
    for (const PolicyInfo& info : policies()) {
        CAPTURE(info.name);
        CHECK(names.insert(info.name).second);
        const auto made = make_policy(info.name, {.future = std::vector<PageIdentity>()});
        REQUIRE(made.ok());
        CHECK(made.value()->name() == (info.name == "second-chance" ? "clock" : info.name));
    }
}

TEST_CASE("an unknown name is answered with those that there are") {
    const auto made = make_policy("lifo", {});
    REQUIRE_FALSE(made.ok());
    CHECK(made.error().find("\"lifo\"") != std::string::npos);
    for (const PolicyInfo& info : policies()) {
        CHECK(made.error().find(info.name) != std::string::npos);
    }
    CHECK(find_policy("lifo") == nullptr);
}

TEST_CASE("without each access being seen, the policies that go by accesses are not offered") {
    const std::vector<std::string_view> names = policy_names();
    for (const PolicyInfo& info : policies()) {
        CAPTURE(info.name);
        const std::set<std::string_view> exact = {"lru", "lfu", "mru", "opt"};
        CHECK((info.needs == PolicyNeeds::EveryAccess) == exact.contains(info.name));
        CHECK((std::ranges::find(names, info.name) == names.end()) == exact.contains(info.name));
    }
}

TEST_CASE("what a policy that goes by A and D bits chooses does not depend on on_access") {
    for (const std::string_view name : policy_names()) {
        CAPTURE(name);
        const auto told = std::move(make_policy(name, {.tau = 3})).take();
        const auto not_told = std::move(make_policy(name, {.tau = 3})).take();
        std::mt19937 dice(9);
        ScriptedFrames for_told, for_not_told;
        for (std::uint32_t step = 0; step < 2000; ++step) {
            const FrameNumber frame(static_cast<std::uint32_t>(dice() % 6));
            for_told.time = for_not_told.time = step;
            if (!for_told.frames.contains(frame.value)) {
                told->on_insert(frame, {0, PageIndex(step)});
                not_told->on_insert(frame, {0, PageIndex(step)});
            }
            for_told.frames[frame.value].accessed = for_not_told.frames[frame.value].accessed = true;
            told->on_access(frame, Access::Read);
            if (dice() % 4 == 0) {
                const auto victim = told->select_victim(for_told);
                REQUIRE(victim == not_told->select_victim(for_not_told));
                told->on_evict(*victim);
                not_told->on_evict(*victim);
                for_told.frames.erase(victim->value);
                for_not_told.frames.erase(victim->value);
            }
        }
    }
}
