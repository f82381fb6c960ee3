// SPDX-License-Identifier: GPL-2.0-only
#include "vm/simulate.hpp"

#include <array>
#include <string>

#include "vm/policy/fifo.hpp"
#include "vm/policy/policy_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

/// Notes what it is told, and chooses as it is told.
class Scripted final : public ReplacementPolicy {
public:
    explicit Scripted(std::vector<std::optional<std::uint32_t>> victims) : victims_(std::move(victims)) {}
    [[nodiscard]] std::string_view name() const override { return "scripted"; }
    void on_insert(FrameNumber frame, PageIdentity page) override {
        note("insert " + std::to_string(frame.value) + ":" + std::to_string(page.index.value));
    }
    void on_access(FrameNumber frame, Access access) override {
        note((access == Access::Write ? "write " : "read ") + std::to_string(frame.value));
    }
    void on_tick(Candidates& candidates) override { note("tick " + std::to_string(candidates.now())); }
    [[nodiscard]] std::optional<FrameNumber> select_victim(Candidates& candidates) override {
        std::string seen = "select at " + std::to_string(candidates.now());
        for (std::uint32_t frame = 0; candidates.may_evict(FrameNumber(frame)); ++frame) {
            seen += candidates.is_accessed(FrameNumber(frame)) ? " a" : " -";
            seen += candidates.is_modified(FrameNumber(frame)) ? "d" : "-";
        }
        note(seen);
        static_cast<void>(candidates.test_and_clear_accessed(FrameNumber(0)));
        const auto victim = victims_.front();
        victims_.erase(victims_.begin());
        return victim ? std::optional(FrameNumber(*victim)) : std::nullopt;
    }
    void on_evict(FrameNumber frame) override { note("evict " + std::to_string(frame.value)); }

    std::vector<std::string> notes;

private:
    void note(std::string text) { notes.push_back(std::move(text)); }
    std::vector<std::optional<std::uint32_t>> victims_;
};

}  // namespace

TEST_CASE("a policy is told what a kernel would tell it, in this order") {
    Scripted policy({1, 0});
    const Pages pages = {8, 9, 8, 7, 6};
    const std::vector<std::uint8_t> writes = {0, 1, 0, 0, 0};
    const Simulation result = simulate({pages, writes}, {.frames = 2, .tick = 2}, policy);
    CHECK(policy.notes == std::vector<std::string>{"insert 0:8", "read 0", "insert 1:9", "write 1", "tick 2", "read 0",
                                                   "select at 4 a- ad", "evict 1", "insert 1:7", "read 1", "tick 4",
                                                   "select at 5 -- a-", "evict 0", "insert 0:6", "read 0"});
    CHECK(result.hits == 1);
    CHECK(result.cold_misses == 4);
    CHECK(result.capacity_misses == 0);
    CHECK(result.evictions == 2);
    CHECK(result.writebacks == 1);
    CHECK(result.trace.empty());
}

TEST_CASE("the trace says of each reference where the page is and who left for it") {
    const Simulation result = simulated({1, 2, 1, 3, 1}, 2, "fifo");
    REQUIRE(result.trace.size() == 5);
    const std::array<bool, 5> hits = {false, false, true, false, false};
    const std::array<std::uint32_t, 5> frames = {0, 1, 0, 0, 1};
    for (std::size_t step = 0; step < 5; ++step) {
        CHECK(result.trace[step].hit == hits[step]);
        CHECK(result.trace[step].frame == frames[step]);
    }
    CHECK(result.trace[2].victim == std::nullopt);
    CHECK(result.trace[3].victim == 1U);
    CHECK(result.trace[4].victim == 2U);
}

TEST_CASE("misses are cold once a page, the others for want of frames") {
    const Simulation fifo = simulated(OSTEP, 3, "fifo");
    CHECK(fifo.hits == 4);
    CHECK(fifo.cold_misses == 4);
    CHECK(fifo.capacity_misses == 3);
    CHECK(simulated(OSTEP, 3, "lru").capacity_misses == 1);
    CHECK(simulated(OSTEP, 3, "opt").capacity_misses == 1);
}

TEST_CASE("more frames than pages are as many as pages") {
    const Simulation result = simulated(BELADY, ~std::uint64_t{0}, "lru");
    CHECK(result.cold_misses == 5);
    CHECK(result.capacity_misses + result.evictions == 0);
}

TEST_CASE("page numbers may have 64 bits") {
    Pages far = BELADY;
    for (std::uint64_t& page : far) {
        page = ~page;
    }
    for (const PolicyInfo& info : policies()) {
        CAPTURE(info.name);
        CHECK(misses(far, 3, info.name) == misses(BELADY, 3, info.name));
    }
    CHECK(simulated(far, 3, "fifo").trace[3].victim == far[0]);
}

TEST_CASE("a choice that cannot be is the policy's error") {
    const Pages pages = {1, 2, 3};
    Scripted none({std::nullopt});
    CHECK_THROWS_WITH_AS(static_cast<void>(simulate({pages, {}}, {.frames = 2}, none)),
                         "replacement policy \"scripted\" chose no victim, though any page may leave", PolicyError);
    Scripted outside({2});
    CHECK_THROWS_WITH_AS(static_cast<void>(simulate({pages, {}}, {.frames = 2}, outside)),
                         "replacement policy \"scripted\" chose frame 2, which holds no page", PolicyError);
}

TEST_CASE("polling happens, and can end a simulation") {
    Pages pages(100'000, 1);
    int polls = 0;
    Fifo fifo;
    const Simulation result = simulate({pages, {}}, {.frames = 1, .poll = [&] { ++polls; }}, fifo);
    CHECK(result.hits == 99'999);
    CHECK(polls >= 2);
    Fifo other;
    const SimulationConfig ended{.frames = 1, .poll = [] { throw std::runtime_error("enough"); }};
    CHECK_THROWS_AS(static_cast<void>(simulate({pages, {}}, ended, other)), std::runtime_error);
}

TEST_CASE("a simulation without frames, or with too few write flags, is a bug") {
    const Pages pages = {1, 2};
    const std::vector<std::uint8_t> writes = {1};
    Fifo fifo;
    CHECK_THROWS_AS(static_cast<void>(simulate({pages, {}}, {.frames = 0}, fifo)), Panic);
    CHECK_THROWS_AS(static_cast<void>(simulate({pages, writes}, {.frames = 1}, fifo)), Panic);
}
