// SPDX-License-Identifier: GPL-2.0-only
// Kernel::Run: one call of Kernel::run(), its limits and why it stops. Included only by run.cpp.
#pragma once

#include "kernel/kernel.hpp"

namespace vmlab {

/// One call of run(): hears the events that it waits for, and journals how it ended.
class Kernel::Run : public EventListener {
public:
    Run(Kernel& kernel, const RunLimits& limits)
        : kernel_(kernel), limits_(limits), start_(kernel.machine_now()), units_start_(units()) {
        std::bitset<EVENT_KINDS> heard = limits.stop_at;
        if (limits.stop_at_index) {
            heard.set();
        }
        kernel_.tracer_->set_listener(this, heard);
    }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    ~Run() override { kernel_.tracer_->set_listener(nullptr, {}); }

    void on_event(const EventView& event) override {
        if (event_) {
            return;
        }
        const bool wanted =
            limits_.stop_at_index ? event.index == *limits_.stop_at_index : !limits_.accepts || limits_.accepts(event);
        if (wanted) {
            event_ = event.index;
        }
    }

    /// Why to stop now, if there is a reason.
    std::optional<StopReason> reason() {
        if (event_) {
            return StopReason::Event;
        }
        if (left() == 0) {
            return StopReason::Budget;
        }
        const bool check = ++checks_ % TRAPS_BETWEEN_CHECKS == 0 || slice_ended_;
        slice_ended_ = false;
        if (check && limits_.interrupted && limits_.interrupted()) {
            return StopReason::Interrupted;
        }
        return std::nullopt;
    }

    [[nodiscard]] std::uint64_t left() const {
        const std::uint64_t spent = units() - units_start_;
        return spent >= limits_.budget ? 0 : limits_.budget - spent;
    }
    void slice_ended() { slice_ended_ = true; }
    [[nodiscard]] bool heard_event() const { return event_.has_value(); }

    Stop end(StopReason reason) {
        const std::uint64_t budget = reason == StopReason::Interrupted ? units() - units_start_ : limits_.budget;
        kernel_.journal_.record({InputKind::Run,
                                 {static_cast<std::uint64_t>(reason), kernel_.machine_now(), kernel_.tracer_->count(),
                                  budget, event_.value_or(0)},
                                 {}});
        return {reason, event_, kernel_.machine_now() - start_};
    }

private:
    static constexpr std::uint64_t TRAPS_BETWEEN_CHECKS = 256;  ///< of whether the host wants to interrupt
    [[nodiscard]] std::uint64_t units() const { return kernel_.machine_now() + kernel_.traps_; }

    Kernel& kernel_;
    const RunLimits& limits_;
    std::uint64_t start_;
    std::uint64_t units_start_;
    std::optional<std::uint64_t> event_;
    std::uint64_t checks_ = 0;
    bool slice_ended_ = false;
};

}  // namespace vmlab
