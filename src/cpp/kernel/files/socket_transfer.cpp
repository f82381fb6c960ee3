// SPDX-License-Identifier: GPL-2.0-only
// What sockets send each other, and what it takes on its way.
#include <algorithm>
#include <bit>

#include "kernel/files/socket.hpp"

namespace vmlab {

namespace {

/// The memory that Linux has for a message: a block with what describes it and its first bytes, and pages for the rest.
struct MessageMemory {
    static constexpr std::uint32_t DESCRIPTION = 256, TRAILER = 320, LINE = 64, SMALLEST_BLOCK = 512;
    static constexpr std::uint32_t STREAM_HEAD = PAGE_SIZE - TRAILER, MESSAGE_HEAD = 4 * PAGE_SIZE - TRAILER;
    static constexpr std::uint32_t STREAM_PAGES = 8 * PAGE_SIZE, MESSAGE_PAGES = 17 * PAGE_SIZE;

    std::uint32_t most_head;
    std::uint32_t most_in_pages;

    [[nodiscard]] std::uint32_t charge(std::uint32_t bytes) const {
        const std::uint32_t wanted = std::min(bytes - std::min(bytes, most_head), most_in_pages);
        const std::uint32_t pages = (wanted + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
        const std::uint32_t head = bytes - std::min(bytes, pages);
        const std::uint32_t block = std::max(SMALLEST_BLOCK, (head + LINE - 1) / LINE * LINE + TRAILER);
        return DESCRIPTION + std::bit_ceil(block) + pages;
    }
};

constexpr MessageMemory STREAM{MessageMemory::STREAM_HEAD, MessageMemory::STREAM_PAGES};
constexpr MessageMemory MESSAGE{MessageMemory::MESSAGE_HEAD, MessageMemory::MESSAGE_PAGES};

}  // namespace

bool Socket::has_room() const { return std::uint64_t{charged_} * 4 <= settings.send_room; }

void Socket::give_back(std::uint32_t charge) {
    charged_ -= charge;
    if (has_room() && !closed_) {
        wake_(channel(WaitChannel::What::Output), WakeWho::First);
    }
}

std::optional<FileError> Socket::refuses_sending() {
    if (const auto error = take_error()) {
        return error;
    }
    if (shut_.send) {
        return kind_ == SocketKind::Stream ? FileError::BrokenPipe : FileError::Unheard;
    }
    return charged_ >= settings.send_room ? std::optional(FileError::WouldBlock) : std::nullopt;
}

std::optional<Socket::Message> Socket::make_message(SocketSending& sending, std::uint32_t bytes) {
    Message message{.bytes = std::string(bytes, '\0'),
                    .charge = (kind_ == SocketKind::Stream ? STREAM : MESSAGE).charge(bytes),
                    .from = {},
                    .sender = sending.sender,
                    .files = {}};
    if (sending.from.get(std::as_writable_bytes(std::span(message.bytes))) < bytes) {
        return std::nullopt;
    }
    message.files = std::move(sending.files);
    sending.files.clear();
    return message;
}

void Socket::deliver(Message message) {
    received_.push_back(std::move(message));
    wake_(channel(WaitChannel::What::Input), WakeWho::First);
}

FileCount Socket::send(SocketSending sending) {
    const Ref<Socket> self(this);
    return kind_ == SocketKind::Stream ? send_bytes(sending) : send_message(sending);
}

FileCount Socket::send_bytes(SocketSending& sending) {
    if (!peer_) {
        return Failure(FileError::NotConnected);
    }
    if (shut_.send) {
        return Failure(FileError::BrokenPipe);
    }
    std::uint32_t done = 0;
    std::optional<FileError> error;
    while (done < sending.count) {
        error = refuses_sending();
        if (error) {
            break;
        }
        const std::uint32_t piece = std::min({sending.count - done, settings.send_room / 2 - MessageMemory::LINE,
                                              MessageMemory::STREAM_HEAD + MessageMemory::STREAM_PAGES});
        auto message = make_message(sending, piece);
        if (!message) {
            error = FileError::BadAddress;
            break;
        }
        if (peer_->closed_ || peer_->shut_.receive) {
            error = FileError::BrokenPipe;
            break;
        }
        message->from = Ref<Socket>(this);
        charged_ += message->charge;
        peer_->deliver(std::move(*message));
        done += piece;
    }
    if (done > 0 && charged_ < settings.send_room) {
        wake_(channel(WaitChannel::What::Output), WakeWho::Next);
    }
    return error && done == 0 ? FileCount(Failure(*error)) : FileCount(done);
}

FileCount Socket::send_message(SocketSending& sending) {
    constexpr std::uint32_t KEPT_FREE = 32;
    if (kind_ == SocketKind::Packets && state_ != State::Connected) {
        return Failure(FileError::NotConnected);
    }
    const Ref<Socket> target = sending.to && !has_connections() ? sending.to : peer_;
    if (sending.count > settings.send_room - KEPT_FREE) {
        return Failure(FileError::MessageTooLong);
    }
    if (const auto error = refuses_sending()) {
        return Failure(*error);
    }
    auto message = make_message(sending, sending.count);
    if (!message) {
        return Failure(FileError::BadAddress);
    }
    if (!target) {
        return Failure(FileError::NotConnected);
    }
    if (const auto error = refuses_message(*target)) {
        return Failure(*error);
    }
    message->from = Ref<Socket>(this);
    charged_ += message->charge;
    target->deliver(std::move(*message));
    return sending.count;
}

std::optional<FileError> Socket::refuses_message(Socket& target) {
    if (!may_send_to(target)) {
        return FileError::NotPermitted;
    }
    if (target.closed_ && !has_connections()) {
        if (peer_.get() == &target) {
            set_peer(nullptr);
        }
        return FileError::Refused;
    }
    if (target.closed_ || target.shut_.receive) {
        return FileError::Unheard;
    }
    const bool chose_us = target.peer_.get() == this || &target == this;
    return !chose_us && target.queue_is_full() ? std::optional(FileError::WouldBlock) : std::nullopt;
}

WaitChannel Socket::send_channel(const Socket* target) const {
    const bool waits_for_target = target != nullptr && charged_ < settings.send_room;
    return waits_for_target ? target->channel(WaitChannel::What::Room) : channel(WaitChannel::What::Output);
}

Result<SocketReceived, FileError> Socket::receive(const SocketReceiving& receiving) {
    const Ref<Socket> self(this);
    const auto received = kind_ == SocketKind::Stream ? receive_bytes(receiving) : receive_message(receiving);
    if (!received_.empty()) {
        wake_(channel(WaitChannel::What::Input), WakeWho::Next);
    }
    return received;
}

Result<SocketReceived, FileError> Socket::nothing_received(BlockMode mode) {
    if (const auto error = take_error()) {
        return Failure(*error);
    }
    const bool told = kind_ != SocketKind::Datagram || mode == BlockMode::Wait;
    return shut_.receive && told ? Result<SocketReceived, FileError>(SocketReceived{}) : Failure(FileError::WouldBlock);
}

void Socket::take_first() {
    const Message first = std::move(received_.front());
    received_.pop_front();
    if (!has_connections() && received_.size() == most_waiting_) {
        make_room();
    }
    if (first.from) {
        first.from->give_back(first.charge);
    }
}

// Bytes of several messages come as one, but for files, and where it is told who sent what.
Result<SocketReceived, FileError> Socket::receive_bytes(const SocketReceiving& receiving) {
    if (state_ != State::Connected) {
        return Failure(FileError::Invalid);
    }
    if (received_.empty()) {
        return nothing_received(receiving.block_mode);
    }
    const bool takes = receiving.taking == SocketReceiving::Taking::Take;
    SocketReceived received{.sender = received_.front().sender,
                            .name = received_.front().from->name_,
                            .from = SocketReceived::From::Somebody};
    std::size_t at = 0;
    do {
        Message& message = received_[at];
        if (settings.tells_sender && message.sender != received.sender) {
            break;
        }
        const auto piece =
            message.rest().first(std::min<std::size_t>(message.left(), receiving.count - received.count));
        if (receiving.to.put(piece) < piece.size()) {
            if (received.count == 0) {
                return Failure(FileError::BadAddress);
            }
            break;
        }
        received.count += static_cast<std::uint32_t>(piece.size());
        received.files = takes ? std::exchange(message.files, {}) : message.files;
        message.start += takes ? piece.size() : 0;
        const bool rest_stays = takes && message.left() > 0;
        if (takes && message.left() == 0) {
            take_first();
        }
        at += takes ? 0 : 1;
        if (rest_stays || !received.files.empty()) {
            break;
        }
    } while (received.count < receiving.count && at < received_.size());
    received.length = received.count;
    return received;
}

Result<SocketReceived, FileError> Socket::receive_message(const SocketReceiving& receiving) {
    if (kind_ == SocketKind::Packets && state_ != State::Connected) {
        return Failure(FileError::NotConnected);
    }
    if (const auto error = take_error()) {
        return Failure(*error);
    }
    if (received_.empty()) {
        return nothing_received(receiving.block_mode);
    }
    const bool takes = receiving.taking == SocketReceiving::Taking::Take;
    Message& message = received_.front();
    SocketReceived received{.length = static_cast<std::uint32_t>(message.left()),
                            .files = takes ? std::exchange(message.files, {}) : message.files,
                            .sender = message.sender,
                            .name = message.from->name_,
                            .from = SocketReceived::From::Somebody};
    received.count = std::min(received.length, receiving.count);
    const bool copied = receiving.to.put(message.rest().first(received.count)) == received.count;
    if (takes) {
        take_first();
    }
    return copied ? Result<SocketReceived, FileError>(std::move(received)) : Failure(FileError::BadAddress);
}

void Socket::discard() {
    while (!received_.empty()) {
        take_first();
    }
}

}  // namespace vmlab
