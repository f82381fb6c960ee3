// SPDX-License-Identifier: GPL-2.0-only
#include "machine/frame_copies.hpp"

#include <algorithm>

namespace vmlab {

FrameCopyist::FrameCopyist(PhysicalMemory& ram) : ram_(ram) { ram_.set_keeper(this); }

FrameCopyist::~FrameCopyist() { ram_.set_keeper(nullptr); }

void FrameCopyist::frame_about_to_change(FrameNumber frame) {
    const std::vector<FrameCopies*> lacking = lacking_;  // who has all then leaves the list
    for (FrameCopies* const copies : lacking) {
        copies->copy(frame);
    }
}

FrameCopies::FrameCopies(FrameCopyist& copyist, PhysicalMemory::Density density)
    : copyist_(copyist), copies_(copyist.ram().size(), density), lacks_(copyist.ram().frame_count()) {}

FrameCopies::~FrameCopies() { stop_lacking(); }

void FrameCopies::want(FrameNumber frame) {
    require(copyist_.ram().contains(frame), "frames are copied from RAM");
    if (lacks_[frame.value]) {
        return;
    }
    if (lacking_++ == 0) {
        copyist_.lacking_.push_back(this);
    }
    lacks_[frame.value] = true;
    copyist_.ram().keep(frame);
}

const PhysicalMemory& FrameCopies::memory() {
    for (std::uint32_t number = 0; lacking_ != 0; ++number) {
        copy(FrameNumber(number));
    }
    return copies_;
}

void FrameCopies::copy(FrameNumber frame) {
    if (!lacks_[frame.value]) {
        return;
    }
    std::ranges::copy(copyist_.ram().frame(frame), copies_.writable_frame(frame).begin());
    lacks_[frame.value] = false;
    if (--lacking_ == 0) {
        stop_lacking();
    }
}

void FrameCopies::stop_lacking() { std::erase(copyist_.lacking_, this); }

}  // namespace vmlab
