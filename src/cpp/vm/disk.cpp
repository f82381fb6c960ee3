// SPDX-License-Identifier: GPL-2.0-only
#include "vm/disk.hpp"

#include <algorithm>

namespace vmlab {

std::optional<DiskModel> find_disk_model(std::string_view name) {
    const auto found = std::find_if(DISK_MODELS.begin(), DISK_MODELS.end(),
                                    [name](const DiskModel& model) { return model.name == name; });
    return found == DISK_MODELS.end() ? std::nullopt : std::optional(*found);
}

IoResult Disk::transfer(IoDirection direction) {
    std::uint32_t& failing = failing_[index(direction)];
    if (failing > 0) {
        --failing;
        return IoResult::Failed;
    }
    ++done_[index(direction)];
    return IoResult::Ok;
}

}  // namespace vmlab
