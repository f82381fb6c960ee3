// SPDX-License-Identifier: GPL-2.0-only
// DevicePager: neighbouring frames of RAM that a device owns, a frame buffer say, as the pages of an object.
#pragma once

#include <memory>

#include "base/panic.hpp"
#include "machine/machine.hpp"
#include "vm/pager.hpp"

namespace vmlab {

/// Elsewhere: device pager (BSD, Mach), a driver's mmap with remap_pfn_range (Linux).
/// Owner: its VmObject. Owns: the frames, which nobody takes while the object is there.
class DevicePager : public Pager {
public:
    /// Nothing where so many neighbouring frames are not free. `machine` outlives it; the frames hold zeros.
    [[nodiscard]] static std::unique_ptr<DevicePager> create(Machine& machine, std::uint32_t pages);
    DevicePager(const DevicePager&) = delete;
    DevicePager& operator=(const DevicePager&) = delete;
    ~DevicePager() override;

    [[nodiscard]] FrameNumber first_frame() const { return first_; }
    /// Pages that were not touched before fail at the next so many touches: fault injection.
    void fail_next(std::uint32_t touches) { failing_ = touches; }

    [[nodiscard]] bool has_page(PageIndex index) const override { return index.value < pages_; }
    [[nodiscard]] std::optional<FrameNumber> device_frame(PageIndex index) override;
    void peek(PageIndex index, std::span<std::byte, PAGE_SIZE> destination) const override;
    // Its pages are where they are: nothing is brought in or taken out.
    void store(PageIndex, std::span<const std::byte, PAGE_SIZE>, std::uint64_t) override {
        throw Panic("the pages of a device are stored nowhere else");
    }
    void resize(std::uint64_t) override {}
    [[nodiscard]] Disk& disk() override { throw Panic("the pages of a device are asked of no disk"); }

private:
    DevicePager(Machine& machine, FrameNumber first, std::uint32_t pages)
        : machine_(machine), first_(first), pages_(pages) {}

    Machine& machine_;
    FrameNumber first_;
    std::uint32_t pages_;
    std::uint32_t failing_ = 0;
};

}  // namespace vmlab
