// SPDX-License-Identifier: GPL-2.0-only
// getsockopt and setsockopt.
#include <algorithm>
#include <cstring>

#include "abi/linux/control_messages.hpp"
#include "abi/linux/socket_address.hpp"
#include "abi/linux/time_records.hpp"
#include "abi/linux/waiting.hpp"

namespace vmlab::linux_abi {

namespace {

constexpr std::uint32_t SOCKET_LEVEL = 1;

/// The names that follow SO_. The times are those of before 2038, and behind them those of today.
enum Option : std::uint32_t {
    DEBUG = 1,
    REUSEADDR = 2,
    TYPE = 3,
    ERROR = 4,
    DONTROUTE = 5,
    BROADCAST = 6,
    SNDBUF = 7,
    RCVBUF = 8,
    KEEPALIVE = 9,
    OOBINLINE = 10,
    PRIORITY = 12,
    LINGER = 13,
    REUSEPORT = 15,
    PASSCRED = 16,
    PEERCRED = 17,
    RCVLOWAT = 18,
    SNDLOWAT = 19,
    RCVTIMEO = 20,
    SNDTIMEO = 21,
    ACCEPTCONN = 30,
    SNDBUFFORCE = 32,
    RCVBUFFORCE = 33,
    PROTOCOL = 38,
    DOMAIN = 39,
    RCVTIMEO_64 = 66,
    SNDTIMEO_64 = 67,
};

/// What an option is set to, or has been: a number, a time, or who is at the other end.
template <typename Value>
std::string bytes_of(const Value& value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

std::uint32_t type_of(SocketKind kind) {
    constexpr std::uint32_t STREAM = 1, DGRAM = 2, SEQPACKET = 5;
    return kind == SocketKind::Stream ? STREAM : kind == SocketKind::Datagram ? DGRAM : SEQPACKET;
}

/// struct timeval in 64 bits.
struct WideTimeval {
    std::int64_t seconds, part;
};

std::string patience_bytes(const std::optional<std::uint64_t>& patience) {
    return bytes_of(make_time<Timeval>(patience.value_or(0)));
}

std::string wide_patience_bytes(const std::optional<std::uint64_t>& patience) {
    const Timeval time = make_time<Timeval>(patience.value_or(0));
    return bytes_of(WideTimeval{time.seconds, time.part});
}

/// Nothing for an option that there is not.
std::optional<std::string> value_of(Socket& socket, std::uint32_t option) {
    const Socket::Settings& settings = socket.settings;
    switch (option) {
        case TYPE:
            return bytes_of(type_of(socket.kind()));
        case ERROR: {
            const auto error = socket.take_error();
            return bytes_of(error ? static_cast<std::uint32_t>(errno_of(*error)) : 0U);
        }
        case SNDBUF:
            return bytes_of(settings.send_room);
        case RCVBUF:
            return bytes_of(settings.receive_room);
        case PASSCRED:
            return bytes_of(settings.tells_sender ? 1U : 0U);
        case PEERCRED: {
            constexpr std::uint32_t NOBODY = ~0U;
            const SocketOwner& owner = socket.peer_owner();
            const bool known = owner.pid != 0;
            return bytes_of(UserCredentials{owner.pid, known ? owner.user : NOBODY, known ? owner.group : NOBODY});
        }
        case RCVTIMEO:
            return patience_bytes(settings.receive_patience);
        case SNDTIMEO:
            return patience_bytes(settings.send_patience);
        case RCVTIMEO_64:
            return wide_patience_bytes(settings.receive_patience);
        case SNDTIMEO_64:
            return wide_patience_bytes(settings.send_patience);
        case ACCEPTCONN:
            return bytes_of(socket.state() == Socket::State::Listening ? 1U : 0U);
        case DOMAIN:
            return bytes_of(AF_UNIX);
        case RCVLOWAT:
        case SNDLOWAT:
            return bytes_of(1U);
        case LINGER:
            return bytes_of(std::uint64_t{0});
        case DEBUG:
        case REUSEADDR:
        case DONTROUTE:
        case BROADCAST:
        case KEEPALIVE:
        case OOBINLINE:
        case PRIORITY:
        case REUSEPORT:
        case PROTOCOL:
            return bytes_of(0U);
        default:
            return std::nullopt;
    }
}

/// Room for messages is twice what is asked for: what describes them takes some of it.
std::uint32_t room_for(std::uint32_t asked, std::uint32_t least) {
    return std::max(std::min(asked, Socket::ROOM) * 2, least);
}

/// A time of these, which is for ever where it is 0. Fails: INVAL, FAULT, and with EDOM's number a part of a second too large.
template <typename Record>
Result<std::optional<std::uint64_t>, Errno> read_patience(Syscall& call) {
    constexpr std::int64_t MICROSECONDS = 1'000'000;
    if (call.argument(4) < sizeof(Record)) {
        return Failure(Errno::INVAL);
    }
    const auto time = call.memory.read<Record>(call.pointer(3));
    if (!time) {
        return Failure(Errno::FAULT);
    }
    if (time->part < 0 || time->part >= MICROSECONDS) {
        return Failure(Errno::DOM);
    }
    if (time->seconds < 0) {
        return std::optional<std::uint64_t>(0);
    }
    const auto units = time_of(Timeval{static_cast<std::int32_t>(std::min<std::int64_t>(time->seconds, 0x7FFFFFFF)),
                                       static_cast<std::int32_t>(time->part)});
    return units.value_or(0) == 0 ? std::optional<std::uint64_t>() : units;
}

SyscallResult set_patience(const Result<std::optional<std::uint64_t>, Errno>& read,
                           std::optional<std::uint64_t>& patience) {
    if (!read) {
        return read.error();
    }
    patience = read.value();
    return 0U;
}

SyscallResult set_option(Syscall& call, Socket& socket, std::uint32_t option) {
    constexpr std::uint32_t LEAST_TO_SEND = 4608, LEAST_TO_RECEIVE = 2304;
    if (call.argument(4) < sizeof(std::uint32_t)) {
        return Errno::INVAL;
    }
    const auto value = call.memory.read<std::uint32_t>(call.pointer(3));
    if (!value) {
        return Errno::FAULT;
    }
    Socket::Settings& settings = socket.settings;
    switch (option) {
        case RCVTIMEO:
            return set_patience(read_patience<Timeval>(call), settings.receive_patience);
        case SNDTIMEO:
            return set_patience(read_patience<Timeval>(call), settings.send_patience);
        case RCVTIMEO_64:
            return set_patience(read_patience<WideTimeval>(call), settings.receive_patience);
        case SNDTIMEO_64:
            return set_patience(read_patience<WideTimeval>(call), settings.send_patience);
        case SNDBUF:
        case SNDBUFFORCE:
            settings.send_room = room_for(*value, LEAST_TO_SEND);
            call.kernel.filesystem().waker()(socket.channel(WaitChannel::What::Output), WakeWho::First);
            return 0U;
        case RCVBUF:
        case RCVBUFFORCE:
            settings.receive_room = room_for(*value, LEAST_TO_RECEIVE);
            return 0U;
        case PASSCRED:
            settings.tells_sender = *value != 0;
            return 0U;
        case TYPE:
        case ERROR:
        case DOMAIN:
        case PROTOCOL:
        case ACCEPTCONN:
        case PEERCRED:
        case SNDLOWAT:
            return Errno::NOPROTOOPT;
        default:
            return value_of(socket, option) ? SyscallResult(0U) : SyscallResult(Errno::NOPROTOOPT);
    }
}

}  // namespace

SyscallResult sys_getsockopt(Syscall& call) {
    const auto file = find_socket(call, call.argument(0));
    if (!file) {
        return file.error();
    }
    if (call.argument(1) != SOCKET_LEVEL) {
        return Errno::OPNOTSUPP;
    }
    const auto room = call.memory.read<std::int32_t>(call.pointer(4));
    if (!room) {
        return Errno::FAULT;
    }
    if (*room < 0) {
        return Errno::INVAL;
    }
    const auto value = value_of(*file.value()->socket(), call.argument(2));
    if (!value) {
        return Errno::NOPROTOOPT;
    }
    const auto told = std::as_bytes(std::span<const char>(*value))
                          .first(std::min<std::size_t>(value->size(), static_cast<std::uint32_t>(*room)));
    if (call.memory.copy_out(call.pointer(3), told) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    return call.memory.write(call.pointer(4), static_cast<std::uint32_t>(told.size()));
}

SyscallResult sys_setsockopt(Syscall& call) {
    const auto file = find_socket(call, call.argument(0));
    if (!file) {
        return file.error();
    }
    if (static_cast<std::int32_t>(call.argument(4)) < 0) {
        return Errno::INVAL;
    }
    return call.argument(1) == SOCKET_LEVEL ? set_option(call, *file.value()->socket(), call.argument(2))
                                            : SyscallResult(Errno::OPNOTSUPP);
}

}  // namespace vmlab::linux_abi
