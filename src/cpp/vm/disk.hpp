// SPDX-License-Identifier: GPL-2.0-only
// Disk: how long a transfer takes in simulated time, and which transfers fail because a test wants them to.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "trace/vocabulary.hpp"

namespace vmlab {

/// What a transfer costs, in units of simulated time; one unit is one instruction, to be read as a nanosecond.
struct DiskModel {
    std::string_view name;
    std::uint64_t access = 0;    ///< before the first page: seek and rotation, or a command's overhead
    std::uint64_t per_page = 0;  ///< for each page of 4 KB
};

/// "memory": no time at all. "ssd": 100 us and 8 us a page. "hdd": 8 ms to seek, 4 ms to turn, 40 us a page.
inline constexpr std::array DISK_MODELS{
    DiskModel{"memory", 0, 0},
    DiskModel{"ssd", 100'000, 8'000},
    DiskModel{"hdd", 12'000'000, 40'000},
};
[[nodiscard]] std::optional<DiskModel> find_disk_model(std::string_view name);

enum class DiskName : std::uint8_t { Swap, Files };

/// How a transfer that was handed to a disk will end, and when.
struct DiskRequest {
    IoDirection direction = IoDirection::Read;
    IoResult result = IoResult::Ok;
    std::uint64_t done_at = 0;
};

/// Does one transfer after the other, in the order in which they are handed to it.
/// Owner: the VirtualMemory, one for swap and one for files.
class Disk {
public:
    explicit Disk(const DiskModel& model) : model_(model) {}

    [[nodiscard]] const DiskModel& model() const { return model_; }
    /// Takes on one transfer of neighbouring pages, which begins when those before it are done. It fails if it was told to.
    [[nodiscard]] DiskRequest submit(IoDirection direction, std::uint32_t pages, std::uint64_t now);
    /// The next transfers in this direction fail: fault injection.
    void fail_next(IoDirection direction, std::uint32_t transfers) { failing_[index(direction)] = transfers; }
    /// Those handed to it that did not fail, or will not.
    [[nodiscard]] std::uint64_t transfers(IoDirection direction) const { return done_[index(direction)]; }

private:
    [[nodiscard]] static std::size_t index(IoDirection direction) { return static_cast<std::size_t>(direction); }

    DiskModel model_;
    std::array<std::uint32_t, 2> failing_{};
    std::array<std::uint64_t, 2> done_{};
    std::uint64_t free_at_ = 0;  ///< when all that it was handed is done
};

}  // namespace vmlab
