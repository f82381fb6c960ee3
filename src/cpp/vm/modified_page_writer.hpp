// SPDX-License-Identifier: GPL-2.0-only
// ModifiedPageWriter: writes pages that were taken from their users, so that their frames are as good as free.
#pragma once

namespace vmlab {

class VirtualMemory;

/// Elsewhere: the modified page writer (Windows), the laundering half of the pageout daemon (BSD).
/// Owner: the VirtualMemory.
class ModifiedPageWriter {
public:
    explicit ModifiedPageWriter(VirtualMemory& vm) : vm_(vm) {}

    /// Between two slices of the processor: writes once more pages wait than the profile's `modified_limit`.
    void run();
    /// Starts to write all that waits, in clusters; what cannot be written goes back to its policy.
    void write_all();

private:
    VirtualMemory& vm_;
};

}  // namespace vmlab
