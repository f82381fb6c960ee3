// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/user_buffers.hpp"

#include <algorithm>

namespace vmlab {

template <typename Step>
std::uint32_t UserCursor::advance(std::uint32_t bytes, const Step& step) {
    std::uint32_t done = 0;
    while (done < bytes && !pieces_.empty()) {
        const UserPiece& piece = pieces_.front();
        if (in_piece_ == piece.bytes) {
            pieces_ = pieces_.subspan(1);
            in_piece_ = 0;
            continue;
        }
        const VirtAddr address = VirtAddr(piece.address) + in_piece_;
        const std::uint32_t part = std::min({bytes - done, piece.bytes - in_piece_, PAGE_SIZE - address.offset()});
        if (step(address, done, part) == CopyResult::Fault) {
            break;
        }
        done += part;
        in_piece_ += part;
    }
    return done;
}

void UserCursor::skip(std::uint32_t bytes) {
    advance(bytes, [](VirtAddr, std::uint32_t, std::uint32_t) { return CopyResult::Ok; });
}

std::uint32_t UserSink::put(std::span<const std::byte> bytes) {
    return advance(static_cast<std::uint32_t>(bytes.size()),
                   [&](VirtAddr address, std::uint32_t offset, std::uint32_t part) {
                       return memory_.copy_out(address, bytes.subspan(offset, part));
                   });
}

std::uint32_t UserSource::get(std::span<std::byte> bytes) {
    return advance(static_cast<std::uint32_t>(bytes.size()),
                   [&](VirtAddr address, std::uint32_t offset, std::uint32_t part) {
                       return memory_.copy_in(address, bytes.subspan(offset, part));
                   });
}

}  // namespace vmlab
