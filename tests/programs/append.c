// SPDX-License-Identifier: 0BSD
// O_APPEND, set at open or later, over writes, seeks and pwrite; and two that append to one file.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void show_file(const char *name) {
    static char text[400];
    int fd = open(name, O_RDONLY);
    ssize_t count = read(fd, text, sizeof text);
    close(fd);
    printf("%d bytes: %.*s\n", (int)count, (int)count, text);
}

int main(void) {
    int fd = open("file", O_RDWR | O_CREAT | O_APPEND, 0644);
    write(fd, "one", 3);
    printf("at %d\n", (int)lseek(fd, 0, SEEK_CUR));
    lseek(fd, 1, SEEK_SET);
    char byte;
    read(fd, &byte, 1);
    printf("read %c, at %d\n", byte, (int)lseek(fd, 0, SEEK_CUR));
    write(fd, "two", 3);
    printf("at %d\n", (int)lseek(fd, 0, SEEK_CUR));
    printf("pwrite %d\n", (int)pwrite(fd, "three", 5, 0));
    show_file("file");
    printf("flags %o\n", fcntl(fd, F_GETFL));
    printf("off %d\n", fcntl(fd, F_SETFL, O_NONBLOCK));
    printf("flags %o\n", fcntl(fd, F_GETFL));
    lseek(fd, 0, SEEK_SET);
    write(fd, "ONE", 3);
    int plain = open("file", O_WRONLY);
    lseek(plain, 3, SEEK_SET);
    printf("on %d\n", fcntl(plain, F_SETFL, O_APPEND | O_CREAT | O_RDWR));
    printf("flags %o\n", fcntl(plain, F_GETFL));
    write(plain, "four", 4);
    show_file("file");
    fflush(stdout);
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            int own = open("shared", O_WRONLY | O_CREAT | O_APPEND, 0644);
            for (int n = 0; n < 50; n++)
                write(own, "0123456789", 10);
            _exit(0);
        }
    wait(NULL);
    wait(NULL);
    printf("appended by two: %d\n", (int)lseek(open("shared", O_RDONLY), 0, SEEK_END));
    return 0;
}
