// SPDX-License-Identifier: GPL-2.0-only
#include "vm/simulate.hpp"

#include <algorithm>

#include "base/panic.hpp"
#include "vm/page_numbering.hpp"
#include "vm/policy/clock.hpp"
#include "vm/policy/fifo.hpp"
#include "vm/policy/lru.hpp"

namespace vmlab {

namespace {

/// The frames of a simulation with their A and D bits. All that are in use hold a page that may leave.
class SimulatedFrames final : public Candidates {
public:
    explicit SimulatedFrames(std::uint32_t frames) : bits_(frames) {}

    [[nodiscard]] bool may_evict(FrameNumber frame) const override { return frame.value < in_use_; }
    [[nodiscard]] bool is_accessed(FrameNumber frame) const override { return has(frame, ACCESSED); }
    [[nodiscard]] bool test_and_clear_accessed(FrameNumber frame) override {
        const bool accessed = has(frame, ACCESSED);
        bits_[frame.value] &= MODIFIED;
        return accessed;
    }
    [[nodiscard]] bool is_modified(FrameNumber frame) const override { return has(frame, MODIFIED); }
    [[nodiscard]] std::uint64_t now() const override { return now_; }

    [[nodiscard]] bool full() const { return in_use_ == bits_.size(); }
    [[nodiscard]] FrameNumber take_next() { return FrameNumber(in_use_++); }
    void load(FrameNumber frame) { bits_[frame.value] = 0; }
    void reference(FrameNumber frame, Access access) {
        bits_[frame.value] |= access == Access::Write ? ACCESSED | MODIFIED : ACCESSED;
    }
    void set_now(std::uint64_t now) { now_ = now; }

private:
    static constexpr std::uint8_t ACCESSED = 1;
    static constexpr std::uint8_t MODIFIED = 2;
    [[nodiscard]] bool has(FrameNumber frame, std::uint8_t bit) const { return (bits_[frame.value] & bit) != 0; }

    std::vector<std::uint8_t> bits_;
    std::uint32_t in_use_ = 0;
    std::uint64_t now_ = 0;
};

/// The pages in the order of their first references, and the string in these numbers.
struct Numbered {
    PageNumbering numbering;
    std::vector<std::uint32_t> pages;

    explicit Numbered(std::span<const std::uint64_t> references) : numbering(small_numbers(references)) {
        pages.reserve(references.size());
        for (const std::uint64_t page : references) {
            pages.push_back(numbering.number_of(page));
        }
    }

private:
    /// How far an array by page number may reach without taking more memory than the string does.
    static std::uint64_t small_numbers(std::span<const std::uint64_t> references) {
        const std::uint64_t largest = references.empty() ? 0 : *std::ranges::max_element(references);
        return std::min<std::uint64_t>(largest, 2 * references.size()) + 1;
    }
};

/// One simulation. `Policy` is a final class where speed counts, so that its calls need no table; otherwise the interface.
template <typename Policy>
class Simulator {
public:
    Simulator(const Numbered& numbered, const SimulationConfig& config, Policy& policy)
        : numbered_(numbered),
          policy_(policy),
          frames_(static_cast<std::uint32_t>(std::min<std::uint64_t>(config.frames, numbered.numbering.size()))),
          page_in_(std::min<std::uint64_t>(config.frames, numbered.numbering.size())),
          frame_of_(numbered.numbering.size(), ABSENT) {}

