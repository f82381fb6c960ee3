// SPDX-License-Identifier: GPL-2.0-only
// Random: any page may leave, each with the same chance; the same choices for the same seed on every machine.
#pragma once

#include <cstdint>
#include <vector>

#include "vm/policy/per_frame.hpp"
#include "vm/policy/replacement_policy.hpp"

namespace vmlab {

/// The standard the others are measured against: a policy that does worse has learned the wrong thing.
class Random final : public ReplacementPolicy {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    [[nodiscard]] std::string_view name() const override { return "random"; }
    void on_insert(FrameNumber frame, PageIdentity) override;
    [[nodiscard]] std::optional<FrameNumber> select_victim(Candidates& candidates) override;
    void on_evict(FrameNumber frame) override;

private:
    [[nodiscard]] FrameNumber draw(const std::vector<FrameNumber>& from);

    std::uint64_t state_;
    std::vector<FrameNumber> frames_;
    PerFrame<std::uint32_t> places_;  ///< in frames_
};

}  // namespace vmlab
