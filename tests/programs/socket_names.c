// SPDX-License-Identifier: 0BSD
// Sockets with names, of the filesystem and of none: bound, listened at, connected to and accepted.
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux_raw_call.h"
#include "linux_show.h"
#include "linux_show_events.h"

static char text[300];

static struct sockaddr *named(const char *name, socklen_t *bytes) {
    static struct sockaddr_un address;
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    size_t length = name[0] == '@' ? strlen(name) : strlen(name) + 1;
    memcpy(address.sun_path, name, length);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    *bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return (struct sockaddr *)&address;
}

static int bind_to(int fd, const char *name) {
    socklen_t bytes;
    struct sockaddr *address = named(name, &bytes);
    return bind(fd, address, bytes);
}

static int connect_to(int fd, const char *name) {
    socklen_t bytes;
    struct sockaddr *address = named(name, &bytes);
    return connect(fd, address, bytes);
}

static int send_to(int fd, const char *content, const char *name) {
    socklen_t bytes;
    struct sockaddr *address = named(name, &bytes);
    return (int)sendto(fd, content, strlen(content), MSG_DONTWAIT, address, bytes);
}

static void show_name(const char *what, int (*get)(int, struct sockaddr *, socklen_t *), int fd) {
    struct sockaddr_un address = {0};
    socklen_t bytes = sizeof address;
    int done = get(fd, (struct sockaddr *)&address, &bytes);
    printf("%s: %d %s family %d bytes %d '%s' '%s'\n", what, done, done < 0 ? strerror(errno) : "", address.sun_family,
           (int)bytes, address.sun_path, address.sun_path + 1);
}

static void binding(const char *name, const char *other) {
    struct stat status;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), second = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(connect_to(fd, name));
    SHOW(listen(fd, 5));
    SHOW(bind_to(fd, name));
    SHOW(bind_to(second, name));
    SHOW(bind_to(fd, name));
    SHOW(bind_to(fd, other));
    SHOW(bind_to(second, "none/x"));
    show_name("its name", getsockname, fd);
    show_name("nobody's name", getpeername, fd);
    show_name("no name", getsockname, second);
    if (name[0] != '@') {
        SHOW(stat(name, &status));
        printf("mode %o size %d\n", status.st_mode, (int)status.st_size);
        SHOW(open(name, O_RDWR));
        SHOW(stat(other, &status));
        SHOW(connect_to(second, "."));
        close(open("file", O_CREAT | O_RDWR, 0600));
        SHOW(connect_to(second, "file"));
        SHOW(bind_to(second, "file"));
        SHOW(connect_to(second, "file/x"));
    }
    SHOW(connect_to(second, name));
    SHOW(CALL(361, (unsigned)second, P(text), 2));
    SHOW(CALL(361, (unsigned)second, P(text), 200));
    SHOW(CALL(361, (unsigned)second, 0x20000000, 20));
    SHOW(CALL(362, (unsigned)second, P(text), 20));
    close(fd);
    SHOW(connect_to(second, name));
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(bind_to(fd, name));
    close(fd);
    close(second);
    unlink(name);
}

