// SPDX-License-Identifier: 0BSD
// Named pipes: who opens one waits for the other end, unless asked not to.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void show(const char *what, long result) {
    printf("%s: %ld %s\n", what, result, result < 0 ? strerror(errno) : "");
}

static void without_waiting(void) {
    char text[20];
    show("write end alone", open("fifo", O_WRONLY | O_NONBLOCK));
    int reader = open("fifo", O_RDONLY | O_NONBLOCK);
    show("read end alone", reader);
    show("read without a writer", read(reader, text, 5));
    int writer = open("fifo", O_WRONLY | O_NONBLOCK);
    show("write end", writer);
    show("read of an empty one", read(reader, text, 5));
    show("write", write(writer, "hello", 5));
    close(writer);
    show("read", read(reader, text, 3));
    show("read", read(reader, text, 9));
    show("read at the end", read(reader, text, 9));
    close(reader);
    int both = open("fifo", O_RDWR);
    show("both ends", both);
    show("write to itself", write(both, "abc", 3));
    show("read from itself", read(both, text, 9));
    close(both);
}

static void waiting(int first_flags, int second_flags) {
    char text[20];
    fflush(stdout);
    if (fork() == 0) {
        int fd = open("fifo", first_flags);
        if (first_flags == O_WRONLY)
            _exit(fd == 3 && write(fd, "from child", 10) == 10 ? 5 : 6);
        _exit(fd == 3 && read(fd, text, 20) == 11 ? 7 : 8);
    }
    for (volatile int spin = 0; spin < 1000000; spin++)
        ;
    int fd = open("fifo", second_flags), status;
    if (second_flags == O_RDONLY) {
        ssize_t count = read(fd, text, 20);
        printf("read %.*s\n", (int)count, text);
    } else {
        show("write", write(fd, "from parent", 11));
    }
    close(fd);
    wait(&status);
    printf("child %d\n", WEXITSTATUS(status));
}

int main(void) {
    struct stat status;
    show("mkfifo", mkfifo("fifo", 0666));
    show("mkfifo again", mkfifo("fifo", 0666));
    show("mknod of a file", mknod("plain", S_IFREG | 0644, 0));
    show("mknod without a type", mknod("plainer", 0600, 0));
    show("mknod of a directory", mknod("no", S_IFDIR | 0644, 0));
    show("mknod of nothing known", mknod("no", 0110000, 0));
    show("mkfifo nowhere", mkfifo("no/fifo", 0666));
    show("mkfifo with a slash", mkfifo("no/", 0666));
    stat("fifo", &status);
    printf("mode %o size %d fifo %d\n", status.st_mode, (int)status.st_size, S_ISFIFO(status.st_mode));
    stat("plain", &status);
    printf("mode %o\n", status.st_mode);
    show("truncate", truncate("fifo", 0));
    without_waiting();
    waiting(O_WRONLY, O_RDONLY);
    waiting(O_RDONLY, O_WRONLY);
    show("rename", rename("fifo", "other"));
    show("unlink", unlink("other"));
    return 0;
}
