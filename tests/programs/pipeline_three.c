// SPDX-License-Identifier: 0BSD
// A pipeline of three processes as a shell makes it: each executes this program again, with a pipe for its input or
// output.
#include "child_process.h"
#include <fcntl.h>

static int produce(int count) {
    for (int number = 1; number <= count; number++)
        printf("%d\n", number);
    return 0;
}

static int keep_squares(void) {
    char line[32];
    while (fgets(line, sizeof line, stdin) != NULL) {
        int number = atoi(line), root = 0;
        while (root * root < number)
            root++;
        if (root * root == number)
            printf("%d is the square of %d\n", number, root);
    }
    return 0;
}

static int count_lines(void) {
    int lines = 0, c;
    while ((c = getchar()) != EOF)
        lines += c == '\n';
    printf("%d lines\n", lines);
    return 3;
}

static int take_some(void) {
    char line[32];
    for (int i = 0; i < 5 && fgets(line, sizeof line, stdin) != NULL; i++)
        printf("%s", line);
    return 0;
}

static pid_t start(const char *role, const char *argument, int in, int out) {
    pid_t child = start_child();
    if (child == 0) {
        char *arguments[] = {(char *)"pipeline", (char *)role, (char *)argument, NULL};
        dup2(in, 0);
        dup2(out, 1);
        for (int fd = 3; fd < 16; fd++)
            close(fd);
        execv("/proc/self/exe", arguments);
        _exit(127);
    }
    return child;
}

/// As `produce | middle | last`. Prints what comes out of it, and how each has ended.
static void pipeline(const char *count, const char *middle, const char *last) {
    int first[2], second[2], result[2], statuses[3];
    char text[4096];
    pipe(first);
    pipe(second);
    pipe(result);
    pid_t one = start("produce", count, 0, first[1]);
    pid_t two = start(middle, "", first[0], second[1]);
    pid_t three = start(last, "", second[0], result[1]);
    close(first[0]);
    close(first[1]);
    close(second[0]);
    close(second[1]);
    close(result[1]);
    size_t done = 0;
    for (ssize_t bytes; (bytes = read(result[0], text + done, sizeof text - done)) > 0;)
        done += (size_t)bytes;
    close(result[0]);
    statuses[0] = end_of(one);
    statuses[1] = end_of(two);
    statuses[2] = end_of(three);
    printf("produce %s | %s | %s:\n%.*s", count, middle, last, (int)done, text);
    printf("statuses %x %x %x\n", (unsigned)statuses[0], (unsigned)statuses[1], (unsigned)statuses[2]);
}

int main(int count, char **arguments) {
    if (count == 1) {
        pipeline("100", "squares", "cat");
        pipeline("20000", "squares", "count"); // more than a pipe holds
        pipeline("0", "cat", "count");
        pipeline("100000", "take", "cat"); // the producer is ended by SIGPIPE
        return 0;
    }
    if (strcmp(arguments[1], "produce") == 0)
        return produce(atoi(arguments[2]));
    if (strcmp(arguments[1], "squares") == 0)
        return keep_squares();
    if (strcmp(arguments[1], "count") == 0)
        return count_lines();
    if (strcmp(arguments[1], "take") == 0)
        return take_some();
    for (int c; (c = getchar()) != EOF;)
        putchar(c);
    return 0;
}
