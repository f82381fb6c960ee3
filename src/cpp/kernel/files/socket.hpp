// SPDX-License-Identifier: GPL-2.0-only
// Socket: one end of a local connection: what came for it, who is at the other end, and by which name it is found.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernel/files/inode.hpp"
#include "kernel/files/open_file.hpp"

namespace vmlab {

class OpenSocket;
class Socket;
enum class SocketKind : std::uint8_t;
using SocketMaker = std::function<Ref<OpenSocket>(SocketKind)>;

enum class SocketKind : std::uint8_t {
    Stream,    ///< bytes
    Datagram,  ///< messages, each on its own
    Packets    ///< messages by way of a connection. Elsewhere: SOCK_SEQPACKET
};

/// A process as who is at the other end knows it.
struct SocketOwner {
    std::uint32_t pid = 0;
    std::uint32_t user = 0;
    std::uint32_t group = 0;
    bool operator==(const SocketOwner&) const = default;
};

/// A name is bytes: a path, or behind a NUL a name that no filesystem has. Empty: it has none.
using SocketName = std::string;

/// The inode of a bound socket's path. It stays when the socket goes, until it is unlinked.
class SocketNode : public Inode {
public:
    SocketNode(std::uint64_t number, std::uint32_t permissions) : Inode(FileType::Socket, number, permissions) {}
    /// Null when nobody has it any more.
    [[nodiscard]] Socket* socket() const { return socket_; }
    void set_socket(Socket* socket) { socket_ = socket; }

private:
    Socket* socket_ = nullptr;
};

/// What is sent at once.
struct SocketSending {
    ByteSource& from;
    std::uint32_t count = 0;
    SocketOwner sender{};
    std::vector<Ref<OpenFile>> files{};  ///< that go with it
    Ref<Socket> to{};                    ///< instead of who is at the other end
};

/// How something is received.
struct SocketReceiving {
    ByteSink& to;
    std::uint32_t count = 0;
    enum class Taking : std::uint8_t { Take, Look } taking = Taking::Take;
    BlockMode block_mode = BlockMode::Wait;
};

/// What was received.
struct SocketReceived {
    std::uint32_t count = 0;   ///< bytes that were copied
    std::uint32_t length = 0;  ///< and those there were; of a message the rest is lost
    std::vector<Ref<OpenFile>> files{};
    SocketOwner sender{};
    SocketName name{};                                                        ///< of the socket it came from
    enum class From : std::uint8_t { Somebody, Nobody } from = From::Nobody;  ///< nobody: the end of it all
};

/// Messages on their way to a socket are charged to who sent them, by the memory they would take on Linux: so much fits as
/// fits there. Elsewhere: struct unix_sock (Linux), struct socket with its unpcb (BSD).
/// Owner: its OpenSocket, the socket at its other end, and what it sent. Closed, it has nothing of others any more.
class Socket : public Inode {
public:
    static constexpr std::uint32_t ROOM = 212992;
    static constexpr std::uint32_t MOST_WAITING = 10;  ///< messages for one that did not choose who sends to it

    enum class State : std::uint8_t { Alone, Listening, Connected };

    /// Requires: the waker outlives the socket.
    Socket(SocketKind kind, std::uint64_t number, const FileWaker& wake)
        : Inode(FileType::Socket, number, 0777), kind_(kind), wake_(wake) {}

    [[nodiscard]] SocketKind kind() const { return kind_; }
    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] bool has_connections() const { return kind_ != SocketKind::Datagram; }

    /// The two are each other's other end. Requires: both are alone.
    static void join(const Ref<Socket>& one, const Ref<Socket>& other);
    /// Who is there; null when nobody ever was, or a datagram socket found that it has gone.
    [[nodiscard]] const Ref<Socket>& peer() const { return peer_; }
    /// For datagrams: what is sent goes there from now on; null: nowhere.
    void set_peer(Ref<Socket> peer);
    [[nodiscard]] bool may_send_to(const Socket& other) const { return !other.peer_ || other.peer_.get() == this; }

    /// Connections wait to be accepted, so many and one more. Fails: NotSupported, Invalid.
    [[nodiscard]] Result<Done, FileError> listen(std::uint32_t most, const SocketOwner& owner);
    /// Has a socket made that the other one accepts, and is joined with it. Fails: Refused, WouldBlock, Connected, Invalid.
    [[nodiscard]] Result<Done, FileError> connect(Socket& listening, const SocketMaker& make, const SocketOwner& owner);
    /// Fails: NotSupported, Invalid, WouldBlock.
    [[nodiscard]] Result<Ref<OpenSocket>, FileError> accept();
    [[nodiscard]] const std::deque<Ref<OpenSocket>>& waiting_connections() const { return connections_; }

    /// Of a stream as much as has room. Fails: NotConnected, BrokenPipe, Unheard, WouldBlock, BadAddress, Reset, Refused,
    /// MessageTooLong, NotPermitted.
    [[nodiscard]] FileCount send(SocketSending sending);
    /// Fails: Invalid or NotConnected, Reset, WouldBlock, BadAddress.
    [[nodiscard]] Result<SocketReceived, FileError> receive(const SocketReceiving& receiving);

    /// The two ways that bytes go, as it sees them.
    struct Ways {
        bool receive = false;
        bool send = false;
    };
    void shut(Ways ways);
    /// Nobody has it open any more.
    void close();

