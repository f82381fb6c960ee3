// SPDX-License-Identifier: GPL-2.0-only
// User memory as the end of a read() or write(): one piece, or the several of readv() and writev().
#pragma once

#include <cstdint>
#include <span>

#include "kernel/files/open_file.hpp"
#include "kernel/user_memory.hpp"

namespace vmlab {

/// struct iovec.
struct UserPiece {
    std::uint32_t address = 0;
    std::uint32_t bytes = 0;
};

/// A place in a list of pieces that moves as bytes are copied, page by page, so that exactly what is there is copied.
class UserCursor {
public:
    UserCursor(UserMemory& memory, std::span<const UserPiece> pieces) : memory_(memory), pieces_(pieces) {}
    /// Leaves out what was copied before.
    void skip(std::uint32_t bytes);

protected:
    /// Calls step(address, offset, bytes) for parts within one page each, until it fails or `bytes` are done.
    template <typename Step>
    std::uint32_t advance(std::uint32_t bytes, const Step& step);

    UserMemory& memory_;

private:
    std::span<const UserPiece> pieces_;
    std::uint32_t in_piece_ = 0;
};

class UserSink : public UserCursor, public ByteSink {
public:
    using UserCursor::UserCursor;
    std::uint32_t put(std::span<const std::byte> bytes) override;
};

class UserSource : public UserCursor, public ByteSource {
public:
    using UserCursor::UserCursor;
    std::uint32_t get(std::span<std::byte> bytes) override;
};

}  // namespace vmlab
