// SPDX-License-Identifier: GPL-2.0-only
// ResourceLimits: how much of each resource a process may use, and how much it may allow itself.
#pragma once

#include <array>
#include <cstdint>

#include "base/ref.hpp"
#include "vm/virtual_memory.hpp"

namespace vmlab {

enum class Resource : std::uint8_t {
    CpuTime,
    FileSize,
    Data,
    Stack,
    Core,
    Resident,
    Processes,
    OpenFiles,
    LockedMemory,
    AddressSpace,
    FileLocks,
    PendingSignals,
    MessageQueues,
    Nice,
    RealtimePriority,
    RealtimeTime,
};

struct ResourceLimit {
    static constexpr std::uint64_t UNLIMITED = ~std::uint64_t{0};
    std::uint64_t current = UNLIMITED;  ///< that is heeded; Elsewhere: the soft limit
    std::uint64_t maximum = UNLIMITED;  ///< to which the process may raise it; Elsewhere: the hard limit
};

/// Elsewhere: struct rlimit in signal_struct (Linux), struct plimit (BSD).
/// Owner: the threads of a process together; a forked child has a copy.
/// Invariant: what the address space heeds is what the table says.
class ResourceLimits : public RefCounted {
public:
    [[nodiscard]] const ResourceLimit& operator[](Resource resource) const {
        return limits_[static_cast<std::size_t>(resource)];
    }
    void set(Resource resource, const ResourceLimit& limit) {
        limits_[static_cast<std::size_t>(resource)] = limit;
        space_ = {.mapped = (*this)[Resource::AddressSpace].current,
                  .data = (*this)[Resource::Data].current,
                  .stack = (*this)[Resource::Stack].current};
    }
    /// Those of an address space, where the virtual memory finds them.
    [[nodiscard]] const SpaceLimits& space() const { return space_; }
    [[nodiscard]] Ref<ResourceLimits> copy() const {
        auto made = make_ref<ResourceLimits>();
        made->limits_ = limits_;
        made->space_ = space_;
        return made;
    }

private:
    static constexpr std::size_t COUNT = static_cast<std::size_t>(Resource::RealtimeTime) + 1;
    std::array<ResourceLimit, COUNT> limits_{};
    SpaceLimits space_;
};

}  // namespace vmlab
