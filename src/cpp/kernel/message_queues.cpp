// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/message_queues.hpp"

namespace vmlab {

namespace {

using Match = MessageWish::Match;

bool matches(const Message& message, const MessageWish& wish) {
    switch (wish.match) {
        case Match::Any:
        case Match::Place:
            return true;
        case Match::Type:
            return message.type == wish.type;
        case Match::OtherType:
            return message.type != wish.type;
        case Match::LowestType:
            return message.type <= wish.type;
    }
    return false;
}

bool is_too_long(const Message& message, const MessageWish& wish) {
    return wish.too_long == MessageWish::TooLong::Refused && message.text.size() > wish.room;
}

}  // namespace

bool MessageQueues::has_room(const MessageQueue& queue, std::size_t bytes) {
    return queue.bytes + bytes <= queue.most_bytes && queue.messages.size() + 1 <= queue.most_bytes;
}

MessageQueues::Messages::iterator MessageQueues::find(MessageQueue& queue, const MessageWish& wish) {
    Messages& messages = queue.messages;
    if (wish.match == Match::Place) {
        const bool there = wish.type >= 0 && static_cast<std::size_t>(wish.type) < messages.size();
        return there ? messages.begin() + wish.type : messages.end();
    }
    const auto wanted = [&wish](const Message& message) { return matches(message, wish); };
    auto found = std::ranges::find_if(messages, wanted);
    if (wish.match == Match::LowestType && found != messages.end()) {
        for (auto other = std::next(found); other != messages.end(); ++other) {
            found = other->type < found->type ? other : found;
        }
    }
    return found;
}

std::list<MessageQueues::Receiver>::iterator MessageQueues::settle(std::list<Receiver>::iterator receiver,
                                                                   Received received) {
    received_.insert_or_assign(receiver->pid, std::move(received));
    host_.wake(receiver->pid);
    return receivers_.erase(receiver);
}

void MessageQueues::send(MessageQueue& queue, Message message, std::uint32_t process) {
    queue.last_sender = process;
    queue.sent = host_.now();
    for (auto receiver = receivers_.begin(); receiver != receivers_.end();) {
        if (receiver->queue != queue.identity.id || !matches(message, receiver->wish)) {
            ++receiver;
        } else if (is_too_long(message, receiver->wish)) {
            receiver = settle(receiver, Failure(MessageError::TooLong));
        } else {
            queue.last_receiver = receiver->pid;
            queue.received = host_.now();
            settle(receiver, std::move(message));
            return;
        }
    }
    queue.bytes += static_cast<std::uint32_t>(message.text.size());
    queue.messages.push_back(std::move(message));
}

void MessageQueues::wait_to_send(const MessageQueue& queue, std::uint32_t pid, Message message) {
    senders_.push_back({queue.identity.id, pid, std::move(message)});
}

Message MessageQueues::stop_sending(std::uint32_t pid) {
    const auto sender = std::ranges::find(senders_, pid, &Sender::pid);
    require(sender != senders_.end(), "who was woken to send had a message");
    Message message = std::move(sender->message);
    senders_.erase(sender);
    return message;
}

MessageQueues::Received MessageQueues::receive(MessageQueue& queue, const MessageWish& wish, std::uint32_t process) {
    const auto found = find(queue, wish);
    if (found == queue.messages.end()) {
        return Failure(MessageError::NoMessage);
    }
    if (is_too_long(*found, wish)) {
        return Failure(MessageError::TooLong);
    }
    if (wish.match == Match::Place) {
        return *found;
    }
    Message message = std::move(*found);
    queue.messages.erase(found);
    queue.bytes -= static_cast<std::uint32_t>(message.text.size());
    queue.last_receiver = process;
    queue.received = host_.now();
    wake_senders(queue);
    return message;
}

void MessageQueues::wait_to_receive(const MessageQueue& queue, std::uint32_t pid, const MessageWish& wish) {
    receivers_.push_back({queue.identity.id, pid, wish});
}

std::optional<MessageQueues::Received> MessageQueues::take_received(std::uint32_t pid) {
    auto taken = received_.extract(pid);
    return taken.empty() ? std::nullopt : std::optional(std::move(taken.mapped()));
}

void MessageQueues::leave(std::uint32_t pid) {
    received_.erase(pid);
    std::erase_if(senders_, [pid](const Sender& sender) { return sender.pid == pid; });
    std::erase_if(receivers_, [pid](const Receiver& receiver) { return receiver.pid == pid; });
}

// Each that would find room by itself is woken, and looks when it runs.
void MessageQueues::wake_senders(const MessageQueue& queue) {
    for (const Sender& sender : senders_) {
        if (sender.queue == queue.identity.id && has_room(queue, sender.message.text.size())) {
            host_.wake(sender.pid);
        }
    }
}

void MessageQueues::resize(MessageQueue& queue, std::uint32_t bytes) {
    queue.most_bytes = bytes;
    wake_senders(queue);
}

void MessageQueues::remove(const MessageQueue& queue) {
    const std::uint32_t id = queue.identity.id;
    table_.remove(queue);
    for (const Sender& sender : senders_) {
        if (sender.queue == id) {
            host_.wake(sender.pid);
        }
    }
    for (auto receiver = receivers_.begin(); receiver != receivers_.end();) {
        receiver = receiver->queue == id ? settle(receiver, Failure(MessageError::Removed)) : std::next(receiver);
    }
}

}  // namespace vmlab
