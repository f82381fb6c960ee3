// SPDX-License-Identifier: GPL-2.0-only
// Calls that send and receive by sockets.
#include <algorithm>

#include "abi/linux/control_messages.hpp"
#include "abi/linux/piece_list.hpp"
#include "abi/linux/socket_address.hpp"
#include "abi/linux/waiting.hpp"

namespace vmlab::linux_abi {

namespace {

/// The names that follow MSG_.
struct MessageFlags {
    static constexpr std::uint32_t OOB = 1, PEEK = 2, CTRUNC = 8, TRUNC = 0x20, DONTWAIT = 0x40, WAITALL = 0x100;
    static constexpr std::uint32_t NOSIGNAL = 0x4000, CLOEXEC = 0x40000000;
};

/// struct msghdr.
struct MessageHeader {
    std::uint32_t name, name_bytes, pieces, piece_count, control, control_bytes, flags;
};

BlockMode mode_of(const OpenFile& file, std::uint32_t flags) {
    return (flags & MessageFlags::DONTWAIT) != 0 ? BlockMode::Refuse : file.block_mode();
}

/// What a call sends, and where to.
struct Sending {
    PieceList list;
    std::uint32_t flags = 0;
    std::string address{};  ///< empty: to who is at the other end
    Carried carried;
};

SyscallResult end_of_sending(Syscall& call, const OpenSocket& file, const Sending& sending, const Socket* target,
                             FileError why) {
    if (why == FileError::WouldBlock) {
        return wait_to_move(call, file, Direction::Output, file.socket()->send_channel(target));
    }
    const std::uint32_t done = call.process.progress;
    if (why == FileError::BrokenPipe && (sending.flags & MessageFlags::NOSIGNAL) == 0 && done == 0) {
        raise_broken_pipe(call);
    }
    return done > 0 ? SyscallResult(done) : SyscallResult(why);
}

/// Who an address names; null: who is at the other end. Fails: ISCONN, OPNOTSUPP, and as find_named().
Result<Ref<Socket>, Errno> target_of(Syscall& call, const Socket& socket, const Sending& sending) {
    if ((sending.flags & MessageFlags::OOB) != 0) {
        return Failure(Errno::OPNOTSUPP);
    }
    if (sending.address.empty() || socket.kind() == SocketKind::Packets) {
        return Ref<Socket>();
    }
    if (socket.kind() == SocketKind::Stream) {
        return Failure(socket.state() == Socket::State::Connected ? Errno::ISCONN : Errno::OPNOTSUPP);
    }
    const auto name = name_in(sending.address);
    return name ? find_named(call, name.value(), socket.kind()) : Failure(name.error());
}

SyscallResult send(Syscall& call, OpenSocket& file, const Sending& sending) {
    Socket& socket = *file.socket();
    const auto target = target_of(call, socket, sending);
    if (!target) {
        return target.error();
    }
    const BlockModeForCall mode(file, mode_of(file, sending.flags));
    UserSource source(call.memory, sending.list.pieces);
    std::uint32_t& done = call.process.progress;
    source.skip(done);
    for (;;) {
        const FileCount sent = socket.send({.from = source,
                                            .count = sending.list.bytes - done,
                                            .sender = sending.carried.sender,
                                            .files = done == 0 ? sending.carried.files : std::vector<Ref<OpenFile>>(),
                                            .to = target.value()});
        if (!sent) {
            return end_of_sending(call, file, sending, target.value().get(), sent.error());
        }
        done += sent.value();
        if (done == sending.list.bytes || socket.kind() != SocketKind::Stream) {
            return done;
        }
    }
}

/// What a call receives, and where it goes.
struct Receiving {
    PieceList list;
    std::uint32_t flags = 0;
    SocketReceived received{};
};

/// Whether there is more to wait for until all that was asked for has come.
bool wants_more(const Receiving& receiving, std::uint32_t done) {
    constexpr std::uint32_t HOW = MessageFlags::WAITALL | MessageFlags::PEEK;
    return done < receiving.list.bytes && (receiving.flags & HOW) == MessageFlags::WAITALL &&
           receiving.received.files.empty() && receiving.received.from == SocketReceived::From::Somebody;
}

SyscallResult receive(Syscall& call, OpenSocket& file, Receiving& receiving) {
    if ((receiving.flags & MessageFlags::OOB) != 0) {
        return file.socket()->kind() == SocketKind::Stream ? Errno::INVAL : Errno::OPNOTSUPP;
    }
    const BlockModeForCall mode(file, mode_of(file, receiving.flags));
    const bool looks = (receiving.flags & MessageFlags::PEEK) != 0;
    std::uint32_t& done = call.process.progress;
    for (;;) {
        UserSink sink(call.memory, receiving.list.pieces);
        sink.skip(done);
        auto received =
            file.socket()->receive({.to = sink,
                                    .count = receiving.list.bytes - done,
                                    .taking = looks ? SocketReceiving::Taking::Look : SocketReceiving::Taking::Take,
                                    .block_mode = file.block_mode()});
        if (!received && received.error() == FileError::WouldBlock) {
            return wait_to_move(call, file, Direction::Input, file.wait_channel(Direction::Input));
        }
        if (!received) {
            return done > 0 ? SyscallResult(done) : SyscallResult(received.error());
        }
        receiving.received = std::move(received).take();
        done += receiving.received.count;
        if (file.socket()->kind() != SocketKind::Stream) {
            return (receiving.flags & MessageFlags::TRUNC) != 0 ? receiving.received.length : done;
        }
        if (!wants_more(receiving, done)) {
            return done;
        }
    }
}

PieceList one_piece(Syscall& call) {
    const std::uint32_t bytes = std::min(call.argument(2), MOST_BYTES);
    return {.pieces = {UserPiece{call.argument(1), bytes}}, .bytes = bytes};
}

Carried nothing_carried(Syscall& call) { return {.files = {}, .sender = call.kernel.filesystem().sockets().user()}; }

/// Who sent it has a name that can be told.
AddressOf sender_of(const SocketReceived& received) {
    return received.name.empty() ? AddressOf::Nobody : AddressOf::Socket;
}

}  // namespace

SyscallResult sys_sendto(Syscall& call) {
    const auto file = find_socket(call, call.argument(0));
    if (!file) {
        return file.error();
    }
    Sending sending{.list = one_piece(call), .flags = call.argument(3), .carried = nothing_carried(call)};
    if (call.argument(4) != 0) {
        auto address = read_address(call, call.pointer(4), call.argument(5));
        if (!address) {
            return address.error();
        }
        sending.address = std::move(address).take();
    }
    return send(call, *file.value(), sending);
}

SyscallResult sys_recvfrom(Syscall& call) {
    const auto file = find_socket(call, call.argument(0));
    if (!file) {
        return file.error();
    }
    Receiving receiving{.list = one_piece(call), .flags = call.argument(3)};
    const SyscallResult result = receive(call, *file.value(), receiving);
    if (!is_over(call) || result.is_error() || call.argument(4) == 0) {
        return result;
    }
    const SyscallResult told =
        write_address(call, call.pointer(4), call.pointer(5), receiving.received.name, sender_of(receiving.received));
    return told.is_error() ? told : result;
}

namespace {

/// A message as its header describes it, and the socket that it is for.
struct Described {
    Ref<OpenSocket> file;
    MessageHeader header;
    PieceList list;
};

/// Fails: BADF, NOTSOCK, FAULT, INVAL, MSGSIZE.
Result<Described, Errno> find_message(Syscall& call) {
    const auto file = find_socket(call, call.argument(0));
    if (!file) {
        return Failure(file.error());
    }
    const auto header = call.memory.read<MessageHeader>(call.pointer(1));
    if (!header) {
        return Failure(Errno::FAULT);
    }
    if (header->name != 0 && static_cast<std::int32_t>(header->name_bytes) < 0) {
        return Failure(Errno::INVAL);
    }
    if (header->piece_count > MOST_PIECES) {
        return Failure(Errno::MSGSIZE);
    }
    auto list = read_piece_list(call, VirtAddr(header->pieces), header->piece_count);
    return list ? Result<Described, Errno>(Described{file.value(), *header, std::move(list).take()})
                : Failure(list.error());
}

/// The address of a message; "" where there is none. What is too long is cut.
Result<std::string, Errno> address_in(Syscall& call, const MessageHeader& header) {
    return header.name == 0 ? Result<std::string, Errno>(std::string())
                            : read_address(call, VirtAddr(header.name), std::min(header.name_bytes, LONGEST_ADDRESS));
}

/// Tells what beside bytes was received, in the header and where it points to.
SyscallResult tell_message(Syscall& call, const OpenSocket& file, const MessageHeader& header,
                           const Receiving& receiving) {
    const SocketReceived& received = receiving.received;
    const VirtAddr at = call.pointer(1);
    const bool tells_sender = file.socket()->settings.tells_sender;
    const ControlWritten control =
        write_control(call, {VirtAddr(header.control), header.control == 0 ? 0 : header.control_bytes}, received,
                      {.on_exec = (receiving.flags & MessageFlags::CLOEXEC) != 0 ? CloseOnExec::Yes : CloseOnExec::No,
                       .sender = tells_sender ? ControlTelling::Sender::Told : ControlTelling::Sender::Hidden});
    if (header.name != 0) {
        const SyscallResult told = write_address(call, VirtAddr(header.name), at + offsetof(MessageHeader, name_bytes),
                                                 received.name, sender_of(received));
        if (told.is_error()) {
            return told;
        }
    }
    const std::uint32_t flags = (received.length > received.count ? MessageFlags::TRUNC : 0U) |
                                (control.whole == ControlWritten::Whole::CutShort ? MessageFlags::CTRUNC : 0U) |
                                (receiving.flags & MessageFlags::CLOEXEC);
    const SyscallResult flagged = call.memory.write(at + offsetof(MessageHeader, flags), flags);
    return flagged.is_error()
               ? flagged
               : SyscallResult(call.memory.write(at + offsetof(MessageHeader, control_bytes), control.bytes));
}

}  // namespace

SyscallResult sys_sendmsg(Syscall& call) {
    auto described = find_message(call);
    if (!described) {
        return described.error();
    }
    const MessageHeader& header = described.value().header;
    auto address = address_in(call, header);
    if (!address) {
        return address.error();
    }
    auto carried = read_control(call, {VirtAddr(header.control), header.control == 0 ? 0 : header.control_bytes});
    if (!carried) {
        return carried.error();
    }
    return send(call, *described.value().file,
                {.list = std::move(described.value().list),
                 .flags = call.argument(2),
                 .address = std::move(address).take(),
                 .carried = std::move(carried).take()});
}

SyscallResult sys_recvmsg(Syscall& call) {
    auto described = find_message(call);
    if (!described) {
        return described.error();
    }
    Receiving receiving{.list = std::move(described.value().list), .flags = call.argument(2)};
    const SyscallResult result = receive(call, *described.value().file, receiving);
    if (!is_over(call) || result.is_error()) {
        return result;
    }
    const SyscallResult told = tell_message(call, *described.value().file, described.value().header, receiving);
    return told.is_error() ? told : result;
}

}  // namespace vmlab::linux_abi
