// SPDX-License-Identifier: GPL-2.0-only
// MessageQueues: System V message queues, and who waits for a message, or for room for one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "kernel/ipc_table.hpp"

namespace vmlab {

struct Message {
    std::int32_t type = 0;
    std::vector<std::byte> text;
};

/// Which message somebody wants, and how much of it.
struct MessageWish {
    enum class Match : std::uint8_t {
        Any,
        Type,
        OtherType,
        LowestType,  ///< of those up to `type`
        Place        ///< the one at this place, of which a copy is taken; `type` is the place
    } match = Match::Any;
    std::int32_t type = 0;
    std::uint32_t room = 0;  ///< for bytes
    enum class TooLong : std::uint8_t { Refused, Cut } too_long = TooLong::Refused;
};

/// Why there is none; Removed: the queue is gone.
enum class MessageError : std::uint8_t { NoMessage, TooLong, Removed };

struct MessageQueue {
    IpcIdentity identity{};
    std::uint32_t most_bytes = 0;
    std::uint32_t bytes = 0;  ///< of all messages
    std::deque<Message> messages{};
    std::uint32_t last_sender = 0, last_receiver = 0;  ///< pids of processes
    std::uint64_t sent = 0, received = 0;              ///< simulated times
};

/// Elsewhere: struct msg_queue with its lists of senders and receivers (Linux).
/// Owner: the Kernel. Invariant: nobody waits for a message that is there.
class MessageQueues {
public:
    static constexpr std::uint32_t MOST = 32000, LONGEST = 8192, MOST_BYTES = 16384;

    using Received = Result<Message, MessageError>;

    explicit MessageQueues(IpcHost host) : host_(std::move(host)) {}

    [[nodiscard]] IpcTable<MessageQueue>& table() { return table_; }
    /// Whether there is room for a message of so many bytes.
    [[nodiscard]] static bool has_room(const MessageQueue& queue, std::size_t bytes);
    /// To the first who waits for such a message, else into the queue. Requires: there is room.
    void send(MessageQueue& queue, Message message, std::uint32_t process);
    /// The thread waits for room for its message, in the row behind the others.
    void wait_to_send(const MessageQueue& queue, std::uint32_t pid, Message message);
    /// It was woken, or waits no longer: its message. Requires: it waited.
    [[nodiscard]] Message stop_sending(std::uint32_t pid);

    [[nodiscard]] Received receive(MessageQueue& queue, const MessageWish& wish, std::uint32_t process);
    void wait_to_receive(const MessageQueue& queue, std::uint32_t pid, const MessageWish& wish);
    /// What the thread was woken for; nothing while it waits.
    [[nodiscard]] std::optional<Received> take_received(std::uint32_t pid);

    /// It waits for nothing any more.
    void leave(std::uint32_t pid);
    /// How many bytes it may hold has changed.
    void resize(MessageQueue& queue, std::uint32_t bytes);
    /// Who waits for it goes on.
    void remove(const MessageQueue& queue);

private:
    struct Sender {
        std::uint32_t queue;  ///< its id
        std::uint32_t pid;
        Message message;
    };
    struct Receiver {
        std::uint32_t queue;
        std::uint32_t pid;
        MessageWish wish;
    };
    using Messages = std::deque<Message>;
    [[nodiscard]] static Messages::iterator find(MessageQueue& queue, const MessageWish& wish);
    void wake_senders(const MessageQueue& queue);
    std::list<Receiver>::iterator settle(std::list<Receiver>::iterator receiver, Received received);

    IpcHost host_;
    IpcTable<MessageQueue> table_;
    std::list<Sender> senders_;  ///< of all queues
    std::list<Receiver> receivers_;
    std::map<std::uint32_t, Received> received_;  ///< by the pids of those that were woken
};

}  // namespace vmlab