    [[nodiscard]] Simulation run(const References& references, const SimulationConfig& config) {
        if (config.tracing == Tracing::On) {
            result_.trace.reserve(references.pages.size());
        }
        std::uint64_t until_tick = config.tick;
        for (std::size_t index = 0; index < numbered_.pages.size(); ++index) {
            if (config.poll && index % POLL_INTERVAL == 0) {
                config.poll();
            }
            frames_.set_now(index + 1);
            const bool write = !references.writes.empty() && references.writes[index] != 0;
            const SimulationStep step = reference(numbered_.pages[index], write ? Access::Write : Access::Read);
            if (config.tracing == Tracing::On) {
                result_.trace.push_back(step);
            }
            if (config.tick != 0 && --until_tick == 0) {
                policy_.on_tick(frames_);
                until_tick = config.tick;
            }
        }
        // The first reference to a page is always a miss.
        result_.cold_misses = numbered_.numbering.size();
        result_.capacity_misses = references.pages.size() - result_.hits - result_.cold_misses;
        return std::move(result_);
    }

private:
    static constexpr std::uint32_t ABSENT = ~0U;
    static constexpr std::size_t POLL_INTERVAL = 1 << 14;

    SimulationStep reference(std::uint32_t page, Access access) {
        SimulationStep step{.frame = frame_of_[page], .hit = frame_of_[page] != ABSENT};
        if (step.hit) {
            ++result_.hits;
        } else {
            step = page_in(page);
        }
        const FrameNumber frame(step.frame);
        frames_.reference(frame, access);
        policy_.on_access(frame, access);
        return step;
    }

    SimulationStep page_in(std::uint32_t page) {
        SimulationStep step;
        FrameNumber frame;
        if (frames_.full()) {
            frame = evict();
            step.victim = numbered_.numbering.key_of(page_in_[frame.value]);
        } else {
            frame = frames_.take_next();
        }
        step.frame = frame.value;
        frame_of_[page] = frame.value;
        page_in_[frame.value] = page;
        frames_.load(frame);
        policy_.on_insert(frame, page_identity(numbered_.numbering.key_of(page)));
        return step;
    }

    FrameNumber evict() {
        const std::optional<FrameNumber> victim = policy_.select_victim(frames_);
        if (!victim || !frames_.may_evict(*victim)) {
            throw PolicyError("replacement policy \"" + std::string(policy_.name()) + "\" chose " +
                              (victim ? "frame " + std::to_string(victim->value) + ", which holds no page"
                                      : std::string("no victim, though any page may leave")));
        }
        ++result_.evictions;
        result_.writebacks += frames_.is_modified(*victim) ? 1 : 0;
        frame_of_[page_in_[victim->value]] = ABSENT;
        policy_.on_evict(*victim);
        return *victim;
    }

    const Numbered& numbered_;
    Policy& policy_;
    SimulatedFrames frames_;
    std::vector<std::uint32_t> page_in_;   ///< by frame
    std::vector<std::uint32_t> frame_of_;  ///< by page, or ABSENT
    Simulation result_;
};

/// Runs with the policy's own class, if it is one of `Fast`.
template <typename Fast, typename... Others>
Simulation run_as(const Numbered& numbered, const References& references, const SimulationConfig& config,
                  ReplacementPolicy& policy) {
    if (auto* fast = dynamic_cast<Fast*>(&policy)) {
        return Simulator<Fast>(numbered, config, *fast).run(references, config);
    }
    if constexpr (sizeof...(Others) > 0) {
        return run_as<Others...>(numbered, references, config, policy);
    } else {
        return Simulator<ReplacementPolicy>(numbered, config, policy).run(references, config);
    }
}

}  // namespace

Simulation simulate(const References& references, const SimulationConfig& config, ReplacementPolicy& policy) {
    require(config.frames > 0, "a simulation has frames");
    require(references.writes.empty() || references.writes.size() == references.pages.size(),
            "each reference reads or writes");
    return run_as<Fifo, Lru, Clock>(Numbered(references.pages), references, config, policy);
}

MadePolicy make_policy_for(std::string_view name, PolicyOptions options, const References& references) {
    const PolicyInfo* info = find_policy(name);
    if (info != nullptr && info->takes("future")) {
        options.future.emplace();
        options.future->reserve(references.pages.size());
        for (const std::uint64_t page : references.pages) {
            options.future->push_back(page_identity(page));
        }
    }
    return make_policy(name, options);
}

}  // namespace vmlab
