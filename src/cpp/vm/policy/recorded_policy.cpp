// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/recorded_policy.hpp"

#include "base/panic.hpp"

namespace vmlab {

namespace {

constexpr std::uint64_t NO_VICTIM = std::uint64_t{1} << 32;

/// Remembers whose A bits were cleared: the one thing by which a policy changes what it looks at.
class WatchedCandidates final : public Candidates {
public:
    explicit WatchedCandidates(Candidates& candidates) : candidates_(candidates) {}
    [[nodiscard]] bool may_evict(FrameNumber frame) const override { return candidates_.may_evict(frame); }
    [[nodiscard]] bool is_accessed(FrameNumber frame) const override { return candidates_.is_accessed(frame); }
    [[nodiscard]] bool test_and_clear_accessed(FrameNumber frame) override {
        cleared_.push_back(frame.value);
        return candidates_.test_and_clear_accessed(frame);
    }
    [[nodiscard]] bool is_modified(FrameNumber frame) const override { return candidates_.is_modified(frame); }
    [[nodiscard]] std::uint64_t now() const override { return candidates_.now(); }

    [[nodiscard]] const std::vector<std::uint64_t>& cleared() const { return cleared_; }

private:
    Candidates& candidates_;
    std::vector<std::uint64_t> cleared_;
};

}  // namespace

void PolicyTape::note(InputKind kind, std::vector<std::uint64_t> rest) {
    require(journal_ != nullptr, "a policy's answers go to a journal");
    rest.insert(rest.begin(), calls_);
    journal_->record({kind, std::move(rest), {}});
}

std::optional<Input> PolicyTape::take() {
    if (answers_.empty() || answers_.front().numbers.empty() || answers_.front().numbers.front() != calls_) {
        return std::nullopt;
    }
    Input entry = std::move(answers_.front());
    answers_.pop_front();
    entry.numbers.erase(entry.numbers.begin());
    note(entry.kind, entry.numbers);
    return entry;
}

void RecordedPolicy::on_insert(FrameNumber frame, PageIdentity page) {
    tape_->guard([&] { policy_->on_insert(frame, page); });
}

void RecordedPolicy::on_access(FrameNumber frame, Access access) {
    tape_->guard([&] { policy_->on_access(frame, access); });
}

void RecordedPolicy::on_evict(FrameNumber frame) {
    tape_->guard([&] { policy_->on_evict(frame); });
}

void RecordedPolicy::on_tick(Candidates& candidates) {
    WatchedCandidates watched(candidates);
    tape_->guard([&] { policy_->on_tick(watched); });
    if (!watched.cleared().empty()) {
        tape_->note(InputKind::PolicyTick, watched.cleared());
    }
}

std::optional<FrameNumber> RecordedPolicy::select_victim(Candidates& candidates) {
    WatchedCandidates watched(candidates);
    tape_->begin_call();
    try {
        tape_->raise_failure();
        const std::optional<FrameNumber> victim = policy_->select_victim(watched);
        std::vector<std::uint64_t> answer{victim ? victim->value : NO_VICTIM};
        answer.insert(answer.end(), watched.cleared().begin(), watched.cleared().end());
        tape_->note(InputKind::PolicyVictim, std::move(answer));
        return victim;
    } catch (...) {
        tape_->note(InputKind::PolicyRaised, watched.cleared());
        throw;
    }
}

std::optional<std::uint64_t> PlayedPolicy::play(Candidates* candidates) {
    tape_->begin_call();
    const std::optional<Input> entry = tape_->take();
    if (!entry) {
        return std::nullopt;
    }
    const bool chooses = entry->kind == InputKind::PolicyVictim && !entry->numbers.empty();
    for (std::size_t i = chooses ? 1 : 0; i < entry->numbers.size() && candidates != nullptr; ++i) {
        (void)candidates->test_and_clear_accessed(FrameNumber(static_cast<std::uint32_t>(entry->numbers[i])));
    }
    if (entry->kind == InputKind::PolicyRaised) {
        throw RecordedPolicyFailure("the replacement policy raised an exception here");
    }
    return chooses ? std::optional(entry->numbers.front()) : std::nullopt;
}

std::optional<FrameNumber> PlayedPolicy::select_victim(Candidates& candidates) {
    const std::optional<std::uint64_t> victim = play(&candidates);
    if (!victim) {
        throw RecordedPolicyFailure("the journal knows no further choice of the replacement policy");
    }
    return *victim == NO_VICTIM ? std::nullopt : std::optional(FrameNumber(static_cast<std::uint32_t>(*victim)));
}

}  // namespace vmlab
