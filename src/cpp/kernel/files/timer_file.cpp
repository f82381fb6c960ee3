// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/timer_file.hpp"

namespace vmlab {

void TimerFiles::remove(const TimerFile& file) {
    std::erase(files_, &file);
    find_next();
}

void TimerFiles::find_next() {
    next_ = NEVER;
    for (const TimerFile* file : files_) {
        next_ = std::min(next_, file->wake_at());
    }
}

void TimerFiles::expire_those_before(std::uint64_t now) {
    for (TimerFile* file : files_) {
        if (file->wake_at() <= now) {
            file->expire();
        }
    }
    find_next();
}

TimerFile::TimerFile(Ref<Inode> inode, TimerFiles& all, const FileClock& clock, const FileWaker& wake)
    : AnonymousFile(std::move(inode)), all_(all), clock_(clock), wake_(wake) {
    all_.add(*this);
}

TimerFile::~TimerFile() { all_.remove(*this); }

void TimerFile::wake_next_at(std::uint64_t time) {
    wake_at_ = time == 0 ? NEVER : time;
    all_.find_next();
}

void TimerFile::set(const IntervalTimer& times) {
    times_ = times;
    wake_next_at(times_.at);
}

std::uint64_t TimerFile::expirations() const {
    const std::uint64_t now = clock_();
    if (times_.at == 0 || now < times_.at) {
        return 0;
    }
    return times_.interval == 0 ? 1 : (now - times_.at) / times_.interval + 1;
}

TimerFile::Rest TimerFile::rest() const {
    const std::uint64_t next = times_.at + expirations() * times_.interval, now = clock_();
    return {.left = next - std::min(next, now), .interval = times_.interval};
}

TimerFile::Rest TimerFile::look() {
    const Rest found = rest();
    if (expirations() > 0 && times_.interval != 0) {
        wake_next_at(clock_() + found.left);
    }
    return found;
}

void TimerFile::expire() {
    wake_at_ = NEVER;
    wake_(channel(WaitChannel::What::Input), WakeWho::First);
}

FileCount TimerFile::read(ByteSink& to, std::uint32_t count) {
    const std::uint64_t taken = expirations();
    if (count < sizeof taken) {
        return Failure(FileError::Invalid);
    }
    if (taken == 0) {
        return Failure(FileError::WouldBlock);
    }
    times_.at = times_.interval == 0 ? 0 : times_.at + taken * times_.interval;
    wake_next_at(times_.at);
    return give_number(to, taken);
}

}  // namespace vmlab
