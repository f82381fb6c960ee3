// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/socket_address.hpp"

#include <algorithm>

#include "abi/linux/found_file.hpp"

namespace vmlab::linux_abi {

Result<Ref<OpenSocket>, Errno> find_socket(Syscall& call, std::uint32_t descriptor) {
    return find_file<OpenSocket>(call, descriptor, Errno::NOTSOCK);
}

Result<std::string, Errno> read_address(Syscall& call, VirtAddr address, std::uint32_t length) {
    if (length > LONGEST_ADDRESS) {
        return Failure(Errno::INVAL);
    }
    std::string bytes(length, '\0');
    const bool read = call.memory.copy_in(address, std::as_writable_bytes(std::span(bytes))) == CopyResult::Ok;
    return read ? Result<std::string, Errno>(std::move(bytes)) : Failure(Errno::FAULT);
}

std::uint32_t family_of(const std::string& address) {
    if (address.size() < FAMILY_BYTES) {
        return AF_UNSPEC;
    }
    return static_cast<std::uint8_t>(address[0]) | static_cast<std::uint32_t>(static_cast<std::uint8_t>(address[1]))
                                                       << 8;
}

Result<SocketName, Errno> name_in(const std::string& address) {
    constexpr std::size_t LONGEST = 110;
    if (address.size() <= FAMILY_BYTES || address.size() > LONGEST || family_of(address) != AF_UNIX) {
        return Failure(Errno::INVAL);
    }
    SocketName name = address.substr(FAMILY_BYTES);
    return is_path(name) ? name.substr(0, name.find('\0')) : name;
}

Result<Ref<Socket>, Errno> find_named(Syscall& call, const SocketName& name, SocketKind kind) {
    RamFilesystem& files = call.kernel.filesystem();
    if (!is_path(name)) {
        Socket* const socket = files.sockets().find(kind, name);
        return socket != nullptr ? Result<Ref<Socket>, Errno>(Ref<Socket>(socket)) : Failure(Errno::CONNREFUSED);
    }
    const auto inode = files.find(call.process.place().working_directory(), name, FollowLinks::Yes);
    if (!inode) {
        return Failure(errno_of(inode.error()));
    }
    const auto* const node = dynamic_cast<const SocketNode*>(inode.value().get());
    if (node == nullptr || node->socket() == nullptr) {
        return Failure(Errno::CONNREFUSED);
    }
    return node->socket()->kind() == kind ? Result<Ref<Socket>, Errno>(Ref<Socket>(node->socket()))
                                          : Failure(Errno::PROTOTYPE);
}

SyscallResult write_address(Syscall& call, VirtAddr to, VirtAddr length, const SocketName& name, AddressOf whose) {
    const auto room = call.memory.read<std::int32_t>(length);
    if (!room) {
        return Errno::FAULT;
    }
    if (*room < 0) {
        return Errno::INVAL;
    }
    std::string address;
    if (whose == AddressOf::Socket) {
        address = std::string{static_cast<char>(AF_UNIX), '\0'} + name;
        address.append(is_path(name) ? 1 : 0, '\0');
    }
    const auto told = std::as_bytes(std::span<const char>(address))
                          .first(std::min<std::size_t>(address.size(), static_cast<std::uint32_t>(*room)));
    if (call.memory.copy_out(to, told) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    return call.memory.write(length, static_cast<std::uint32_t>(address.size()));
}

}  // namespace vmlab::linux_abi
