// SPDX-License-Identifier: GPL-2.0-only
// Parents and children: exec with a command line, wait, descriptors that nobody inherits, programs that nobody overwrites.
#include <pintos.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int child(int argc, char **argv) {
    if (strcmp(argv[1], "status") == 0)
        return atoi(argv[2]);
    if (strcmp(argv[1], "show") == 0)
        for (int i = 2; i < argc; i++)
            printf("child has '%s'\n", argv[i]);
    if (strcmp(argv[1], "use") == 0) {
        char byte = 'x';
        int fd = atoi(argv[2]);
        printf("child: read %d, filesize %d\n", read(fd, &byte, 1), filesize(fd));
        close(fd);
    }
    if (strcmp(argv[1], "crash") == 0)
        *(volatile int *)0 = 1;
    return 0;
}

int main(int argc, char **argv) {
    if (argc > 1)
        return child(argc, argv);
    pid_t pid = exec("family status 81");
    printf("wait %d\n", wait(pid));
    printf("wait again %d\n", wait(pid));
    printf("wait for nobody's child %d\n", wait(12345));
    printf("wait for -1 %d\n", wait(-1));
    printf("wait %d\n", wait(exec("family status -7")));
    printf("wait %d\n", wait(exec("  family   show two  words ")));
    printf("exec what is missing %d\n", exec("missing"));
    printf("exec a text %d\n", exec("text"));
    printf("exec nothing %d\n", exec(""));

    int fd = open("text");
    printf("wait %d\n", wait(exec(fd == 2 ? "family use 2" : "family")));
    char byte = '?';
    int count = read(fd, &byte, 1);
    printf("parent: read %d '%c'\n", count, byte);

    fd = open("family");
    printf("write to oneself %d\n", write(fd, "x", 1));
    printf("wait for a crash %d\n", wait(exec("family crash")));
    exec("family status 5");
    return 0;
}
