// SPDX-License-Identifier: GPL-2.0-only
// FrameCopies: frames of RAM as they were at one moment. Each is copied when it is about to change, or when somebody looks.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "machine/physical_memory.hpp"

namespace vmlab {

class FrameCopies;

/// Hands the news that a frame is about to change to who wants it as it is.
/// Owner: the LabCore. Invariant: of each FrameCopies that still lacks a frame it has the address, and of no other.
class FrameCopyist final : private FrameKeeper {
public:
    /// Requires: nobody else is the memory's keeper. `ram` must outlive it, and it every FrameCopies.
    explicit FrameCopyist(PhysicalMemory& ram);
    FrameCopyist(const FrameCopyist&) = delete;
    FrameCopyist& operator=(const FrameCopyist&) = delete;
    ~FrameCopyist() override;

    [[nodiscard]] PhysicalMemory& ram() { return ram_; }

private:
    friend class FrameCopies;
    void frame_about_to_change(FrameNumber frame) override;

    PhysicalMemory& ram_;
    std::vector<FrameCopies*> lacking_;
};

/// Most processes end without anybody looking at their memory afterwards, and nothing is copied.
/// Invariant: a frame that was wanted and is not yet copied has in RAM the bytes that it had then.
class FrameCopies {
public:
    FrameCopies(FrameCopyist& copyist, PhysicalMemory::Density density);
    FrameCopies(const FrameCopies&) = delete;
    FrameCopies& operator=(const FrameCopies&) = delete;
    ~FrameCopies();

    /// Wants the frame as it is now. An engine that was granted writes to it must ask anew before it runs again.
    void want(FrameNumber frame);
    /// The frames that were wanted, at the places where they were in RAM.
    [[nodiscard]] const PhysicalMemory& memory();

private:
    friend class FrameCopyist;
    void copy(FrameNumber frame);
    void stop_lacking();

    FrameCopyist& copyist_;
    PhysicalMemory copies_;
    std::vector<bool> lacks_;  ///< by frame
    std::size_t lacking_ = 0;
};

}  // namespace vmlab
