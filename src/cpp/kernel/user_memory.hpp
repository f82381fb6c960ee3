// SPDX-License-Identifier: GPL-2.0-only
// copy_in and copy_out: how a system call touches its caller's memory; a bad pointer is an error, never a crash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/address.hpp"
#include "kernel/process.hpp"

namespace vmlab {

/// Whether all of it was copied; on Fault a prefix may have been.
enum class CopyResult : std::uint8_t { Ok, Fault };

/// Each resolves faults by the same AddressSpace::resolve_fault as a trap: a page may be lazy, swapped or copy-on-write.
/// Requires: `process` is the one whose page directory CR3 holds.
/// Elsewhere: copyin, copyout (BSD), copy_from_user, copy_to_user (Linux), user_mem_check (JOS), argptr (xv6).
class UserMemory {
public:
    explicit UserMemory(Process& process) : process_(process), space_(process.space()) {}

    [[nodiscard]] CopyResult copy_in(VirtAddr from, std::span<std::byte> to);
    [[nodiscard]] CopyResult copy_out(VirtAddr to, std::span<const std::byte> from);
    [[nodiscard]] CopyResult clear(VirtAddr to, std::uint32_t bytes);
    /// The text up to its NUL; nothing when it faults before or has more than `limit` bytes.
    [[nodiscard]] std::optional<std::string> copy_in_string(VirtAddr from, std::uint32_t limit);

    template <typename T>
    [[nodiscard]] std::optional<T> read(VirtAddr from) {
        T value;
        const auto bytes = std::as_writable_bytes(std::span(&value, 1));
        return copy_in(from, bytes) == CopyResult::Ok ? std::optional<T>(value) : std::nullopt;
    }
    template <typename T>
    [[nodiscard]] CopyResult write(VirtAddr to, const T& value) {
        return copy_out(to, std::as_bytes(std::span(&value, 1)));
    }

private:
    /// The frame behind one page, after resolving a fault if need be.
    [[nodiscard]] std::optional<FrameNumber> reach(VirtAddr va, Access access);
    template <typename Step>
    [[nodiscard]] CopyResult for_each_piece(VirtAddr start, std::size_t bytes, Access access, const Step& step);

    Process& process_;
    AddressSpace& space_;
};

}  // namespace vmlab
