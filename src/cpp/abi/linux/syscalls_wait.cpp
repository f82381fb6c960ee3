// SPDX-License-Identifier: GPL-2.0-only
// What a parent is told of its children: wait4, waitpid and waitid.
#include "abi/linux/resource_usage.hpp"
#include "abi/linux/signal_frame.hpp"
#include "abi/linux/signals.hpp"
#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

namespace {

/// The names that follow W, or __W.
struct WaitOptions {
    static constexpr std::uint32_t NOHANG = 1, UNTRACED = 2, STOPPED = 2, EXITED = 4, CONTINUED = 8;
    static constexpr std::uint32_t NOWAIT = 0x01000000, NOTHREAD = 0x20000000, ALL = 0x40000000, CLONE = 0x80000000;
    static constexpr std::uint32_t OF_ALL = NOHANG | CONTINUED | NOTHREAD | ALL | CLONE;
};

/// Which children: one by its pid, those of a group, or any.
struct Wanted {
    enum class By : std::uint8_t { Any, Pid, Group } by;
    std::uint32_t id = 0;

    [[nodiscard]] bool includes(const Process& child) const {
        return by == By::Any || (by == By::Pid ? child.pid() == id : child.group == id);
    }
};

/// What is told of a child.
struct News {
    std::uint32_t pid = 0;  ///< 0: there is none
    ChildReport report{};
    ResourceUse use{};

