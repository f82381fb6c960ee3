// SPDX-License-Identifier: GPL-2.0-only
// FaultHandler: lets the user answer page faults; what it may do to the kernel goes through HandlerKernel.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "vm/address_space.hpp"

namespace vmlab {

class Kernel;
class Process;

enum class HandlerAnswer : std::uint8_t {
    Retry,           ///< the handler made it good; run the instruction again
    Deliver,         ///< treat it as unresolved
    NotImplemented,  ///< let the built-in handler do it
};

/// The primitives that a handler may call, each journalled; expires when the handler returns.
class HandlerKernel {
public:
    HandlerKernel(Kernel& kernel, Process& process) : kernel_(kernel), process_(process) {}
    HandlerKernel(const HandlerKernel&) = delete;
    HandlerKernel& operator=(const HandlerKernel&) = delete;
    /// Frees the frames that were allocated and not mapped.
    ~HandlerKernel();

    /// A zeroed frame; nothing when there is none.
    [[nodiscard]] std::optional<FrameNumber> allocate_frame();
    /// Maps a page to a frame that allocate_frame gave. Fails: Invalid (not such a frame, kernel address), NoMemory.
    [[nodiscard]] Result<Done, VmError> map_page(VirtAddr page, FrameNumber frame, Protection protection);
    /// Fills bytes of a frame that allocate_frame gave; false when they do not fit or the frame is another's.
    [[nodiscard]] bool write_frame(FrameNumber frame, std::uint32_t offset, std::span<const std::byte> bytes);

    [[nodiscard]] Process& process() { return process_; }

private:
    [[nodiscard]] bool owns(FrameNumber frame) const;

    Kernel& kernel_;
    Process& process_;
    std::vector<FrameNumber> frames_;
};

/// Implemented by the bindings and by replay.
class FaultHandler {
public:
    virtual ~FaultHandler() = default;
    [[nodiscard]] virtual HandlerAnswer on_fault(HandlerKernel& kernel, const PageFault& fault) = 0;
};

/// Thrown when a handler answered Retry and the same fault came again with no PTE changed.
class HandlerMadeNoProgress : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace vmlab
