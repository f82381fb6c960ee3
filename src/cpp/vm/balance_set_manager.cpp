// SPDX-License-Identifier: GPL-2.0-only
#include "vm/balance_set_manager.hpp"

#include "vm/live_candidates.hpp"
#include "vm/virtual_memory.hpp"

namespace vmlab {

bool BalanceSetManager::on_duty() const { return vm_.profile().balance_tick > 0; }

void BalanceSetManager::run() {
    if (!on_duty() || vm_.now() < next_turn_) {
        return;
    }
    next_turn_ = vm_.now() + vm_.profile().balance_tick;
    std::uint32_t trimmed = 0;
    for (std::size_t at = vm_.machine().frames().zones().size(); at < vm_.domains().size(); ++at) {
        trimmed += turn(static_cast<ReplacementDomains::Number>(at));
    }
    if (trimmed > 0) {
        vm_.note_work(Worker::BalanceSetManager, trimmed);
    }
}

std::uint32_t BalanceSetManager::turn(ReplacementDomains::Number number) {
    ReplacementDomain& set = vm_.domains()[number];
    const std::vector<FrameNumber> none;
    LiveCandidates candidates(vm_, none, nullptr);
    const std::uint32_t frames = vm_.machine().frames().total();
    std::uint32_t trimmed = 0;
    for (std::uint32_t step = 0; step < frames; ++step) {
        const FrameNumber frame = set.hand;
        set.hand = FrameNumber((frame.value + 1) % frames);
        Page* page = candidates.find_in(number, frame);
        if (page != nullptr && !candidates.test_and_clear_accessed(frame) && set.pages > set.minimum) {
            vm_.daemon().detach(*page);
            ++trimmed;
        }
    }
    return trimmed;
}

bool VirtualMemory::can_guarantee_another() {
    const std::uint32_t minimum = config_.profile.working_set_minimum;
    if (config_.profile.scope == ReplacementScope::Global || minimum == 0) {
        return true;
    }
    std::uint32_t promised = 0;
    for (std::size_t number = 0; number < domains_.size(); ++number) {
        promised += domains_[static_cast<ReplacementDomains::Number>(number)].minimum;
    }
    const std::uint32_t kernels = machine_.frames().used() - page_frames_;
    const std::uint32_t pageable = machine_.frames().total() - kernels - wired_pages_;
    const std::uint32_t frames = std::min(config_.page_frame_limit, pageable);
    if (promised + minimum <= frames) {
        return true;
    }
    emit(StartRefusedEvent{.minimum = minimum, .promised = promised, .frames = frames});
    return false;
}

}  // namespace vmlab