    /// As wait() writes it.
    [[nodiscard]] std::uint32_t status_word() const {
        constexpr std::uint32_t CONTINUED = 0xFFFF, STOPPED = 0x7F, DUMPED_CORE = 0x80;
        switch (report.code) {
            case SignalCode::CHILD_EXITED:
                return report.status << 8;
            case SignalCode::CHILD_DUMPED:
                return report.status | DUMPED_CORE;
            case SignalCode::CHILD_STOPPED:
                return report.status << 8 | STOPPED;
            case SignalCode::CHILD_CONTINUED:
                return CONTINUED;
            default:
                return report.status;
        }
    }
};

/// Of a child that ended, stopped or goes on, where that is asked for. After that no more of the same, unless it is to be left.
std::optional<News> news_of(Syscall& call, Process& child, std::uint32_t options) {
    Kernel& kernel = call.kernel;
    const bool lives = kernel.has_threads(child.pid());
    const std::uint32_t wanted = !lives                               ? WaitOptions::EXITED
                                 : child.news == ChildNews::Stopped   ? WaitOptions::STOPPED
                                 : child.news == ChildNews::Continued ? WaitOptions::CONTINUED
                                                                      : 0U;
    if ((options & wanted) == 0) {
        return std::nullopt;
    }
    News news{.pid = child.pid(), .report = report_of(kernel, child), .use = kernel.use_of(child)};
    news.use += child.children_use;
    if ((options & WaitOptions::NOWAIT) != 0) {
        return news;
    }
    if (lives) {
        child.news = ChildNews::None;
    } else {
        kernel.reap(child, call.process);
    }
    return news;
}

/// A child that ends with another signal than SIGCHLD is a "clone" child, told of only to who asks for these.
bool is_of_asked_kind(const Process& child, std::uint32_t options) {
    const bool is_clone = child.end_signal != Signal::Child;
    return (options & WaitOptions::ALL) != 0 || is_clone == ((options & WaitOptions::CLONE) != 0);
}

/// A child's news, an error, or nothing yet: then the caller is blocked, or with NOHANG gets pid 0.
Result<std::optional<News>, SyscallResult> find_news(Syscall& call, Wanted wanted, std::uint32_t options) {
    bool has_child = false;
    for (Process* child : call.kernel.children_of(call.process)) {
        if (child->reaped() || !wanted.includes(*child) || !is_of_asked_kind(*child, options)) {
            continue;
        }
        if (auto news = news_of(call, *child, options)) {
            return std::optional(*news);
        }
        has_child = has_child || call.kernel.has_threads(child->pid());  // one that ended does nothing more to wait for
    }
    if (!has_child) {
        return Failure(SyscallResult(Errno::CHILD));
    }
    if ((options & WaitOptions::NOHANG) != 0) {
        return std::optional(News{});
    }
    const SyscallResult waiting = wait_for(call, Wait::ChildEnd);
    if (call.process.state() == ProcessState::Blocked) {
        return std::optional<News>();
    }
    return Failure(waiting);
}

/// As waitpid() names children.
Wanted children_named(const Syscall& call, std::uint32_t argument) {
    const auto number = static_cast<std::int32_t>(argument);
    return number > 0     ? Wanted{Wanted::By::Pid, argument}
           : number == 0  ? Wanted{Wanted::By::Group, call.process.group}
           : number == -1 ? Wanted{Wanted::By::Any}
                          : Wanted{Wanted::By::Group, 0U - argument};
}

SyscallResult wait_for_child(Syscall& call, VirtAddr usage) {
    const std::uint32_t options = call.argument(2);
    constexpr auto NOBODYS_GROUP = 0x80000000;  // its group's number would be its negative
    if ((options & ~(WaitOptions::OF_ALL | WaitOptions::UNTRACED)) != 0) {
        return Errno::INVAL;
    }
    if (call.argument(0) == NOBODYS_GROUP) {
        return Errno::SRCH;
    }
    const auto found = find_news(call, children_named(call, call.argument(0)), options | WaitOptions::EXITED);
    if (!found) {
        return found.error();
    }
    const auto& news = found.value();
    if (!news || news->pid == 0) {
        return 0U;
    }
    if (call.argument(1) != 0 && call.memory.write(call.pointer(1), news->status_word()) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    if (usage.value != 0 && call.memory.write(usage, usage_of(news->use)) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    return news->pid;
}

/// As waitid() does.
Result<Wanted, Errno> children_named_by(const Syscall& call) {
    constexpr std::uint32_t P_ALL = 0, P_PID = 1, P_PGID = 2, P_PIDFD = 3;
    const std::uint32_t id = call.argument(1);
    const auto number = static_cast<std::int32_t>(id);
    switch (call.argument(0)) {
        case P_ALL:
            return Wanted{Wanted::By::Any};
        case P_PID:
            return number > 0 ? Result<Wanted, Errno>(Wanted{Wanted::By::Pid, id}) : Failure(Errno::INVAL);
        case P_PGID:
            return number < 0 ? Result<Wanted, Errno>(Failure(Errno::INVAL))
                              : Wanted{Wanted::By::Group, number == 0 ? call.process.group : id};
        case P_PIDFD:
            return Failure(number < 0 ? Errno::INVAL : Errno::BADF);
        default:
            return Failure(Errno::INVAL);
    }
}

/// What siginfo_t says is written whatever came of it, with zeros where there is no news.
SyscallResult write_news(Syscall& call, const News& news, SyscallResult result) {
    constexpr std::uint32_t INFO = 2;
    if (call.argument(INFO) == 0) {
        return result;
    }
    struct Record {
        std::uint32_t signal, error;
        std::int32_t code;
        std::uint32_t pid, user, status;
    };
    const Record record{.signal = news.pid != 0 ? static_cast<std::uint32_t>(Signal::Child) : 0U,
                        .code = news.report.code,
                        .pid = news.pid,
                        .status = news.report.status};
    return call.memory.write(call.pointer(INFO), record) == CopyResult::Fault ? SyscallResult(Errno::FAULT) : result;
}

}  // namespace

SyscallResult sys_wait4(Syscall& call) { return wait_for_child(call, call.pointer(3)); }
SyscallResult sys_waitpid(Syscall& call) { return wait_for_child(call, VirtAddr(0)); }

SyscallResult sys_waitid(Syscall& call) {
    const std::uint32_t options = call.argument(3);
    constexpr std::uint32_t EVENTS = WaitOptions::EXITED | WaitOptions::STOPPED | WaitOptions::CONTINUED;
    const auto wanted = children_named_by(call);
    const bool known = (options & ~(WaitOptions::OF_ALL | WaitOptions::NOWAIT | EVENTS)) == 0;
    if (!known || (options & EVENTS) == 0) {
        return write_news(call, {}, Errno::INVAL);
    }
    if (!wanted) {
        return write_news(call, {}, wanted.error());
    }
    const auto found = find_news(call, wanted.value(), options);
    if (!found) {
        return write_news(call, {}, found.error());
    }
    const auto& news = found.value();
    if (!news) {
        return 0U;
    }
    if (news->pid != 0 && call.argument(4) != 0 &&
        call.memory.write(call.pointer(4), usage_of(news->use)) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    return write_news(call, *news, 0U);
}

}  // namespace vmlab::linux_abi
