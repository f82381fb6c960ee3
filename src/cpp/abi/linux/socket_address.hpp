// SPDX-License-Identifier: GPL-2.0-only
// How calls name sockets: by a descriptor, and by a sockaddr_un.
#pragma once

#include <string>

#include "abi/linux/syscall.hpp"
#include "kernel/files/socket.hpp"

namespace vmlab::linux_abi {

inline constexpr std::uint32_t AF_UNSPEC = 0, AF_UNIX = 1;
inline constexpr std::uint32_t FAMILY_BYTES = 2, LONGEST_ADDRESS = 128;  ///< of an address, of whichever family

/// The socket of a descriptor. Fails: BADF, NOTSOCK.
[[nodiscard]] Result<Ref<OpenSocket>, Errno> find_socket(Syscall& call, std::uint32_t descriptor);

/// The bytes of an address, with its family. Fails: INVAL, FAULT.
[[nodiscard]] Result<std::string, Errno> read_address(Syscall& call, VirtAddr address, std::uint32_t length);
/// Of what read_address() has read; AF_UNSPEC where it is too short to have one.
[[nodiscard]] std::uint32_t family_of(const std::string& address);
/// Fails: INVAL where it is no address of a local socket.
[[nodiscard]] Result<SocketName, Errno> name_in(const std::string& address);
[[nodiscard]] inline bool is_path(const SocketName& name) { return !name.empty() && name.front() != '\0'; }

/// Who has the name now. Fails: CONNREFUSED, PROTOTYPE, and as the walk along a path.
[[nodiscard]] Result<Ref<Socket>, Errno> find_named(Syscall& call, const SocketName& name, SocketKind kind);

/// Tells a name where there is room, and its length where that stood. Nobody: there is no address, not even an empty one.
enum class AddressOf : std::uint8_t { Socket, Nobody };
[[nodiscard]] SyscallResult write_address(Syscall& call, VirtAddr to, VirtAddr length, const SocketName& name,
                                          AddressOf whose = AddressOf::Socket);

}  // namespace vmlab::linux_abi
