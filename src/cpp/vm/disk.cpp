// SPDX-License-Identifier: GPL-2.0-only
#include "vm/disk.hpp"

#include <algorithm>

namespace vmlab {

std::optional<DiskModel> find_disk_model(std::string_view name) {
    const auto found = std::find_if(DISK_MODELS.begin(), DISK_MODELS.end(),
                                    [name](const DiskModel& model) { return model.name == name; });
    return found == DISK_MODELS.end() ? std::nullopt : std::optional(*found);
}

DiskRequest Disk::submit(IoDirection direction, std::uint32_t pages, std::uint64_t now) {
    free_at_ = std::max(free_at_, now) + model_.access + pages * model_.per_page;
    DiskRequest request{.direction = direction, .done_at = free_at_};
    std::uint32_t& failing = failing_[index(direction)];
    if (failing > 0) {
        --failing;
        request.result = IoResult::Failed;
    } else {
        ++done_[index(direction)];
    }
    return request;
}

}  // namespace vmlab
