// SPDX-License-Identifier: GPL-2.0-only
// eventfd, and the epoll family.
#include <limits>

#include "abi/linux/event_set.hpp"
#include "abi/linux/file_status.hpp"
#include "abi/linux/found_file.hpp"
#include "abi/linux/open_flags.hpp"
#include "abi/linux/time_records.hpp"
#include "abi/linux/timeouts.hpp"
#include "kernel/files/event_count.hpp"

namespace vmlab::linux_abi {

namespace {

SyscallResult make_event_count(Syscall& call, std::uint32_t flags) {
    constexpr std::uint32_t SEMAPHORE = 1;
    if ((flags & ~(SEMAPHORE | OpenFlags::NONBLOCK | OpenFlags::CLOEXEC)) != 0) {
        return Errno::INVAL;
    }
    RamFilesystem& files = call.kernel.filesystem();
    const auto taking = (flags & SEMAPHORE) != 0 ? EventCount::Taking::One : EventCount::Taking::All;
    auto count = make_ref<EventCount>(files.make_nothing(), std::uint64_t{call.argument(0)}, taking, files.waker());
    count->set_block_mode(block_mode(flags));
    return call.process.files().install(std::move(count), 0, close_on_exec(flags));
}

SyscallResult make_event_set(Syscall& call, std::uint32_t flags) {
    if ((flags & ~OpenFlags::CLOEXEC) != 0) {
        return Errno::INVAL;
    }
    RamFilesystem& files = call.kernel.filesystem();
    return call.process.files().install(make_ref<EventSet>(files.make_nothing(), files), 0, close_on_exec(flags));
}

/// struct epoll_event, which is packed.
struct WatchedEvent {
    std::uint32_t events;
    std::uint32_t data[2];
    [[nodiscard]] EventSet::Interest interest() const {
        return {.events = events, .data = data[0] | std::uint64_t{data[1]} << 32};
    }
};
static_assert(sizeof(WatchedEvent) == 12);

/// Whether a file can be waited for at all: one with pages is always ready.
bool can_wait_for(const OpenFile& file) { return flows(file.status().type) || file.terminal() != nullptr; }

enum Control : std::uint32_t { ADD = 1, REMOVE = 2, CHANGE = 3 };

SyscallResult add(EventSet& set, std::uint32_t descriptor, OpenFile& file, const EventSet::Interest& interest) {
    using E = PollEvents;
    constexpr std::uint32_t MOST_DEPTH = 5;
    constexpr std::uint32_t WITH_EXCLUSIVE =
        E::IN | E::OUT | E::ERR | E::HUP | WatchFlags::WAKEUP | WatchFlags::EDGE | WatchFlags::EXCLUSIVE;
    const auto* const inner = dynamic_cast<const EventSet*>(&file);
    if ((interest.events & WatchFlags::EXCLUSIVE) != 0 &&
        (inner != nullptr || (interest.events & ~WITH_EXCLUSIVE) != 0)) {
        return Errno::INVAL;
    }
    if (inner != nullptr && (inner->contains(set) || set.depth_above() + inner->depth() > MOST_DEPTH)) {
        return Errno::LOOP;
    }
    return set.add(descriptor, file, interest);
}

SyscallResult control(EventSet& set, std::uint32_t operation, std::uint32_t descriptor, OpenFile& file,
                      const EventSet::Interest& interest) {
    switch (operation) {
        case ADD:
            return add(set, descriptor, file, interest);
        case REMOVE:
            return set.remove({descriptor, &file});
        case CHANGE:
            return (interest.events & WatchFlags::EXCLUSIVE) != 0 ? SyscallResult(Errno::INVAL)
                                                                  : set.change({descriptor, &file}, interest);
        default:
            return Errno::INVAL;
    }
}

Result<Ref<EventSet>, Errno> find_set(const Syscall& call) {
    return find_file<EventSet>(call, call.argument(0), Errno::INVAL);
}

/// Writes those that are ready. Fails: FAULT where the first cannot be.
SyscallResult tell_ready(Syscall& call, EventSet& set) {
    VirtAddr to = call.pointer(1);
    bool failed = false;
    const std::uint32_t told = set.tell_ready(call.argument(2), [&](std::uint32_t events, std::uint64_t data) {
        const WatchedEvent event{events, {static_cast<std::uint32_t>(data), static_cast<std::uint32_t>(data >> 32)}};
        failed = call.memory.write(to, event) == CopyResult::Fault;
        to = to + static_cast<std::uint32_t>(sizeof event);
        return !failed;
    });
    return failed && told == 0 ? SyscallResult(Errno::FAULT) : SyscallResult(told);
}

SyscallResult wait_for_events(Syscall& call, const std::optional<std::uint64_t>& timeout) {
    const std::uint64_t deadline = deadline_of(call, timeout);
    constexpr std::uint32_t MOST = std::numeric_limits<std::int32_t>::max() / sizeof(WatchedEvent);
    const std::uint32_t most = call.argument(2);
    if (most == 0 || most > MOST) {
        return Errno::INVAL;
    }
    if (call.argument(1) > call.process.space().whole().size() - most * sizeof(WatchedEvent)) {
        return Errno::FAULT;
    }
    const auto set = find_set(call);
    if (!set) {
        return set.error();
    }
    const SyscallResult told = tell_ready(call, *set.value());
    if (told.eax != 0 || call.kernel.now() >= deadline) {
        return told;
    }
    return wait_for(call, {.channels = set.value()->channels(), .turn = FileWait::Turn::Exclusive}, OnSignal::Never,
                    deadline);
}

SyscallResult wait_with_mask(Syscall& call, const std::optional<std::uint64_t>& timeout) {
    if (const auto mask = wait_with_mask(call, call.pointer(4), call.argument(5)); !mask) {
        return mask.error();
    }
    const SyscallResult result = wait_for_events(call, timeout);
    end_mask(call);
    return result;
}

}  // namespace

SyscallResult sys_eventfd(Syscall& call) { return make_event_count(call, 0); }
SyscallResult sys_eventfd2(Syscall& call) { return make_event_count(call, call.argument(1)); }

SyscallResult sys_epoll_create(Syscall& call) {
    return static_cast<std::int32_t>(call.argument(0)) <= 0 ? SyscallResult(Errno::INVAL) : make_event_set(call, 0);
}
SyscallResult sys_epoll_create1(Syscall& call) { return make_event_set(call, call.argument(0)); }

SyscallResult sys_epoll_ctl(Syscall& call) {
    const std::uint32_t operation = call.argument(1);
    WatchedEvent event{};
    if (operation != REMOVE) {
        const auto read = call.memory.read<WatchedEvent>(call.pointer(3));
        if (!read) {
            return Errno::FAULT;
        }
        event = *read;
    }
    OpenFile* const holder = call.process.files().find(call.argument(0));
    OpenFile* const file = call.process.files().find(call.argument(2));
    if (holder == nullptr || file == nullptr) {
        return Errno::BADF;
    }
    if (!can_wait_for(*file)) {
        return Errno::PERM;
    }
    const auto set = find_set(call);
    if (!set || holder == file) {
        return Errno::INVAL;
    }
    return control(*set.value(), operation, call.argument(2), *file, event.interest());
}

SyscallResult sys_epoll_wait(Syscall& call) { return wait_for_events(call, time_in_milliseconds(call.argument(3))); }
SyscallResult sys_epoll_pwait(Syscall& call) { return wait_with_mask(call, time_in_milliseconds(call.argument(3))); }

SyscallResult sys_epoll_pwait2(Syscall& call) {
    const auto timeout = read_timeout<Timespec64>(call, call.pointer(3));
    return timeout ? wait_with_mask(call, timeout.value()) : SyscallResult(timeout.error());
}

}  // namespace vmlab::linux_abi
