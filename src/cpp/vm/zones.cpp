// SPDX-License-Identifier: GPL-2.0-only
// How the virtual memory deals with the zones of RAM: one replacement domain each for what all processes share, and
// watermarks in proportion to their size.
#include <algorithm>

#include "vm/virtual_memory.hpp"

namespace vmlab {

void VirtualMemory::make_zones() {
    FramePool& frames = machine_.frames();
    if (config_.profile.dma_frames > 0) {
        frames.split_zones(FrameNumber(config_.profile.dma_frames));
    }
    evicted_from_.resize(frames.zones().size());
    for (std::size_t zone = 0; zone < frames.zones().size(); ++zone) {
        const std::uint32_t low = watermarks(zone).low;
        frames.set_reserve(zone, low > 0 ? low - 1 : 0);  // once it is below, others give, and the daemon is due
        domains_.add({.policy = make_policy()});
    }
}

VirtualMemory::Watermarks VirtualMemory::watermarks(std::size_t zone) const {
    const FramePool& frames = machine_.frames();
    const auto share = [&](std::uint32_t mark) {
        const std::uint64_t product = std::uint64_t{mark} * frames.zones().at(zone).frames();
        return static_cast<std::uint32_t>((product + frames.total() - 1) / frames.total());
    };
    return {share(config_.profile.low_watermark), share(config_.profile.high_watermark)};
}

std::uint32_t VirtualMemory::listed_in(const FrameList& list, std::size_t zone) const {
    std::uint32_t pages = 0;
    for (auto frame = list.front(); frame; frame = list.after(*frame)) {
        pages += machine_.frames().zone_of(*frame) == zone ? 1U : 0U;
    }
    return pages;
}

ReplacementDomains::Number VirtualMemory::domain_for(FrameNumber frame) const {
    return is_shared(current_.domain) ? shared_domain_of(frame) : current_.domain;
}

void VirtualMemory::note_allocated(FrameNumber frame) {
    ++page_frames_;
    count([this](VmCounters& c) { c.peak_page_frames = std::max(c.peak_page_frames, page_frames_); });
    emit(FrameAllocatedEvent{.frame = frame});
    const std::vector<FrameZone>& zones = machine_.frames().zones();
    if (const std::size_t zone = machine_.frames().zone_of(frame); zone + 1 != zones.size()) {
        emit(ZoneFallbackEvent{.frame = frame, .zone = zones[zone].name()});
    }
}

void VirtualMemory::note_work(Worker worker, std::uint32_t pages) {
    WorkDone& done = work_[static_cast<std::size_t>(worker)];
    ++done.times;
    done.pages += pages;
    emit(WorkDoneEvent{.worker = worker, .pages = pages});
}

}  // namespace vmlab
