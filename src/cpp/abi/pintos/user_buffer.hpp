// SPDX-License-Identifier: GPL-2.0-only
// UserBuffer: a buffer of the caller's as the end of a read or a write.
#pragma once

#include "kernel/files/open_file.hpp"
#include "kernel/user_memory.hpp"

namespace vmlab::pintos_abi {

/// A piece that cannot be copied wholly is not taken or given, and the buffer is a bad one from then on.
class UserBuffer : public ByteSink, public ByteSource {
public:
    UserBuffer(UserMemory& memory, VirtAddr start) : memory_(memory), at_(start) {}

    [[nodiscard]] std::uint32_t put(std::span<const std::byte> bytes) override {
        return moved(bytes.size(), memory_.copy_out(at_, bytes));
    }
    [[nodiscard]] std::uint32_t get(std::span<std::byte> bytes) override {
        return moved(bytes.size(), memory_.copy_in(at_, bytes));
    }
    [[nodiscard]] bool bad() const { return bad_; }

private:
    std::uint32_t moved(std::size_t bytes, CopyResult result) {
        bad_ = bad_ || result == CopyResult::Fault;
        const std::uint32_t done = bad_ ? 0 : static_cast<std::uint32_t>(bytes);
        at_ = at_ + done;
        return done;
    }

    UserMemory& memory_;
    VirtAddr at_;
    bool bad_ = false;
};

}  // namespace vmlab::pintos_abi
