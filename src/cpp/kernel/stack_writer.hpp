// SPDX-License-Identifier: GPL-2.0-only
// StackWriter: puts what a program begins with onto its stack, from the top downwards.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "kernel/user_memory.hpp"

namespace vmlab {

/// A write that fails is remembered. Requires: as UserMemory.
class StackWriter {
public:
    StackWriter(Process& process, VirtAddr top) : memory_(process), at_(top) {}

    VirtAddr push(std::span<const std::byte> bytes) {
        at_ = at_ - static_cast<std::uint32_t>(bytes.size());
        ok_ = ok_ && memory_.copy_out(at_, bytes) == CopyResult::Ok;
        return at_;
    }
    VirtAddr push_string(const std::string& text) {
        return push(std::as_bytes(std::span(text.c_str(), text.size() + 1)));
    }
    /// Requires: a power of two.
    void align(std::uint32_t bytes) { at_ = VirtAddr(at_.value & ~(bytes - 1)); }
    void skip(std::uint32_t bytes) { at_ = at_ - bytes; }

    [[nodiscard]] VirtAddr at() const { return at_; }
    [[nodiscard]] bool ok() const { return ok_; }

private:
    UserMemory memory_;
    VirtAddr at_;
    bool ok_ = true;
};

}  // namespace vmlab
