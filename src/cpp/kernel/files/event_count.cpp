// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/event_count.hpp"

namespace vmlab {

FileCount EventCount::read(ByteSink& to, std::uint32_t count) {
    if (count < sizeof count_) {
        return Failure(FileError::Invalid);
    }
    if (count_ == 0) {
        return Failure(FileError::WouldBlock);
    }
    const std::uint64_t taken = taking_ == Taking::One ? 1 : count_;
    count_ -= taken;
    wake_(channel(WaitChannel::What::Output), WakeWho::First);
    if (count_ > 0) {
        wake_(channel(WaitChannel::What::Input), WakeWho::Next);
    }
    return give_number(to, taken);
}

FileCount EventCount::write(ByteSource& from, std::uint32_t count) {
    std::uint64_t added = 0;
    if (count != sizeof added) {
        return Failure(FileError::Invalid);
    }
    if (from.get(std::as_writable_bytes(std::span(&added, 1))) < sizeof added) {
        return Failure(FileError::BadAddress);
    }
    if (added > MOST) {
        return Failure(FileError::Invalid);
    }
    if (added > MOST - count_) {
        return Failure(FileError::WouldBlock);
    }
    count_ += added;
    wake_(channel(WaitChannel::What::Input), WakeWho::First);
    if (count_ < MOST) {
        wake_(channel(WaitChannel::What::Output), WakeWho::Next);
    }
    return count;
}

}  // namespace vmlab
