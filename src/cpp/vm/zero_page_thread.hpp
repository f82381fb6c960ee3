// SPDX-License-Identifier: GPL-2.0-only
// ZeroPageThread: fills free frames with zeros ahead of the faults that will want them.
#pragma once

namespace vmlab {

class VirtualMemory;

/// Elsewhere: the zero page thread (Windows), the idle loop (early Linux, FreeBSD's vm_page_zero_idle).
/// Owner: the VirtualMemory.
class ZeroPageThread {
public:
    explicit ZeroPageThread(VirtualMemory& vm) : vm_(vm) {}

    /// Between two slices of the processor: brings the zeroed frames up to the profile's `zero_ahead`.
    void run();

private:
    VirtualMemory& vm_;
};

}  // namespace vmlab