static void connections(const char *name, int type) {
    int listening = socket(AF_UNIX, type, 0), client[5], server, status;
    struct sockaddr_un from = {0};
    socklen_t bytes = sizeof from;
    printf("connections to %s of type %d\n", name, type);
    SHOW(bind_to(listening, name));
    SHOW(accept(listening, NULL, NULL));
    SHOW(listen(listening, 1));
    show_events("listening", listening);
    fcntl(listening, F_SETFL, O_NONBLOCK);
    SHOW(accept(listening, NULL, NULL));
    for (int i = 0; i < 5; i++)
        client[i] = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
    show_events("alone", client[0]);
    SHOW(bind_to(client[0], "@a client"));
    SHOW(connect_to(client[0], name));
    show_events("connected", client[0]);
    show_events("waited for", listening);
    SHOW(connect_to(client[0], name));
    SHOW(connect_to(client[1], name));
    SHOW(connect_to(client[2], name));
    SHOW(write(client[0], "early", 5));
    server = accept4(listening, (struct sockaddr *)&from, &bytes, SOCK_CLOEXEC);
    printf("accepted %d from %d '%s' flags %d %d\n", server > 0, (int)bytes, from.sun_path + 1, (int)fcntl(server, F_GETFD, 0),
           (int)fcntl(server, F_GETFL, 0));
    show_name("server's name", getsockname, server);
    show_name("its peer's name", getpeername, server);
    show_name("client's peer's name", getpeername, client[0]);
    bytes = sizeof from;
    SHOW(recvfrom(server, text, 100, 0, (struct sockaddr *)&from, &bytes));
    printf("from %d '%s'\n", (int)bytes, from.sun_path + 1);
    SHOW(write(server, "answer", 6));
    SHOW(read(client[0], text, 100));
    SHOW(sendto(server, "x", 1, 0, (struct sockaddr *)&from, bytes));
    SHOW(sendto(client[2], "x", 1, 0, (struct sockaddr *)&from, bytes));
    SHOW(accept4(listening, NULL, NULL, 1));
    bytes = 2;
    int second = accept4(listening, (struct sockaddr *)&from, &bytes, 0);
    printf("accepted %d from %d\n", second > 0, (int)bytes);
    SHOW(connect_to(client[2], name));
    int other = socket(AF_UNIX, type == SOCK_STREAM ? SOCK_SEQPACKET : SOCK_STREAM, 0);
    SHOW(connect_to(other, name));
    SHOW(connect_to(listening, name));
    SHOW(read(listening, text, 1));
    SHOW(send(listening, "x", 1, 0));
    close(listening);
    show_events("never accepted", client[2]);
    SHOW(read(client[2], text, 1));
    SHOW(read(client[2], text, 1));
    SHOW(connect_to(client[3], name));
    SHOW(CALL(361, (unsigned)client[4], P("\1\0"), 2)); // a name by number
    bytes = sizeof from;
    getsockname(client[4], (struct sockaddr *)&from, &bytes);
    printf("by number: %d\n", (int)bytes);
    unlink(name);
    SHOW(connect_to(client[3], name));
    for (int i = 0; i < 5; i++)
        close(client[i]);
    close(server);
    close(second);
    close(other);
    fflush(stdout);
    listening = socket(AF_UNIX, type, 0);
    bind_to(listening, name);
    listen(listening, 0);
    if (fork() == 0) {
        int mine = socket(AF_UNIX, type, 0);
        for (volatile int spin = 0; spin < 300000; spin++)
            ;
        connect_to(mine, name);
        send(mine, "from a child", 12, 0);
        _exit(read(mine, text, 100) == 3 ? 7 : 8);
    }
    server = accept(listening, NULL, NULL);
    SHOW(read(server, text, 100));
    SHOW(write(server, "bye", 3));
    wait(&status);
    SHOW(WEXITSTATUS(status));
    close(server);
    close(listening);
    unlink(name);
}

static void datagrams(void) {
    int one = socket(AF_UNIX, SOCK_DGRAM, 0), other = socket(AF_UNIX, SOCK_DGRAM, 0), third = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct sockaddr_un from = {0};
    socklen_t bytes = sizeof from;
    show_events("alone", one);
    SHOW(send(one, "x", 1, 0));
    SHOW(send_to(one, "x", "place"));
    SHOW(bind_to(one, "place"));
    SHOW(bind_to(other, "@other"));
    SHOW(send_to(other, "to a place", "place"));
    SHOW(send_to(third, "from nobody", "place"));
    SHOW(recvfrom(one, text, 100, 0, (struct sockaddr *)&from, &bytes));
    printf("from %d '%s'\n", (int)bytes, from.sun_path + 1);
    bytes = sizeof from;
    SHOW(recvfrom(one, text, 100, 0, (struct sockaddr *)&from, &bytes));
    printf("from %d\n", (int)bytes);
    SHOW(listen(one, 1));
    SHOW(accept(one, NULL, NULL));
    SHOW(connect_to(other, "place"));
    SHOW(send(other, "hello", 5, 0));
    show_name("peer", getpeername, other);
    int times = 0;
    while (send_to(third, "many", "place") == 4)
        times++;
    printf("%d more: %s\n", times, strerror(errno));
    show_events("full for it", other);
    SHOW(send(other, "x", 1, MSG_DONTWAIT));
    SHOW(connect_to(one, "@other"));
    SHOW(send_to(third, "refused", "place"));
    SHOW(connect_to(third, "place"));
    SHOW(connect_to(other, "@none"));
    struct sockaddr nobody = {0};
    SHOW(connect(other, &nobody, sizeof nobody));
    SHOW(send(other, "x", 1, 0));
    SHOW(recv(one, text, 100, MSG_DONTWAIT));
    SHOW(send_to(one, "to itself", "place"));
    unlink("place");
    close(one);
    SHOW(send_to(other, "x", "place"));
    int stream = socket(AF_UNIX, SOCK_STREAM, 0);
    bind_to(stream, "place");
    SHOW(send_to(other, "x", "place"));
    SHOW(connect_to(other, "place"));
    close(stream);
    unlink("place");
}

int main(void) {
    binding("sock", "other");
    binding("@sock", "@other");
    connections("sock", SOCK_STREAM);
    connections("@sock", SOCK_STREAM);
    connections("sock", SOCK_SEQPACKET);
    datagrams();
    SHOW(mknod("node", 0140644, 0));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(connect_to(fd, "node"));
    return 0;
}
