// SPDX-License-Identifier: GPL-2.0-only
// What the objects of System V have in common: ids, keys and owners, and the table where they are found by them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "base/panic.hpp"

namespace vmlab {

/// Elsewhere: struct kern_ipc_perm (Linux), struct ipc_perm.
struct IpcIdentity {
    std::uint32_t id = 0;
    std::uint32_t key = 0;  ///< 0: nobody finds it by one
    std::uint32_t permissions = 0;
    std::uint32_t user = 0, group = 0;
    std::uint64_t changed = 0;  ///< the simulated time when it was made, or its owner or rights were set
};

/// What such objects need of the kernel: to wake who waits for one, and the time.
struct IpcHost {
    std::function<void(std::uint32_t pid)> wake;
    std::function<std::uint64_t()> now;
};

/// Elsewhere: struct ipc_ids (Linux). Object has an IpcIdentity, `identity`.
template <typename Object>
class IpcTable {
public:
    /// An id is a sequence number times this, and the place in the table.
    static constexpr std::uint32_t INDEXES = 32768;

    /// Gives it an id. Requires: fewer than INDEXES are there.
    Object& add(Object object) {
        require(objects_.size() < INDEXES, "there is room for one more");
        std::uint32_t index = 0;
        while (objects_.contains(index)) {
            ++index;
        }
        if (index <= last_added_ && !objects_.empty()) {
            sequence_ = (sequence_ + 1) % SEQUENCES;
        }
        last_added_ = index;
        object.identity.id = sequence_ * INDEXES + index;
        return objects_.emplace(index, std::move(object)).first->second;
    }
    /// These are null when there is none; what they find is valid until it is removed.
    [[nodiscard]] Object* find(std::uint32_t id) {
        Object* const object = find_by_index(id % INDEXES);
        return object != nullptr && object->identity.id == id ? object : nullptr;
    }
    [[nodiscard]] Object* find_by_key(std::uint32_t key) {
        const auto found =
            std::ranges::find_if(objects_, [key](const auto& entry) { return entry.second.identity.key == key; });
        return key == 0 || found == objects_.end() ? nullptr : &found->second;
    }
    /// By its place in the table.
    [[nodiscard]] Object* find_by_index(std::uint32_t index) {
        const auto found = objects_.find(index);
        return found == objects_.end() ? nullptr : &found->second;
    }
    void remove(const Object& object) { objects_.erase(object.identity.id % INDEXES); }
    template <typename Gone>
    void remove_if(const Gone& gone) {
        std::erase_if(objects_, [&gone](const auto& entry) { return gone(entry.second); });
    }
    /// In the order of their places in the table.
    [[nodiscard]] const std::map<std::uint32_t, Object>& all() const { return objects_; }
    [[nodiscard]] std::map<std::uint32_t, Object>& all() { return objects_; }

private:
    static constexpr std::uint32_t SEQUENCES = 65536;

    std::map<std::uint32_t, Object> objects_;  ///< by index
    std::uint32_t last_added_ = 0;             ///< its index
    std::uint32_t sequence_ = 0;               ///< makes ids of one index differ
};

}  // namespace vmlab
