// SPDX-License-Identifier: 0BSD
// Writes more than a pipe holds to a child that reads slowly, and reads from one that writes slowly.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BYTES 300000

static unsigned char data[BYTES];
static unsigned expected;

static unsigned sum_of(const unsigned char *bytes, size_t count) {
    unsigned sum = 1;
    for (size_t i = 0; i < count; i++)
        sum = sum * 31 + bytes[i];
    return sum;
}

static void to_a_child(size_t piece) {
    int ends[2], status;
    if (pipe(ends) != 0)
        exit(1);
    fflush(stdout);
    if (fork() == 0) {
        memset(data, 0, sizeof data);
        close(ends[1]);
        size_t done = 0;
        ssize_t count;
        while ((count = read(ends[0], data + done, piece)) > 0)
            done += (size_t)count;
        _exit(done == BYTES && sum_of(data, done) == expected ? 3 : 4);
    }
    close(ends[0]);
    printf("written %d\n", (int)write(ends[1], data, BYTES));
    close(ends[1]);
    wait(&status);
    printf("child ended with %d\n", WEXITSTATUS(status));
}

static void from_a_child(void) {
    int ends[2];
    if (pipe(ends) != 0)
        exit(1);
    fflush(stdout);
    if (fork() == 0) {
        close(ends[0]);
        for (int i = 0; i < 5; i++) {
            char line[20];
            for (volatile int spin = 0; spin < 200000; spin++)
                ;
            int length = snprintf(line, sizeof line, "line %d;", i);
            if (write(ends[1], line, (size_t)length) != length)
                _exit(1);
        }
        _exit(0);
    }
    close(ends[1]);
    char text[100] = "";
    size_t done = 0;
    ssize_t count;
    while ((count = read(ends[0], text + done, 1)) > 0)
        done += (size_t)count;
    printf("%s end %d\n", text, (int)count);
    wait(NULL);
}

int main(void) {
    for (size_t i = 0; i < BYTES; i++)
        data[i] = (unsigned char)(i * 7 + i / 4096);
    expected = sum_of(data, BYTES);
    printf("sum %u\n", expected);
    to_a_child(BYTES);
    to_a_child(1000);
    from_a_child();
    return 0;
}
