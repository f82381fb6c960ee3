// SPDX-License-Identifier: GPL-2.0-only
// SharedSegments: memory that processes share by a key, and that stays until somebody removes it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "base/ref.hpp"
#include "kernel/ipc_table.hpp"
#include "vm/address_space.hpp"

namespace vmlab {

/// Elsewhere: shmid_kernel (Linux), shmid_ds (System V).
/// Owner: SharedSegments. Holds: one count on its object until it is removed; the mappings alone hold it then.
struct SharedSegment {
    IpcIdentity identity{};
    std::uint32_t bytes = 0;
    std::uint32_t creator = 0;  ///< pids of who made it, and of who attached or detached it last
    std::uint32_t last = 0;
    std::uint64_t attached = 0, detached = 0;  ///< simulated times
    Ref<VmObject> kept{};                      ///< empty once it is removed
    std::uint32_t object = 0;                  ///< the object's id

    [[nodiscard]] bool removed() const { return !kept; }
    [[nodiscard]] std::uint32_t pages() const { return static_cast<std::uint32_t>(page_round_up(bytes) >> PAGE_SHIFT); }
};

/// Elsewhere: ipc_ids of shmem (Linux).
/// Owner: the Kernel.
/// Invariant: a segment is there while it has not been removed or something shows its object.
class SharedSegments {
public:
    static constexpr std::uint32_t MOST = 4096;
    static constexpr std::uint32_t LARGEST = 0xFEFFFFFF;  ///< bytes

    explicit SharedSegments(VirtualMemory& vm) : vm_(vm) {}
    ~SharedSegments();
    SharedSegments(const SharedSegments&) = delete;
    SharedSegments& operator=(const SharedSegments&) = delete;

    /// Fresh memory of so many bytes, with an id and an object. Fails with NoMemory where so much cannot be promised.
    /// Requires: there is room for one more.
    [[nodiscard]] Result<SharedSegment*, VmError> create(const SharedSegment& like, Reserve reserve);
    [[nodiscard]] bool has_room();
    /// Null when there is none; valid until the next call of any of these.
    [[nodiscard]] SharedSegment* find(std::uint32_t id);
    [[nodiscard]] SharedSegment* find_by_key(std::uint32_t key);
    /// By its place in the table.
    [[nodiscard]] SharedSegment* find_by_index(std::uint32_t index);
    /// Which segment a mapping shows; null when it is none.
    [[nodiscard]] SharedSegment* find_shown(const Mapping& mapping);
    /// Its object. Requires: the segment is there.
    [[nodiscard]] VmObject& object_of(const SharedSegment& segment) const;
    /// Mappings that show it, of all processes.
    [[nodiscard]] std::uint32_t attachments(const SharedSegment& segment) const;
    /// It goes once nothing shows it any more, and nobody finds its key from here on.
    void remove(SharedSegment& segment);
    /// Mappings in the range are about to go.
    void note_detached(const AddressSpace& space, const VirtRange& range, std::uint32_t pid, std::uint64_t now);

    /// In the order of their places in the table.
    [[nodiscard]] const std::map<std::uint32_t, SharedSegment>& all();

private:
    [[nodiscard]] VmObject* find_object(const SharedSegment& segment) const;
    /// Forgets those that were removed and that nothing shows any more.
    void sweep();

    VirtualMemory& vm_;
    IpcTable<SharedSegment> segments_;
};

}  // namespace vmlab
