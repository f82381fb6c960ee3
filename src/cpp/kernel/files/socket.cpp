// SPDX-License-Identifier: GPL-2.0-only
// How sockets find together, and how they part.
#include "kernel/files/socket.hpp"

#include "kernel/files/socket_list.hpp"

namespace vmlab {

void Socket::join(const Ref<Socket>& one, const Ref<Socket>& other) {
    one->peer_ = other;
    other->peer_ = one;
    one->state_ = other->state_ = State::Connected;
    if (!one->has_connections()) {
        one->followers_.push_back(other.get());
        other->followers_.push_back(one.get());
    }
}

void Socket::set_peer(Ref<Socket> peer) {
    const Ref<Socket> before = std::exchange(peer_, std::move(peer));
    state_ = peer_ ? State::Connected : State::Alone;
    if (before) {
        std::erase(before->followers_, this);
    }
    if (peer_) {
        peer_->followers_.push_back(this);
    }
    if (!before || before == peer_) {
        return;
    }
    const bool lost = !received_.empty();
    discard();
    if (lost && !before->closed_ && before->peer_.get() == this) {
        before->error_ = FileError::Reset;
        before->wake_all();
    }
}

Result<Done, FileError> Socket::listen(std::uint32_t most, const SocketOwner& owner) {
    if (!has_connections()) {
        return Failure(FileError::NotSupported);
    }
    if (name_.empty() || state_ == State::Connected) {
        return Failure(FileError::Invalid);
    }
    most_waiting_ = most;
    state_ = State::Listening;
    owner_ = owner;
    make_room();
    return Done{};
}

Result<Done, FileError> Socket::connect(Socket& listening, const SocketMaker& make, const SocketOwner& owner) {
    if (listening.state_ != State::Listening || listening.shut_.receive) {
        return Failure(FileError::Refused);
    }
    if (listening.connections_.size() > listening.most_waiting_) {
        return Failure(FileError::WouldBlock);
    }
    if (state_ != State::Alone) {
        return Failure(state_ == State::Connected ? FileError::Connected : FileError::Invalid);
    }
    const Ref<OpenSocket> made = make(kind_);
    Socket& other = *made->socket();
    join(Ref<Socket>(this), made->socket());
    peer_owner_ = listening.owner_;
    other.peer_owner_ = owner;
    other.name_ = listening.name_;
    other.accepted_ = false;
    listening.connections_.push_back(made);
    wake_(listening.channel(WaitChannel::What::Input), WakeWho::First);
    return Done{};
}

Result<Ref<OpenSocket>, FileError> Socket::accept() {
    if (!has_connections()) {
        return Failure(FileError::NotSupported);
    }
    if (state_ != State::Listening) {
        return Failure(FileError::Invalid);
    }
    if (connections_.empty()) {
        return Failure(shut_.receive ? FileError::Invalid : FileError::WouldBlock);
    }
    Ref<OpenSocket> first = std::move(connections_.front());
    connections_.pop_front();
    first->socket()->accepted_ = true;
    wake_(channel(WaitChannel::What::Room), WakeWho::First);
    if (!connections_.empty()) {
        wake_(channel(WaitChannel::What::Input), WakeWho::Next);
    }
    return first;
}

void Socket::shut(Ways ways) {
    shut_.receive = shut_.receive || ways.receive;
    shut_.send = shut_.send || ways.send;
    wake_all();
    if (peer_ && has_connections()) {
        peer_->shut_.receive = peer_->shut_.receive || ways.send;
        peer_->shut_.send = peer_->shut_.send || ways.receive;
        peer_->wake_all();
    }
}

void Socket::close() {
    closed_ = true;
    shut_ = {.receive = true, .send = true};
    if (node_) {
        node_->set_socket(nullptr);
    }
    const Ref<Socket> peer = std::exchange(peer_, nullptr);
    if (peer) {
        std::erase(peer->followers_, this);
    }
    if (peer && has_connections()) {
        peer->shut_ = shut_;
        if (!received_.empty() || !accepted_) {
            peer->error_ = FileError::Reset;
        }
        peer->wake_all();
    }
    make_room();
    discard();
    const auto never_accepted = std::exchange(connections_, {});
}

Readiness Socket::readiness() const {
    const bool lonely = has_connections() && state_ == State::Alone;
    const bool peer_is_full = !has_connections() && peer_ && peer_->peer_.get() != this && peer_->queue_is_full();
    return {.input = shut_.receive || !received_.empty() || !connections_.empty(),
            .output = state_ != State::Listening && has_room() && !peer_is_full,
            .hangup = (shut_.receive && shut_.send) || lonely,
            .error = error_.has_value(),
            .closing = shut_.receive,
            .words = Readiness::Words::Socket};
}

std::uint64_t Socket::unread_bytes() const {
    if (kind_ == SocketKind::Datagram) {
        return received_.empty() ? 0 : received_.front().left();
    }
    std::uint64_t sum = 0;
    for (const Message& message : received_) {
        sum += message.left();
    }
    return sum;
}

void Socket::set_name(SocketName name, Ref<SocketNode> node) {
    require(name_.empty(), "a socket is named once");
    name_ = std::move(name);
    node_ = std::move(node);
    if (node_) {
        node_->set_socket(this);
    }
}

void Socket::make_room() {
    wake_(channel(WaitChannel::What::Room), WakeWho::All);
    for (const Socket* sender : followers_) {
        wake_(sender->channel(WaitChannel::What::Output), WakeWho::First);
    }
}

void Socket::wake_all() const {
    wake_(channel(WaitChannel::What::Input), WakeWho::All);
    wake_(channel(WaitChannel::What::Output), WakeWho::All);
}

OpenSocket::OpenSocket(Ref<Socket> socket, SocketList& list)
    : OpenFile(OpenMode::ReadWrite, AppendMode::No), socket_(std::move(socket)), list_(list) {
    list_.add(*this);
}

OpenSocket::~OpenSocket() {
    list_.remove(*this);
    socket_->close();
    list_.collect();
}

FileCount OpenSocket::read(ByteSink& to, std::uint32_t count) {
    if (count == 0) {
        return std::uint32_t{0};
    }
    const auto received = socket_->receive({.to = to, .count = count, .block_mode = block_mode()});
    return received ? FileCount(received.value().count) : FileCount(Failure(received.error()));
}

FileCount OpenSocket::write(ByteSource& from, std::uint32_t count) {
    return socket_->send({.from = from, .count = count, .sender = list_.user()});
}

std::optional<WaitChannel> OpenSocket::wait_channel(Direction direction) const {
    return direction == Direction::Input ? socket_->channel(WaitChannel::What::Input) : socket_->send_channel(nullptr);
}

}  // namespace vmlab