    [[nodiscard]] Readiness readiness() const;
    [[nodiscard]] WaitChannel channel(WaitChannel::What what) const { return {what, number()}; }
    /// Where who cannot send waits: for a target that is full there, else for what it sent before.
    [[nodiscard]] WaitChannel send_channel(const Socket* target) const;
    /// Bytes that have come; of datagrams, in the first.
    [[nodiscard]] std::uint64_t unread_bytes() const;
    [[nodiscard]] std::uint32_t charged() const { return charged_; }

    [[nodiscard]] const SocketName& name() const { return name_; }
    /// Requires: it has none yet. The node, where the name is a path, leads to it until it is closed.
    void set_name(SocketName name, Ref<SocketNode> node);
    /// As it was found when it connected. Elsewhere: SO_PEERCRED.
    [[nodiscard]] const SocketOwner& peer_owner() const { return peer_owner_; }
    void set_peer_owner(const SocketOwner& owner) { peer_owner_ = owner; }
    /// What went wrong since this was last asked.
    [[nodiscard]] std::optional<FileError> take_error() { return std::exchange(error_, std::nullopt); }

    /// Calls step(file) for each open file that is on its way to it.
    template <typename Step>
    void for_each_file(const Step& step) const {
        for (const Message& message : received_) {
            for (const Ref<OpenFile>& file : message.files) {
                step(*file);
            }
        }
    }
    [[nodiscard]] bool holds_files() const {
        return std::ranges::any_of(received_, [](const Message& message) { return !message.files.empty(); });
    }
    /// Loses all that came and was not received.
    void discard();

    /// How much may be on its way from it, and whatever else is set and told.
    struct Settings {
        std::uint32_t send_room = ROOM;
        std::uint32_t receive_room = ROOM;
        bool tells_sender = false;  ///< with each message. Elsewhere: SO_PASSCRED
        std::optional<std::uint64_t> send_patience{};
        std::optional<std::uint64_t> receive_patience{};
    } settings;

private:
    struct Message {
        std::string bytes;
        std::size_t start = 0;  ///< of what is not yet received
        std::uint32_t charge = 0;
        Ref<Socket> from;
        SocketOwner sender;
        std::vector<Ref<OpenFile>> files;
        [[nodiscard]] std::size_t left() const { return bytes.size() - start; }
        [[nodiscard]] std::span<const std::byte> rest() const {
            return std::as_bytes(std::span<const char>(bytes)).subspan(start);
        }
    };
    [[nodiscard]] FileCount send_bytes(SocketSending& sending);
    [[nodiscard]] FileCount send_message(SocketSending& sending);
    /// Why nothing can be sent now, wherever to.
    [[nodiscard]] std::optional<FileError> refuses_sending();
    [[nodiscard]] std::optional<FileError> refuses_message(Socket& target);
    [[nodiscard]] std::optional<Message> make_message(SocketSending& sending, std::uint32_t bytes);
    void deliver(Message message);
    [[nodiscard]] Result<SocketReceived, FileError> receive_bytes(const SocketReceiving& receiving);
    [[nodiscard]] Result<SocketReceived, FileError> receive_message(const SocketReceiving& receiving);
    [[nodiscard]] Result<SocketReceived, FileError> nothing_received(BlockMode mode);
    void take_first();
    /// What it sent has been received, or lost.
    void give_back(std::uint32_t charge);
    [[nodiscard]] bool has_room() const;
    void shut_both(std::optional<FileError> error);
    void wake_all() const;
    void make_room();
    [[nodiscard]] bool queue_is_full() const { return received_.size() > most_waiting_; }

    SocketKind kind_;
    const FileWaker& wake_;
    State state_ = State::Alone;
    Ref<Socket> peer_;
    std::vector<Socket*> followers_;  ///< datagram sockets that chose it as their other end
    std::deque<Message> received_;
    std::deque<Ref<OpenSocket>> connections_;  ///< not yet accepted
    std::uint32_t most_waiting_ = MOST_WAITING;
    std::uint32_t charged_ = 0;
    Ways shut_;
    bool closed_ = false;
    bool accepted_ = true;  ///< or made without being asked for
    std::optional<FileError> error_;
    SocketName name_;
    Ref<SocketNode> node_;
    SocketOwner owner_;  ///< of a listening one
    SocketOwner peer_owner_;
};

class SocketList;

/// Elsewhere: struct socket (Linux).
/// Owner: counted by descriptors, by messages that it is sent with, and by the listening socket until it is accepted.
class OpenSocket : public OpenFile {
public:
    /// Requires: the list outlives it.
    OpenSocket(Ref<Socket> socket, SocketList& list);
    OpenSocket(const OpenSocket&) = delete;
    OpenSocket& operator=(const OpenSocket&) = delete;
    ~OpenSocket() override;

    [[nodiscard]] const Ref<Socket>& socket() const { return socket_; }

    FileCount read(ByteSink& to, std::uint32_t count) override;
    FileCount write(ByteSource& from, std::uint32_t count) override;
    [[nodiscard]] Readiness readiness() const override { return socket_->readiness(); }
    [[nodiscard]] std::optional<WaitChannel> wait_channel(Direction direction) const override;
    [[nodiscard]] std::optional<std::uint64_t> unread_bytes() const override { return socket_->unread_bytes(); }
    [[nodiscard]] Inode* inode() const override { return socket_.get(); }
    [[nodiscard]] FileStatus status() const override { return socket_->status(); }
    /// "socket:[12]".
    [[nodiscard]] std::string path() const override { return "socket:[" + std::to_string(socket_->number()) + "]"; }

private:
    Ref<Socket> socket_;
    SocketList& list_;
};

}  // namespace vmlab
