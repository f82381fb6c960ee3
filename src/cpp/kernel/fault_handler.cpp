// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/fault_handler.hpp"

#include <algorithm>
#include <cstring>

#include "kernel/kernel.hpp"

namespace vmlab {

namespace {

constexpr std::uint64_t NO_FRAME = std::uint64_t{1} << 32;  ///< in the journal: there was none to give

}  // namespace

HandlerKernel::~HandlerKernel() {
    for (const FrameNumber frame : frames_) {
        kernel_.vm().free_frame(frame);
    }
}

bool HandlerKernel::owns(FrameNumber frame) const {
    return std::find(frames_.begin(), frames_.end(), frame) != frames_.end();
}

std::optional<FrameNumber> HandlerKernel::allocate_frame() {
    const auto frame = kernel_.vm().allocate_frame(FrameUse::Handler);
    kernel_.journal().record({InputKind::HandlerAllocate, {frame ? frame->value : NO_FRAME}, {}});
    if (frame) {
        kernel_.vm().memory().zero_frame(*frame);
        frames_.push_back(*frame);
    }
    return frame;
}

Result<Done, VmError> HandlerKernel::map_page(VirtAddr page, FrameNumber frame, Protection protection) {
    if (!owns(frame)) {
        return Failure(VmError::Invalid);
    }
    const auto installed = process_.space().install_page(page, frame, protection);
    if (!installed) {
        return installed;
    }
    std::erase(frames_, frame);
    kernel_.journal().record({InputKind::HandlerMap, {page.value, frame.value, protection.bits}, {}});
    kernel_.vm().emit(
        HandlerMappedEvent{.address = page.page(), .frame = frame, .writable = protection.writable() ? 1U : 0U});
    return Done{};
}

bool HandlerKernel::write_frame(FrameNumber frame, std::uint32_t offset, std::span<const std::byte> bytes) {
    if (!owns(frame) || offset > PAGE_SIZE || bytes.size() > PAGE_SIZE - offset) {
        return false;
    }
    std::memcpy(kernel_.vm().memory().writable_frame(frame).data() + offset, bytes.data(), bytes.size());
    kernel_.journal().record({InputKind::HandlerWrite,
                              {frame.value, offset},
                              {std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())}});
    return true;
}

}  // namespace vmlab
