// SPDX-License-Identifier: GPL-2.0-only
// System V message queues: what msgget, msgsnd, msgrcv and msgctl do.
#include <algorithm>
#include <limits>
#include <vector>

#include "abi/linux/ipc_records.hpp"
#include "abi/linux/signals.hpp"
#include "abi/linux/timeouts.hpp"

namespace vmlab::linux_abi {

namespace {

/// The names that follow MSG_: flags of msgrcv(), and commands of msgctl().
struct MsgFlags {
    static constexpr std::uint32_t NOERROR = 010000, EXCEPT = 020000, COPY = 040000;
    static constexpr std::uint32_t STAT = 11, INFO = 12, STAT_ANY = 13;
};

/// struct msqid64_ds.
struct QueueStatus {
    IpcRecord record;
    std::uint32_t sent[2], received[2], changed[2];
    std::uint32_t bytes, messages, most_bytes, last_sender, last_receiver, spare[2];
};
static_assert(sizeof(QueueStatus) == 88);

/// struct msqid_ds, of the calls before.
struct OldQueueStatus {
    OldIpcRecord record;
    std::uint32_t pointers[2], sent, received, changed, unused[2];
    std::uint16_t bytes, messages, most_bytes, last_sender, last_receiver, padding;
};
static_assert(sizeof(OldQueueStatus) == 56);

/// struct msginfo.
struct MessageLimits {
    std::uint32_t pool, map, longest, most_bytes, queues, segment_size, headers;
    std::uint16_t segments, padding;
};

SyscallResult make_queue(Syscall& call, std::uint32_t key, std::uint32_t flags) {
    IpcTable<MessageQueue>& table = call.kernel.messages().table();
    if (table.all().size() >= MessageQueues::MOST) {
        return Errno::NOSPC;
    }
    return table
        .add({.identity = {.key = key, .permissions = flags & IpcFlags::PERMISSIONS, .changed = call.kernel.now()},
              .most_bytes = MessageQueues::MOST_BYTES})
        .identity.id;
}

/// Fails: FAULT, INVAL.
Result<Message, Errno> read_message(Syscall& call, VirtAddr from, std::uint32_t bytes) {
    const auto type = call.memory.read<std::int32_t>(from);
    if (!type) {
        return Failure(Errno::FAULT);
    }
    if (bytes > MessageQueues::LONGEST || *type < 1) {
        return Failure(Errno::INVAL);
    }
    Message message{*type, std::vector<std::byte>(bytes)};
    return call.memory.copy_in(from + sizeof *type, message.text) == CopyResult::Ok
               ? Result<Message, Errno>(std::move(message))
               : Failure(Errno::FAULT);
}

// Who was interrupted makes the call again, unless a handler ran.
SyscallResult wait_for_message(Syscall& call) {
    return unless_interrupted(call, OnSignal::RestartNoHandler,
                              [&] { call.kernel.block_until(call.process, Wait::Ipc, NEVER); });
}

SyscallResult send(Syscall& call, MessageQueue& queue, Message message, std::uint32_t flags) {
    MessageQueues& queues = call.kernel.messages();
    if (MessageQueues::has_room(queue, message.text.size())) {
        queues.send(queue, std::move(message), call.process.thread_group);
        return 0U;
    }
    if ((flags & IpcFlags::NOWAIT) != 0) {
        return Errno::AGAIN;
    }
    const SyscallResult waited = wait_for_message(call);
    if (call.process.state() == ProcessState::Blocked) {
        queues.wait_to_send(queue, call.process.pid(), std::move(message));
    }
    return waited;
}

/// Its message is the one that was there when the call was made.
SyscallResult go_on_sending(Syscall& call, std::uint32_t id, std::uint32_t flags) {
    MessageQueues& queues = call.kernel.messages();
    Message message = queues.stop_sending(call.process.pid());
    MessageQueue* const queue = queues.table().find(id);
    if (queue == nullptr) {
        return Errno::IDRM;
    }
    return !call.process.signals.deliverable().empty() ? interrupted(call, OnSignal::RestartNoHandler)
                                                       : send(call, *queue, std::move(message), flags);
}

/// Fails: INVAL.
Result<MessageWish, Errno> wish_of(std::uint32_t bytes, std::int32_t type, std::uint32_t flags) {
    using Match = MessageWish::Match;
    constexpr std::int32_t LARGEST = std::numeric_limits<std::int32_t>::max();
    const bool copies = (flags & MsgFlags::COPY) != 0;
    if (copies && ((flags & MsgFlags::EXCEPT) != 0 || (flags & IpcFlags::NOWAIT) == 0)) {
        return Failure(Errno::INVAL);
    }
    MessageWish wish{.type = type, .room = bytes};
    wish.too_long = (flags & MsgFlags::NOERROR) != 0 ? MessageWish::TooLong::Cut : MessageWish::TooLong::Refused;
    wish.match = copies                            ? Match::Place
                 : type == 0                       ? Match::Any
                 : type < 0                        ? Match::LowestType
                 : (flags & MsgFlags::EXCEPT) != 0 ? Match::OtherType
                                                   : Match::Type;
    if (wish.match == Match::LowestType) {
        wish.type = type == std::numeric_limits<std::int32_t>::min() ? LARGEST : -type;
    }
    return wish;
}

/// The message is out of the queue, whether or not there is memory to put it.
SyscallResult give_message(Syscall& call, VirtAddr to, std::uint32_t room, const MessageQueues::Received& received) {
    if (!received) {
        return received.error() == MessageError::NoMessage ? Errno::NOMSG
               : received.error() == MessageError::TooLong ? Errno::TOOBIG
                                                           : Errno::IDRM;
    }
    const Message& message = received.value();
    const auto text = std::span(message.text).first(std::min<std::size_t>(room, message.text.size()));
    if (call.memory.write(to, message.type) == CopyResult::Fault ||
        call.memory.copy_out(to + sizeof message.type, text) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    return static_cast<std::uint32_t>(text.size());
}

SyscallResult go_on_receiving(Syscall& call, VirtAddr to, std::uint32_t room) {
    MessageQueues& queues = call.kernel.messages();
    if (const auto received = queues.take_received(call.process.pid())) {
        return give_message(call, to, room, *received);
    }
    const SyscallResult waited = wait_for_message(call);
    if (call.process.state() != ProcessState::Blocked) {
        queues.leave(call.process.pid());
    }
    return waited;
}

}  // namespace

SyscallResult get_message_queue(Syscall& call, std::uint32_t key, std::uint32_t flags) {
    return find_or_make(
        call.kernel.messages().table(), key, flags, [](const MessageQueue&) { return true; },
        [&] { return make_queue(call, key, flags); });
}

SyscallResult send_message(Syscall& call, std::uint32_t id, VirtAddr from, std::uint32_t bytes, std::uint32_t flags) {
    if (call.resumed) {
        return go_on_sending(call, id, flags);
    }
    auto message = read_message(call, from, bytes);
    if (!message) {
        return message.error();
    }
    MessageQueue* const queue = static_cast<std::int32_t>(id) < 0 ? nullptr : call.kernel.messages().table().find(id);
    return queue == nullptr ? SyscallResult(Errno::INVAL) : send(call, *queue, std::move(message).take(), flags);
}

SyscallResult receive_message(Syscall& call, std::uint32_t id, VirtAddr to, std::uint32_t bytes, std::uint32_t type,
                              std::uint32_t flags) {
    if (call.resumed) {
        return go_on_receiving(call, to, bytes);
    }
    if (static_cast<std::int32_t>(id) < 0 || static_cast<std::int32_t>(bytes) < 0) {
        return Errno::INVAL;
    }
    const auto wish = wish_of(bytes, static_cast<std::int32_t>(type), flags);
    if (!wish) {
        return wish.error();
    }
    MessageQueues& queues = call.kernel.messages();
    MessageQueue* const queue = queues.table().find(id);
    if (queue == nullptr) {
        return Errno::INVAL;
    }
    const auto received = queues.receive(*queue, wish.value(), call.process.thread_group);
    const bool waits = !received && received.error() == MessageError::NoMessage && (flags & IpcFlags::NOWAIT) == 0;
    if (!waits) {
        return give_message(call, to, bytes, received);
    }
    queues.wait_to_receive(*queue, call.process.pid(), wish.value());
    return go_on_receiving(call, to, bytes);
}

namespace {

SyscallResult tell_limits(Syscall& call, std::uint32_t command, VirtAddr to) {
    constexpr std::uint32_t SEGMENT = 16, SEGMENTS = 0xFFFF, KIB = 1024;
    constexpr std::uint32_t MOST = MessageQueues::MOST, MOST_BYTES = MessageQueues::MOST_BYTES;
    IpcTable<MessageQueue>& table = call.kernel.messages().table();
    MessageLimits limits{.pool = MOST * MOST_BYTES / KIB,
                         .map = MOST_BYTES,
                         .longest = MessageQueues::LONGEST,
                         .most_bytes = MOST_BYTES,
                         .queues = MOST,
                         .segment_size = SEGMENT,
                         .headers = MOST_BYTES,
                         .segments = SEGMENTS};
    if (command == MsgFlags::INFO) {
        limits.pool = static_cast<std::uint32_t>(table.all().size());
        limits.map = limits.headers = 0;
        for (const auto& [index, queue] : table.all()) {
            limits.map += static_cast<std::uint32_t>(queue.messages.size());
            limits.headers += queue.bytes;
        }
    }
    return call.memory.write(to, limits) == CopyResult::Ok ? SyscallResult(last_index(table))
                                                           : SyscallResult(Errno::FAULT);
}

SyscallResult tell_status(Syscall& call, const MessageQueue& queue, VirtAddr to, IpcLayout layout) {
    const QueueStatus status{.record = record_of(queue.identity),
                             .sent = {ipc_seconds(queue.sent)},
                             .received = {ipc_seconds(queue.received)},
                             .changed = {ipc_seconds(queue.identity.changed)},
                             .bytes = queue.bytes,
                             .messages = static_cast<std::uint32_t>(queue.messages.size()),
                             .most_bytes = queue.most_bytes,
                             .last_sender = queue.last_sender,
                             .last_receiver = queue.last_receiver};
    if (layout == IpcLayout::Wide) {
        return call.memory.write(to, status);
    }
    const auto narrow = [](std::uint32_t count) { return ipc_narrow(std::min(count, 0xFFFFU)); };
    return call.memory.write(to, OldQueueStatus{.record = old_record_of(status.record),
                                                .sent = status.sent[0],
                                                .received = status.received[0],
                                                .changed = status.changed[0],
                                                .bytes = narrow(status.bytes),
                                                .messages = narrow(status.messages),
                                                .most_bytes = narrow(status.most_bytes),
                                                .last_sender = ipc_narrow(status.last_sender),
                                                .last_receiver = ipc_narrow(status.last_receiver)});
}

/// How many bytes a queue may hold, as IPC_SET takes it from a status.
std::optional<std::uint32_t> read_wanted_bytes(UserMemory& memory, VirtAddr from, IpcLayout layout) {
    if (layout == IpcLayout::Wide) {
        const auto wide = memory.read<QueueStatus>(from);
        return wide ? std::optional(wide->most_bytes) : std::nullopt;
    }
    const auto old = memory.read<OldQueueStatus>(from);
    return old ? std::optional<std::uint32_t>(old->most_bytes) : std::nullopt;
}

SyscallResult change(Syscall& call, std::uint32_t id, VirtAddr from, IpcLayout layout) {
    const auto wanted = read_wanted_identity<QueueStatus, OldQueueStatus>(call.memory, from, layout);
    const auto bytes = read_wanted_bytes(call.memory, from, layout);
    if (!wanted || !bytes) {
        return Errno::FAULT;
    }
    MessageQueues& queues = call.kernel.messages();
    MessageQueue* const queue = queues.table().find(id);
    if (queue == nullptr) {
        return Errno::INVAL;
    }
    change_identity(queue->identity, *wanted, call.kernel.now());
    queues.resize(*queue, *bytes);
    return 0U;
}

}  // namespace

SyscallResult control_message_queue(Syscall& call, std::uint32_t id, std::uint32_t command, VirtAddr buffer,
                                    IpcLayout layout) {
    if (static_cast<std::int32_t>(id) < 0) {
        return Errno::INVAL;
    }
    MessageQueues& queues = call.kernel.messages();
    const bool by_index = command == MsgFlags::STAT || command == MsgFlags::STAT_ANY;
    switch (command) {
        case IpcFlags::INFO:
        case MsgFlags::INFO:
            return tell_limits(call, command, buffer);
        case IpcFlags::SET:
            return change(call, id, buffer, layout);
        case IpcFlags::STAT:
        case IpcFlags::RMID:
            break;
        default:
            if (!by_index) {
                return Errno::INVAL;
            }
    }
    const MessageQueue* const queue = by_index ? queues.table().find_by_index(id) : queues.table().find(id);
    if (queue == nullptr) {
        return Errno::INVAL;
    }
    if (command == IpcFlags::RMID) {
        queues.remove(*queue);
        return 0U;
    }
    const SyscallResult told = tell_status(call, *queue, buffer, layout);
    return told.eax != 0 || !by_index ? told : SyscallResult(queue->identity.id);
}

}  // namespace vmlab::linux_abi
