// SPDX-License-Identifier: GPL-2.0-only
// TimerFile: a timer that processes read and wait for as for a file; and TimerFiles, all that there are.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/simulated_time.hpp"
#include "kernel/files/anonymous_file.hpp"
#include "kernel/files/open_inode.hpp"
#include "kernel/timers.hpp"

namespace vmlab {

class TimerFile;

/// Knows which timer expires next, and tells those that have.
/// Owner: their filesystem. Holds: nothing; a timer leaves when it ends.
class TimerFiles {
public:
    void add(TimerFile& file) { files_.push_back(&file); }
    void remove(const TimerFile& file);
    /// The next time at which somebody may have to be woken; NEVER where there is none.
    [[nodiscard]] std::uint64_t next() const { return next_; }
    /// To be called when a timer was set.
    void find_next();
    void expire(std::uint64_t now) {
        if (next_ <= now) [[unlikely]] {
            expire_those_before(now);
        }
    }

private:
    void expire_those_before(std::uint64_t now);
    std::vector<TimerFile*> files_;
    std::uint64_t next_ = NEVER;
};

/// Once it has expired, waiters are woken, and again only after somebody has looked at it.
/// Elsewhere: timerfd_ctx (Linux).
/// Owner: counted by the descriptors that refer to it. Requires: clock, waker and the list outlive it.
class TimerFile : public AnonymousFile {
public:
    TimerFile(Ref<Inode> inode, TimerFiles& all, const FileClock& clock, const FileWaker& wake);
    ~TimerFile() override;

    /// Forgets what it has expired so far. A time of 0 stops it.
    void set(const IntervalTimer& times);
    /// The time left until it expires next, 0 where it does no more; and its interval.
    struct Rest {
        std::uint64_t left = 0;
        std::uint64_t interval = 0;
    };
    [[nodiscard]] Rest rest() const;
    /// The same, after which its next expiry wakes again.
    [[nodiscard]] Rest look();

    /// When waiters must be woken; NEVER: not until it is set, read or looked at.
    [[nodiscard]] std::uint64_t wake_at() const { return wake_at_; }
    void expire();

    /// Eight bytes: how often it has expired since it was set or read. Fails: Invalid, WouldBlock.
    FileCount read(ByteSink& to, std::uint32_t count) override;
    FileCount write(ByteSource&, std::uint32_t) override { return Failure(FileError::Invalid); }
    [[nodiscard]] Readiness readiness() const override {
        return {.input = expirations() > 0, .output = false, .words = Readiness::Words::Bare};
    }
    [[nodiscard]] std::optional<WaitChannel> wait_channel(Direction direction) const override {
        return direction == Direction::Input ? std::optional(channel(WaitChannel::What::Input)) : std::nullopt;
    }
    [[nodiscard]] std::string path() const override { return "anon_inode:[timerfd]"; }

private:
    [[nodiscard]] std::uint64_t expirations() const;
    void wake_next_at(std::uint64_t time);

    TimerFiles& all_;
    const FileClock& clock_;
    const FileWaker& wake_;
    IntervalTimer times_;  ///< at: the first expiry that nobody has read
    std::uint64_t wake_at_ = NEVER;
};

}  // namespace vmlab
