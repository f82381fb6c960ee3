// SPDX-License-Identifier: GPL-2.0-only
// Linux's error numbers, and which of them the kernel's own errors become.
#pragma once

#include <cstdint>

#include "kernel/files/open_file.hpp"
#include "vm/address_space.hpp"

namespace vmlab::linux_abi {

enum class Errno : std::uint32_t {
    PERM = 1,
    NOENT = 2,
    SRCH = 3,
    INTR = 4,
    IO = 5,
    NXIO = 6,
    TOOBIG = 7,
    NOEXEC = 8,
    BADF = 9,
    CHILD = 10,
    AGAIN = 11,
    NOMEM = 12,
    ACCES = 13,
    FAULT = 14,
    BUSY = 16,
    EXIST = 17,
    XDEV = 18,
    NODEV = 19,
    NOTDIR = 20,
    ISDIR = 21,
    INVAL = 22,
    MFILE = 24,
    NOTTY = 25,
    TXTBSY = 26,
    FBIG = 27,
    NOSPC = 28,
    SPIPE = 29,
    PIPE = 32,
    DOM = 33,
    RANGE = 34,
    DEADLK = 35,
    NAMETOOLONG = 36,
    NOSYS = 38,
    NOTEMPTY = 39,
    LOOP = 40,
    NOMSG = 42,
    IDRM = 43,
    OVERFLOWED = 75,
    LIBBAD = 80,
    NOTSOCK = 88,
    MSGSIZE = 90,
    PROTOTYPE = 91,
    NOPROTOOPT = 92,
    PROTONOSUPPORT = 93,
    SOCKTNOSUPPORT = 94,
    OPNOTSUPP = 95,
    AFNOSUPPORT = 97,
    ADDRINUSE = 98,
    CONNRESET = 104,
    ISCONN = 106,
    NOTCONN = 107,
    TIMEDOUT = 110,
    CONNREFUSED = 111,
};

[[nodiscard]] Errno errno_of(FileError error);
[[nodiscard]] Errno errno_of(VmError error);

}  // namespace vmlab::linux_abi
