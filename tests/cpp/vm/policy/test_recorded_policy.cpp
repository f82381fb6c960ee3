// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/recorded_policy.hpp"

#include "vm/policy/clock.hpp"
#include "vm/vm_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr std::uint32_t PAGES = 12, FRAMES = 4;

/// Raises an exception when it is asked for the victim number `last`, having looked at a page.
class Failing final : public ReplacementPolicy {
public:
    explicit Failing(std::uint32_t last) : left_(last) {}
    [[nodiscard]] std::string_view name() const override { return "failing"; }
    void on_insert(FrameNumber frame, PageIdentity page) override { clock_.on_insert(frame, page); }
    [[nodiscard]] std::optional<FrameNumber> select_victim(Candidates& candidates) override {
        const auto victim = clock_.select_victim(candidates);
        if (--left_ == 0) {
            throw std::runtime_error("no idea");
        }
        return victim;
    }
    void on_evict(FrameNumber frame) override { clock_.on_evict(frame); }

private:
    Clock clock_;
    std::uint32_t left_;
};

VmConfig with(const std::function<std::unique_ptr<ReplacementPolicy>()>& make) {
    VmConfig config{.page_frame_limit = FRAMES, .swap_slots = 64};
    config.profile.make_policy = make;
    return config;
}

/// What the page tables are after each of some accesses, as far as they come.
std::vector<std::uint32_t> run(VmFixture& f) {
    std::vector<std::uint32_t> seen;
    f.map(PAGES, VmFixture::READ_WRITE);
    try {
        for (std::uint32_t step = 0; step < 60; ++step) {
            (void)f.write(VmFixture::AT + (step * step + step / 3) % PAGES * PAGE_SIZE, step);
            for (std::uint32_t page = 0; page < PAGES; ++page) {
                seen.push_back(f.space->pmap().lookup(VmFixture::AT + page * PAGE_SIZE).bits);
            }
        }
    } catch (const std::runtime_error&) {
        seen.push_back(0xFFFFFFFF);
    }
    return seen;
}

void expect_the_same_again(const std::function<std::unique_ptr<ReplacementPolicy>()>& make) {
    Journal journal;
    const auto tape = std::make_shared<PolicyTape>();
    tape->set_journal(journal);
    VmFixture recorded(64, with([&] { return std::make_unique<RecordedPolicy>(make(), tape); }));
    const std::vector<std::uint32_t> seen = run(recorded);
    REQUIRE(journal.inputs().size() > 3);

    Journal again;
    const auto played =
        std::make_shared<PolicyTape>(std::deque<Input>(journal.inputs().begin(), journal.inputs().end()));
    played->set_journal(again);
    VmFixture f(64, with([&] { return std::make_unique<PlayedPolicy>(played); }));
    CHECK(run(f) == seen);
    CHECK(std::ranges::equal(again.inputs(), journal.inputs()));
}

}  // namespace

TEST_CASE("a recorded policy's answers give the same page tables again, A bits that it cleared included") {
    expect_the_same_again([] { return std::make_unique<Clock>(); });
}

TEST_CASE("an exception of a recorded policy is one again, at the same call and with the same bits cleared") {
    expect_the_same_again([] { return std::make_unique<Failing>(7); });
}

TEST_CASE("a played policy that knows no further choice says so") {
    const auto tape = std::make_shared<PolicyTape>();
    PlayedPolicy policy(tape);
    policy.on_insert(FrameNumber(1), {});
    struct Nothing final : Candidates {
        [[nodiscard]] bool may_evict(FrameNumber) const override { return true; }
        [[nodiscard]] bool is_accessed(FrameNumber) const override { return false; }
        [[nodiscard]] bool test_and_clear_accessed(FrameNumber) override { return false; }
        [[nodiscard]] bool is_modified(FrameNumber) const override { return false; }
        [[nodiscard]] std::uint64_t now() const override { return 0; }
    } candidates;
    CHECK_THROWS_AS((void)policy.select_victim(candidates), RecordedPolicyFailure);
}
