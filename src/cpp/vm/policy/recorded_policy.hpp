// SPDX-License-Identifier: GPL-2.0-only
// RecordedPolicy, PlayedPolicy: a policy whose answers come from outside, written to a journal and answered from one again.
#pragma once

#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "trace/journal.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

/// What the policies of one lab have answered, in the order of all calls to them.
/// Owner: shared by these policies. A call that chose, cleared or raised nothing leaves no entry.
class PolicyTape {
public:
    PolicyTape() = default;
    explicit PolicyTape(std::deque<Input> answers) : answers_(std::move(answers)) {}

    /// Where entries go from now on. Requires: it outlives the policies.
    void set_journal(Journal& journal) { journal_ = &journal; }
    void begin_call() { ++calls_; }
    /// What the current call came to: `rest` is the victim, if one was wanted, then the frames whose A bits it cleared.
    void note(InputKind kind, std::vector<std::uint64_t> rest);
    /// The recorded entry for the current call, if there is one; noted again.
    [[nodiscard]] std::optional<Input> take();

    /// Runs a call that must not raise an exception, because it tells of what has happened already: the first one is kept.
    template <typename Call>
    void guard(const Call& call) {
        begin_call();
        try {
            call();
        } catch (...) {
            failure_ = failure_ ? failure_ : std::current_exception();
        }
    }
    [[nodiscard]] bool has_failed() const { return static_cast<bool>(failure_); }
    /// Raises what was kept, once.
    void raise_failure() {
        if (failure_) {
            std::rethrow_exception(std::exchange(failure_, nullptr));
        }
    }

private:
    Journal* journal_ = nullptr;
    std::uint64_t calls_ = 0;
    std::deque<Input> answers_;
    std::exception_ptr failure_;
};

/// A played policy stands where the recorded one raised an exception, or knows no further choice.
class RecordedPolicyFailure : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Hands each call on, and notes what came of it. An exception in a call that tells of something comes out of the next
/// select_victim, or of whoever asks the tape; the kernel is in the middle of things then.
class RecordedPolicy final : public ReplacementPolicy {
public:
    RecordedPolicy(std::unique_ptr<ReplacementPolicy> policy, std::shared_ptr<PolicyTape> tape)
        : policy_(std::move(policy)), tape_(std::move(tape)) {}

    [[nodiscard]] std::string_view name() const override { return policy_->name(); }
    void on_insert(FrameNumber frame, PageIdentity page) override;
    void on_access(FrameNumber frame, Access access) override;
    void on_tick(Candidates& candidates) override;
    [[nodiscard]] std::optional<FrameNumber> select_victim(Candidates& candidates) override;
    void on_evict(FrameNumber frame) override;

private:
    std::unique_ptr<ReplacementPolicy> policy_;
    std::shared_ptr<PolicyTape> tape_;
};

/// Answers as the tape says, without the policy that it was recorded with.
class PlayedPolicy final : public ReplacementPolicy {
public:
    explicit PlayedPolicy(std::shared_ptr<PolicyTape> tape) : tape_(std::move(tape)) {}

    [[nodiscard]] std::string_view name() const override { return "recorded"; }
    void on_insert(FrameNumber, PageIdentity) override { play(nullptr); }
    void on_access(FrameNumber, Access) override { play(nullptr); }
    void on_tick(Candidates& candidates) override { play(&candidates); }
    /// Throws RecordedPolicyFailure, as the others do.
    [[nodiscard]] std::optional<FrameNumber> select_victim(Candidates& candidates) override;
    void on_evict(FrameNumber) override { play(nullptr); }

private:
    /// Does what the call's entry says, if there is one, and returns its victim.
    std::optional<std::uint64_t> play(Candidates* candidates);

    std::shared_ptr<PolicyTape> tape_;
};

}  // namespace vmlab
