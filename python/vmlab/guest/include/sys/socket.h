// SPDX-License-Identifier: 0BSD
#pragma once

#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_INET 2

#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_SEQPACKET 5
#define SOCK_NONBLOCK 04000
#define SOCK_CLOEXEC 02000000

#define MSG_OOB 1
#define MSG_PEEK 2
#define MSG_CTRUNC 8
#define MSG_TRUNC 0x20
#define MSG_DONTWAIT 0x40
#define MSG_WAITALL 0x100
#define MSG_NOSIGNAL 0x4000
#define MSG_CMSG_CLOEXEC 0x40000000

#define SHUT_RD 0
#define SHUT_WR 1
#define SHUT_RDWR 2

#define SOL_SOCKET 1
#define SO_TYPE 3
#define SO_ERROR 4
#define SO_SNDBUF 7
#define SO_RCVBUF 8
#define SO_PASSCRED 16
#define SO_PEERCRED 17
#define SO_RCVTIMEO 20
#define SO_SNDTIMEO 21
#define SO_ACCEPTCONN 30
#define SO_PROTOCOL 38
#define SO_DOMAIN 39

#define SCM_RIGHTS 1
#define SCM_CREDENTIALS 2

typedef unsigned int socklen_t;
typedef unsigned short sa_family_t;

struct sockaddr {
    sa_family_t sa_family;
    char sa_data[14];
};

struct msghdr {
    void *msg_name;
    socklen_t msg_namelen;
    struct iovec *msg_iov;
    size_t msg_iovlen;
    void *msg_control;
    size_t msg_controllen;
    int msg_flags;
};

struct cmsghdr {
    size_t cmsg_len;
    int cmsg_level;
    int cmsg_type;
};

struct ucred {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};

#define CMSG_ALIGN(bytes) (((bytes) + sizeof(size_t) - 1) & ~(sizeof(size_t) - 1))
#define CMSG_LEN(bytes) (sizeof(struct cmsghdr) + (bytes))
#define CMSG_SPACE(bytes) (sizeof(struct cmsghdr) + CMSG_ALIGN(bytes))
#define CMSG_DATA(header) ((unsigned char *)((header) + 1))
#define CMSG_FIRSTHDR(message)                                     \
    ((message)->msg_controllen >= sizeof(struct cmsghdr)           \
         ? (struct cmsghdr *)(message)->msg_control : NULL)
#define CMSG_NXTHDR(message, header)                                                                            \
    ((char *)(header) + CMSG_ALIGN((header)->cmsg_len) + sizeof(struct cmsghdr) >                               \
             (char *)(message)->msg_control + (message)->msg_controllen                                         \
         ? NULL : (struct cmsghdr *)((char *)(header) + CMSG_ALIGN((header)->cmsg_len)))

int socket(int domain, int type, int protocol);
int socketpair(int domain, int type, int protocol, int pair[2]);
int bind(int fd, const struct sockaddr *address, socklen_t bytes);
int connect(int fd, const struct sockaddr *address, socklen_t bytes);
int listen(int fd, int most);
int accept(int fd, struct sockaddr *address, socklen_t *bytes);
int accept4(int fd, struct sockaddr *address, socklen_t *bytes, int flags);
int getsockname(int fd, struct sockaddr *address, socklen_t *bytes);
int getpeername(int fd, struct sockaddr *address, socklen_t *bytes);
int getsockopt(int fd, int level, int option, void *value, socklen_t *bytes);
int setsockopt(int fd, int level, int option, const void *value, socklen_t bytes);
int shutdown(int fd, int how);
ssize_t send(int fd, const void *data, size_t count, int flags);
ssize_t recv(int fd, void *out, size_t count, int flags);
ssize_t sendto(int fd, const void *data, size_t count, int flags, const struct sockaddr *to, socklen_t bytes);
ssize_t recvfrom(int fd, void *out, size_t count, int flags, struct sockaddr *from, socklen_t *bytes);
ssize_t sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t recvmsg(int fd, struct msghdr *message, int flags);
