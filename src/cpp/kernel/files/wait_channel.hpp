// SPDX-License-Identifier: GPL-2.0-only
// WaitChannel: what of a file a process waits for, so that who changes it wakes those and no others.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace vmlab {

/// Elsewhere: wait channel (BSD, xv6), wait_queue_head_t (Linux).
struct WaitChannel {
    enum class What : std::uint8_t {
        Input,    ///< bytes to read, or that none will come
        Output,   ///< room to write, or that nobody will read
        Opening,  ///< that somebody opens the other end
        Room,     ///< that who gets what others send takes some of it
        Unlock    ///< that a lock goes
    } what = What::Input;
    std::uint64_t inode = 0;
    bool operator==(const WaitChannel&) const = default;
};

/// How many are woken: all, or of those that would take what came from each other the one that has waited longest. Next is the
/// same once more, where one of them left something: it is no news to who only watches.
enum class WakeWho : std::uint8_t { First, Next, All };
using FileWaker = std::function<void(const WaitChannel&, WakeWho)>;

/// A process's wait for any of several channels.
struct FileWait {
    std::vector<WaitChannel> channels;
    enum class Turn : std::uint8_t {
        Shared,    ///< it looks, as poll() does: woken with all others
        Exclusive  ///< it takes what it waits for
    } turn = Turn::Shared;
    std::uint64_t place = 0;       ///< the earlier it began to wait, the smaller
    const void* behind = nullptr;  ///< who has the lock that it waits for, as RecordLocks knows owners
};

}  // namespace vmlab
