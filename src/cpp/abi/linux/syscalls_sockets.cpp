// SPDX-License-Identifier: GPL-2.0-only
// Calls that make, name and connect sockets, and socketcall, by which all calls on sockets can be made.
#include <algorithm>
#include <array>

#include "abi/linux/open_flags.hpp"
#include "abi/linux/socket_address.hpp"
#include "abi/linux/waiting.hpp"

namespace vmlab::linux_abi {

namespace {

/// The names that follow SOCK_. What makes one nonblocking or closed on exec are the flags of open().
struct SocketTypes {
    static constexpr std::uint32_t STREAM = 1, DGRAM = 2, RAW = 3, SEQPACKET = 5, END = 11, MASK = 0xF;
    static constexpr std::uint32_t FLAGS = OpenFlags::NONBLOCK | OpenFlags::CLOEXEC;
};

/// There are local sockets alone. Fails: AFNOSUPPORT, INVAL, PROTONOSUPPORT, SOCKTNOSUPPORT.
Result<SocketKind, Errno> kind_of(std::uint32_t domain, std::uint32_t type, std::uint32_t protocol) {
    constexpr std::uint32_t DOMAINS = 46;
    if (domain < DOMAINS && type >= SocketTypes::END) {
        return Failure(Errno::INVAL);
    }
    if (domain != AF_UNIX) {
        return Failure(Errno::AFNOSUPPORT);
    }
    if (protocol != 0 && protocol != AF_UNIX) {
        return Failure(Errno::PROTONOSUPPORT);
    }
    switch (type) {
        case SocketTypes::STREAM:
            return SocketKind::Stream;
        case SocketTypes::DGRAM:
        case SocketTypes::RAW:
            return SocketKind::Datagram;
        case SocketTypes::SEQPACKET:
            return SocketKind::Packets;
        default:
            return Failure(Errno::SOCKTNOSUPPORT);
    }
}

Ref<OpenSocket> make_socket(Syscall& call, SocketKind kind, std::uint32_t flags) {
    Ref<OpenSocket> socket = call.kernel.filesystem().make_socket(kind);
    socket->set_block_mode(block_mode(flags));
    return socket;
}

/// The two lowest free numbers. Fails: MFILE.
Result<std::array<std::uint32_t, 2>, Errno> find_two_free(const DescriptorTable& files) {
    std::array<std::uint32_t, 2> free{};
    std::uint32_t next = 0;
    for (std::uint32_t& number : free) {
        while (files.find_any(next) != nullptr) {
            ++next;
        }
        number = next++;
    }
    return next <= files.limit() ? Result<std::array<std::uint32_t, 2>, Errno>(free) : Failure(Errno::MFILE);
}

}  // namespace

SyscallResult sys_socket(Syscall& call) {
    const std::uint32_t flags = call.argument(1) & ~SocketTypes::MASK;
    if ((flags & ~SocketTypes::FLAGS) != 0) {
        return Errno::INVAL;
    }
    const auto kind = kind_of(call.argument(0), call.argument(1) & SocketTypes::MASK, call.argument(2));
    return kind ? SyscallResult(
                      call.process.files().install(make_socket(call, kind.value(), flags), 0, close_on_exec(flags)))
                : SyscallResult(kind.error());
}

// The numbers are told before anything is made.
SyscallResult sys_socketpair(Syscall& call) {
    const std::uint32_t flags = call.argument(1) & ~SocketTypes::MASK;
    if ((flags & ~SocketTypes::FLAGS) != 0) {
        return Errno::INVAL;
    }
    auto& files = call.process.files();
    const auto numbers = find_two_free(files);
    if (!numbers) {
        return numbers.error();
    }
    if (call.memory.write(call.pointer(3), numbers.value()) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    const auto kind = kind_of(call.argument(0), call.argument(1) & SocketTypes::MASK, call.argument(2));
    if (!kind) {
        return kind.error();
    }
    const std::array pair{make_socket(call, kind.value(), flags), make_socket(call, kind.value(), flags)};
    Socket::join(pair[0]->socket(), pair[1]->socket());
    for (std::size_t i = 0; i < pair.size(); ++i) {
        pair[i]->socket()->set_peer_owner(call.kernel.filesystem().sockets().user());
        require(files.install_at(pair[i], numbers.value()[i], close_on_exec(flags)).ok(),
                "a free descriptor takes a file");
    }
    return 0U;
}

namespace {

/// What bind() says of a socket that has a name already: as if it had none, and then no.
SyscallResult refuse_second_name(Syscall& call, const SocketName& name) {
    RamFilesystem& files = call.kernel.filesystem();
    const std::string directory = call.process.place().working_directory();
    if (is_path(name)) {
        if (const auto made = files.make_node(FileType::Socket, directory, name, 0); !made) {
            return made.error() == FileError::Exists ? Errno::ADDRINUSE : errno_of(made.error());
        }
        require(files.unlink(directory, name).ok(), "what was made can be removed");
    }
    return Errno::INVAL;
}

SyscallResult bind(Syscall& call, Socket& socket, const std::string& address) {
    RamFilesystem& files = call.kernel.filesystem();
    if (address.size() == FAMILY_BYTES && family_of(address) == AF_UNIX) {
        return socket.name().empty() ? SyscallResult(files.sockets().name_by_number(socket)) : SyscallResult(0U);
    }
    const auto name = name_in(address);
    if (!name) {
        return name.error();
    }
    if (!socket.name().empty()) {
        return refuse_second_name(call, name.value());
    }
    const auto& place = call.process.place();
    return is_path(name.value()) ? files.bind(socket, place.working_directory(), name.value(), 0777U & ~place.file_mask)
                                 : files.sockets().name(socket, name.value());
}

/// For datagrams: who they go to from now on.
SyscallResult choose_peer(Syscall& call, Socket& socket, const std::string& address) {
    if (address.size() < FAMILY_BYTES) {
        return Errno::INVAL;
    }
    if (family_of(address) == AF_UNSPEC) {
        socket.set_peer(nullptr);
        return 0U;
    }
    const auto name = name_in(address);
    if (!name) {
        return name.error();
    }
    auto peer = find_named(call, name.value(), socket.kind());
    if (!peer) {
        return peer.error();
    }
    if (!socket.may_send_to(*peer.value())) {
        return Errno::PERM;
    }
    socket.set_peer(std::move(peer).take());
    return 0U;
}

SyscallResult connect(Syscall& call, OpenSocket& file, const std::string& address) {
    Socket& socket = *file.socket();
    const auto name = name_in(address);
    if (!name) {
        return name.error();
    }
    const auto listening = find_named(call, name.value(), socket.kind());
    if (!listening) {
        return listening.error();
    }
    RamFilesystem& files = call.kernel.filesystem();
    const auto connected = socket.connect(
        *listening.value(), [&files](SocketKind kind) { return files.make_socket(kind); }, files.sockets().user());
    return !connected && connected.error() == FileError::WouldBlock
               ? wait_to_move(call, file, Direction::Output, listening.value()->channel(WaitChannel::What::Room))
               : SyscallResult(connected);
}

}  // namespace

SyscallResult sys_bind(Syscall& call) {
    const auto file = find_socket(call, call.argument(0));
    if (!file) {
        return file.error();
    }
    const auto address = read_address(call, call.pointer(1), call.argument(2));
    return address ? bind(call, *file.value()->socket(), address.value()) : SyscallResult(address.error());
}

SyscallResult sys_connect(Syscall& call) {
    const auto file = find_socket(call, call.argument(0));
    if (!file) {
        return file.error();
    }
    const auto address = read_address(call, call.pointer(1), call.argument(2));
    if (!address) {
        return address.error();
    }
    Socket& socket = *file.value()->socket();
    return socket.has_connections() ? connect(call, *file.value(), address.value())
                                    : choose_peer(call, socket, address.value());
}

SyscallResult sys_listen(Syscall& call) {
    constexpr std::uint32_t MOST = 4096;
    const auto file = find_socket(call, call.argument(0));
    return file ? SyscallResult(file.value()->socket()->listen(std::min(call.argument(1), MOST),
                                                               call.kernel.filesystem().sockets().user()))
                : SyscallResult(file.error());
}

SyscallResult sys_accept4(Syscall& call) {
    const std::uint32_t flags = call.argument(3);
    if ((flags & ~SocketTypes::FLAGS) != 0) {
        return Errno::INVAL;
    }
    const auto file = find_socket(call, call.argument(0));
    if (!file) {
        return file.error();
    }
    auto& files = call.process.files();
    if (!files.has_room()) {
        return Errno::MFILE;
    }
    const auto accepted = file.value()->socket()->accept();
    if (!accepted) {
        return accepted.error() == FileError::WouldBlock ? wait_for_file(call, *file.value(), Direction::Input)
                                                         : SyscallResult(accepted.error());
    }
    OpenSocket& connection = *accepted.value();
    connection.set_block_mode(block_mode(flags));
    if (call.argument(1) != 0) {
        const Ref<Socket>& peer = connection.socket()->peer();
        const SyscallResult told =
            write_address(call, call.pointer(1), call.pointer(2), peer ? peer->name() : SocketName());
        if (told.is_error()) {
            return told;
        }
    }
    return files.install(accepted.value(), 0, close_on_exec(flags));
}

SyscallResult sys_getsockname(Syscall& call) {
    const auto file = find_socket(call, call.argument(0));
    return file ? write_address(call, call.pointer(1), call.pointer(2), file.value()->socket()->name())
                : SyscallResult(file.error());
}

SyscallResult sys_getpeername(Syscall& call) {
    const auto file = find_socket(call, call.argument(0));
    if (!file) {
        return file.error();
    }
    const Ref<Socket>& peer = file.value()->socket()->peer();
    return peer ? write_address(call, call.pointer(1), call.pointer(2), peer->name()) : SyscallResult(Errno::NOTCONN);
}

SyscallResult sys_shutdown(Syscall& call) {
    enum : std::uint32_t { RECEIVE, SEND, BOTH };
    const auto file = find_socket(call, call.argument(0));
    if (!file) {
        return file.error();
    }
    const std::uint32_t how = call.argument(1);
    if (how > BOTH) {
        return Errno::INVAL;
    }
    file.value()->socket()->shut({.receive = how != SEND, .send = how != RECEIVE});
    return 0U;
}

namespace {

/// A call among those of socketcall: its handler, and how many arguments there are in memory. The others are 0.
struct CalledByNumber {
    SyscallHandler handler = nullptr;
    std::size_t arguments = 0;
};

constexpr std::array CALLS{
    CalledByNumber{},
    CalledByNumber{sys_socket, 3},
    CalledByNumber{sys_bind, 3},
    CalledByNumber{sys_connect, 3},
    CalledByNumber{sys_listen, 2},
    CalledByNumber{sys_accept4, 3},
    CalledByNumber{sys_getsockname, 3},
    CalledByNumber{sys_getpeername, 3},
    CalledByNumber{sys_socketpair, 4},
    CalledByNumber{sys_sendto, 4},
    CalledByNumber{sys_recvfrom, 4},
    CalledByNumber{sys_sendto, 6},
    CalledByNumber{sys_recvfrom, 6},
    CalledByNumber{sys_shutdown, 2},
    CalledByNumber{sys_setsockopt, 5},
    CalledByNumber{sys_getsockopt, 5},
    CalledByNumber{sys_sendmsg, 3},
    CalledByNumber{sys_recvmsg, 3},
    CalledByNumber{sys_accept4, 4},
};

}  // namespace

SyscallResult sys_socketcall(Syscall& call) {
    const std::uint32_t number = call.argument(0);
    if (number == 0 || number >= CALLS.size()) {
        return Errno::INVAL;
    }
    const CalledByNumber& called = CALLS[number];
    std::array<std::uint32_t, 6> arguments{};
    const auto given = std::span(arguments).first(called.arguments);
    if (call.memory.copy_in(call.pointer(1), std::as_writable_bytes(given)) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    call.arguments = arguments;
    return called.handler(call);
}

}  // namespace vmlab::linux_abi
