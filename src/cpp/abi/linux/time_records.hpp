// SPDX-License-Identifier: GPL-2.0-only
// How Linux's calls write a time: seconds and a part of one. Simulated time counts nanoseconds.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/simulated_time.hpp"

namespace vmlab::linux_abi {

/// struct timespec of the i386, and __kernel_timespec.
struct Timespec32 {
    static constexpr std::uint64_t UNIT = 1;
    std::int32_t seconds;
    std::int32_t part;
};
struct Timespec64 {
    static constexpr std::uint64_t UNIT = 1;
    std::int64_t seconds;
    std::int32_t part;
    std::int32_t padding = 0;
};
/// struct timeval of the i386.
struct Timeval {
    static constexpr std::uint64_t UNIT = 1000;
    std::int32_t seconds;
    std::int32_t part;
};

/// struct itimerspec, and __kernel_itimerspec.
template <typename Timespec>
struct TimesRecord {
    Timespec interval, value;
};

template <typename Record>
[[nodiscard]] Record make_time(std::uint64_t time) {
    return {static_cast<decltype(Record::seconds)>(time / SECOND),
            static_cast<std::int32_t>(time % SECOND / Record::UNIT)};
}

/// Nothing for a negative time, or a part that is a second or more.
template <typename Record>
[[nodiscard]] std::optional<std::uint64_t> time_of(const Record& record) {
    constexpr std::int64_t LONGEST = std::int64_t{1} << 32;
    if (record.seconds < 0 || record.part < 0 || static_cast<std::uint64_t>(record.part) * Record::UNIT >= SECOND) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(std::min<std::int64_t>(record.seconds, LONGEST)) * SECOND +
           static_cast<std::uint64_t>(record.part) * Record::UNIT;
}

}  // namespace vmlab::linux_abi
