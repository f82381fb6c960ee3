// SPDX-License-Identifier: GPL-2.0-only
// fork, vfork and clone: children, and threads.
#include "abi/linux/scheduling_policy.hpp"
#include "abi/linux/signals.hpp"
#include "abi/linux/syscall.hpp"
#include "abi/linux/thread_area.hpp"

namespace vmlab::linux_abi {

namespace {

/// The names that follow CLONE_, and the signal in the low byte.
struct CloneFlags {
    static constexpr std::uint32_t SIGNAL = 0xFF, VM = 0x100, FS = 0x200, FILES = 0x400, SIGHAND = 0x800;
    static constexpr std::uint32_t VFORK = 0x4000, PARENT = 0x8000, THREAD = 0x10000, SYSVSEM = 0x40000;
    static constexpr std::uint32_t SETTLS = 0x80000, PARENT_SETTID = 0x100000, CHILD_CLEARTID = 0x200000;
    static constexpr std::uint32_t DETACHED = 0x400000, CHILD_SETTID = 0x1000000;
    static constexpr std::uint32_t KNOWN = SIGNAL | VM | FS | FILES | SIGHAND | VFORK | PARENT | THREAD | SYSVSEM |
                                           SETTLS | PARENT_SETTID | CHILD_CLEARTID | DETACHED | CHILD_SETTID;
};

/// What clone is asked for.
struct CloneRequest {
    std::uint32_t flags = 0;
    VirtAddr stack;  ///< 0: the parent's
    VirtAddr parent_tid, tls, child_tid;

    [[nodiscard]] bool has(std::uint32_t flag) const { return (flags & flag) != 0; }
    [[nodiscard]] ForkSharing sharing() const {
        return {.memory = has(CloneFlags::VM),
                .files = has(CloneFlags::FILES),
                .place = has(CloneFlags::FS),
                .actions = has(CloneFlags::SIGHAND),
                .thread = has(CloneFlags::THREAD),
                .parent = has(CloneFlags::PARENT)};
    }
};

/// With vfork the parent waits until the child has given its memory back.
SyscallResult wait_for_memory(Syscall& call) {
    const Process* child = call.kernel.find_process(call.process.wait_pid);
    if (child->alive() && child->share_space() == call.process.share_space()) {
        call.kernel.block(call.process, Wait::ChildMemory);
    }
    return child->pid();
}

void set_up(Syscall& call, Process& child, const CloneRequest& request) {
    if (request.stack.value != 0) {
        TrapFrame frame = child.trap_frame();
        frame.esp = request.stack.value;
        child.set_trap_frame(frame);
    }
    child.end_signal =
        request.has(CloneFlags::THREAD) ? Signal::None : static_cast<Signal>(request.flags & CloneFlags::SIGNAL);
    reset_after_fork(child);
    if (request.has(CloneFlags::VFORK)) {
        child.signals.stack = call.process.signals.stack;
    }
    if (request.has(CloneFlags::SYSVSEM)) {
        child.semaphore_undo = call.process.ensure_semaphore_undo();
    }
    const std::uint32_t pid = child.pid();
    if (request.has(CloneFlags::CHILD_CLEARTID)) {
        child.clear_at_end = request.child_tid;
    }
    if (request.has(CloneFlags::PARENT_SETTID)) {
        static_cast<void>(call.memory.write(request.parent_tid, pid));
    }
    if (request.has(CloneFlags::CHILD_SETTID)) {
        static_cast<void>(call.kernel.write_as(child, request.child_tid, std::as_bytes(std::span(&pid, 1))));
    }
}

SyscallResult clone(Syscall& call, const CloneRequest& request) {
    if (call.resumed) {
        return wait_for_memory(call);
    }
    const bool incomplete = (request.has(CloneFlags::SIGHAND) && !request.has(CloneFlags::VM)) ||
                            (request.has(CloneFlags::THREAD) && !request.has(CloneFlags::SIGHAND));
    if (incomplete || (request.flags & CloneFlags::SIGNAL) > LAST_SIGNAL) {
        return Errno::INVAL;
    }
    if ((request.flags & ~CloneFlags::KNOWN) != 0) {
        return Errno::NOSYS;
    }
    std::optional<ThreadSegment> segment;
    if (request.has(CloneFlags::SETTLS)) {
        const auto read = read_thread_segment(call, request.tls);
        if (!read) {
            return read.error();
        }
        segment = read.value();
    }
    Process* child = call.kernel.fork(call.process, request.sharing());
    if (child == nullptr) {
        return Errno::NOMEM;
    }
    if (segment) {
        child->set_tls(segment->slot, segment->descriptor);
    }
    set_up(call, *child, request);
    if (request.has(CloneFlags::VFORK)) {
        call.process.wait_pid = child->pid();
        return wait_for_memory(call);
    }
    return child->pid();
}

constexpr auto CHILD_SIGNAL = static_cast<std::uint32_t>(Signal::Child);

}  // namespace

SyscallResult sys_fork(Syscall& call) { return clone(call, {.flags = CHILD_SIGNAL}); }

SyscallResult sys_vfork(Syscall& call) {
    return clone(call, {.flags = CloneFlags::VM | CloneFlags::VFORK | CHILD_SIGNAL});
}

SyscallResult sys_clone(Syscall& call) {
    return clone(call, {.flags = call.argument(0),
                        .stack = call.pointer(1),
                        .parent_tid = call.pointer(2),
                        .tls = call.pointer(3),
                        .child_tid = call.pointer(4)});
}

}  // namespace vmlab::linux_abi
