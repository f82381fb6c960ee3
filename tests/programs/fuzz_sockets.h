// SPDX-License-Identifier: 0BSD
// Calls on sockets, counts and sets of watched files with arguments by which they often succeed.
#pragma once

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "linux_raw_call.h"
#include <string.h>

#define FIRST_SOCKET_CALL 359
#define LAST_SOCKET_CALL 373

static struct sockaddr_un fuzz_address = {AF_UNIX, "/tmp/s"};
static struct msghdr fuzz_message;

/// Small descriptors for sockets and what watches them.
static void make_sockets(int type) {
    int pair[2];
    socketpair(AF_UNIX, type, 0, pair);
    epoll_create1(0);
    eventfd(1, 0);
}

/// A message to the address, or to who is at the other end, that carries a descriptor.
static void prepare_message(unsigned descriptor, unsigned addressed) {
    static unsigned carried[8];
    static struct iovec piece = {carried, sizeof carried};
    memcpy(carried, (unsigned[4]){16, SOL_SOCKET, SCM_RIGHTS, descriptor}, 16);
    fuzz_message = (struct msghdr){addressed ? &fuzz_address : NULL, addressed ? sizeof fuzz_address : 0, &piece, 1, carried,
                                   addressed ? 0 : sizeof carried / 2, 0};
}

/// Whether the call is one of those; then its arguments are chosen. `any` are random words.
static int choose_socket_arguments(unsigned words[7], const unsigned any[6], unsigned buffer) {
    static const unsigned types[] = {1, 2, 5, 1 | SOCK_NONBLOCK, 2 | SOCK_NONBLOCK, 5 | SOCK_NONBLOCK};
    unsigned number = words[0], fd = 3 + any[0] % 12, other = 3 + any[1] % 12;
    unsigned flags = any[2] % 4 != 0 ? MSG_DONTWAIT : (1u << any[3] % 9) & ~1u;
    unsigned chosen[6] = {fd, buffer, any[1] % 3000, flags, 0, 0};
    if (number == 359 || number == 360) { // socket and socketpair
        memcpy(chosen, (unsigned[4]){AF_UNIX, types[any[0] % 6], 0, buffer}, 16);
    } else if (number == 361 || number == 362) { // bind and connect
        fuzz_address.sun_path[0] = any[2] % 2 == 0 ? '/' : '\0';
        fuzz_address.sun_path[5] = (char)('a' + any[3] % 3);
        chosen[1] = P(&fuzz_address);
        chosen[2] = any[4] % 16 == 0 ? 2 : sizeof fuzz_address.sun_family + 7;
    } else if (number == 363 || number == 373) { // listen and shutdown
        chosen[1] = any[1] % 4;
    } else if (number == 364) { // accept4
        chosen[1] = chosen[2] = chosen[3] = 0;
    } else if (number == 365 || number == 366) { // getsockopt and setsockopt
        memcpy(chosen + 1, (unsigned[4]){SOL_SOCKET, any[1] % 70, buffer, number == 366 ? 8 : buffer}, 16);
    } else if (number == 370 || number == 372) { // sendmsg and recvmsg
        prepare_message(other, any[4] % 3 == 0);
        chosen[1] = P(&fuzz_message);
        chosen[2] = flags;
    } else if (number == 255) { // epoll_ctl
        memcpy(chosen, (unsigned[4]){6 + any[2] % 4, 1 + any[3] % 3, fd, buffer}, 16);
        *(unsigned *)buffer = any[4];
    } else if (number == 256 || number == 319) { // epoll_wait and epoll_pwait
        memcpy(chosen, (unsigned[4]){6 + any[2] % 4, buffer, 1 + any[1] % 8, 0}, 16);
    } else if (number == 328 || number == 329) { // eventfd2 and epoll_create1
        chosen[0] = chosen[1] = 0;
    } else if (number < FIRST_SOCKET_CALL || number > LAST_SOCKET_CALL) {
        return 0;
    }
    memcpy(words + 1, chosen, sizeof chosen);
    return 1;
}
