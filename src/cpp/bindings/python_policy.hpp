// SPDX-License-Identifier: GPL-2.0-only
// PythonPolicy: a replacement policy written in Python, in a simulation or in the live kernel.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vm/memory_profile.hpp"
#include "vm/policy/frame_list.hpp"
#include "vm/policy/per_frame.hpp"
#include "vm/policy/recorded_policy.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

/// Through which a policy's pages see their A and D bits; open while the policy is asked for a victim or told of a tick.
class PolicyWindow {
public:
    /// Opens the window as long as it lives.
    class Opening {
    public:
        Opening(PolicyWindow& window, Candidates& candidates) : window_(window) { window_.candidates_ = &candidates; }
        Opening(const Opening&) = delete;
        Opening& operator=(const Opening&) = delete;
        ~Opening() { window_.candidates_ = nullptr; }

    private:
        PolicyWindow& window_;
    };

    [[nodiscard]] Candidates* candidates() const { return candidates_; }

private:
    Candidates* candidates_ = nullptr;
};

/// A page in memory as a Python policy holds it: the same object from on_insert to on_evict, free for attributes of its own.
/// Owner: Python. It expires when the page leaves memory.
class PolicyPage {
public:
    PolicyPage(FrameNumber frame, PageIdentity identity, std::shared_ptr<PolicyWindow> window)
        : frame_(frame), identity_(identity), window_(std::move(window)) {}

    [[nodiscard]] FrameNumber frame() const { return frame_; }
    [[nodiscard]] PageIdentity identity() const { return identity_; }
    /// The identity in one number; in a simulation the page number.
    [[nodiscard]] std::uint64_t number() const;
    [[nodiscard]] std::string description() const;
    void expire() { window_.reset(); }

    /// These throw PolicyError when the page has left memory or its bits cannot be seen now.
    [[nodiscard]] bool accessed() const { return candidates().is_accessed(frame_); }
    [[nodiscard]] bool modified() const { return candidates().is_modified(frame_); }
    [[nodiscard]] bool test_and_clear_accessed() const { return candidates().test_and_clear_accessed(frame_); }

private:
    [[nodiscard]] Candidates& candidates() const;

    FrameNumber frame_;
    PageIdentity identity_;
    std::shared_ptr<PolicyWindow> window_;
};

/// Hands each call to an instance of vmlab.ReplacementPolicy. A Python exception passes through as it is.
/// Owner: as any policy's. It takes the GIL itself, so its owner may run without.
class PythonPolicy final : public ReplacementPolicy {
public:
    /// Requires: the GIL is held.
    explicit PythonPolicy(pybind11::object policy);
    PythonPolicy(const PythonPolicy&) = delete;
    PythonPolicy& operator=(const PythonPolicy&) = delete;
    ~PythonPolicy() override;

    /// The name of its class.
    [[nodiscard]] std::string_view name() const override { return name_; }
    void on_insert(FrameNumber frame, PageIdentity page) override;
    void on_access(FrameNumber frame, Access access) override;
    void on_tick(Candidates& candidates) override;
    /// Throws PolicyError when the answer is no page that may be evicted.
    [[nodiscard]] std::optional<FrameNumber> select_victim(Candidates& candidates) override;
    void on_evict(FrameNumber frame) override;

private:
    [[nodiscard]] pybind11::tuple evictable(const Candidates& candidates);
    [[nodiscard]] FrameNumber checked(const pybind11::object& chosen, const Candidates& candidates);

    pybind11::object policy_;
    std::string name_;
    std::shared_ptr<PolicyWindow> window_;
    FrameList frames_;                  ///< in the order of coming in
    PerFrame<pybind11::object> pages_;  ///< a PolicyPage for each of frames_
};

/// Lets a Lab use a policy of the user's, a class or an instance, or answer as one did; neither: leaves the profile as it is.
/// Returns the tape that notes the answers, which needs a journal then; empty for neither.
[[nodiscard]] std::shared_ptr<PolicyTape> use_own_policy(MemoryProfile& profile, const pybind11::object& policy,
                                                         const std::optional<std::vector<Input>>& answers);

}  // namespace vmlab
