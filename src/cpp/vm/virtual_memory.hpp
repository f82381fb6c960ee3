// SPDX-License-Identifier: GPL-2.0-only
// VirtualMemory: what all address spaces of one Lab share: the machine, the log, the limit on frames, the counters.
#pragma once

#include <cstdint>
#include <optional>

#include "machine/machine.hpp"
#include "trace/tracer.hpp"
#include "vm/counters.hpp"

namespace vmlab {

/// Owner: the Kernel.
/// Invariants: page_frames() is the number of frames whose use is Page or Handler, and never above the limit.
class VirtualMemory {
public:
    VirtualMemory(Machine& machine, Tracer& tracer) : machine_(machine), tracer_(tracer) {}

    [[nodiscard]] Machine& machine() { return machine_; }
    [[nodiscard]] Tracer& tracer() { return tracer_; }
    [[nodiscard]] PhysicalMemory& memory() { return machine_.memory(); }
    [[nodiscard]] const VmCounters& counters() const { return counters_; }
    /// Adds to the counters of the Lab and of the current process.
    template <typename Add>
    void count(const Add& add) {
        add(counters_);
        if (current_counters_ != nullptr) {
            add(*current_counters_);
        }
    }

    /// Whom the log names and whose counters count; the Kernel sets it before it works for a process. 0: nobody.
    void set_current(std::uint32_t pid, VmCounters* counters) {
        current_pid_ = pid;
        current_counters_ = counters;
    }
    [[nodiscard]] std::uint32_t current_pid() const { return current_pid_; }

    /// Bounds the frames that hold pages; page tables, kernel stacks and descriptors are extra.
    void set_page_frame_limit(std::uint32_t frames) { page_frame_limit_ = frames; }

    /// A frame for a page, old content unspecified; nothing when RAM or the limit is exhausted.
    [[nodiscard]] std::optional<FrameNumber> allocate_frame(FrameUse use = FrameUse::Page);
    void free_frame(FrameNumber frame);
    [[nodiscard]] std::uint32_t page_frames() const { return page_frames_; }
    /// A number for the next VmObject; in order of creation.
    [[nodiscard]] std::uint32_t take_object_id() { return next_object_id_++; }

    template <typename E>
    void emit(const E& event) {
        tracer_.emit(current_pid_, event);
    }

private:
    Machine& machine_;
    Tracer& tracer_;
    VmCounters counters_;
    VmCounters* current_counters_ = nullptr;
    std::uint32_t current_pid_ = 0;
    std::uint32_t page_frames_ = 0;
    std::uint32_t page_frame_limit_ = ~0U;
    std::uint32_t next_object_id_ = 1;
};

}  // namespace vmlab
