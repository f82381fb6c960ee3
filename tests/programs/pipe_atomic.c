// SPDX-License-Identifier: 0BSD
// Two children write records of 4096 bytes and of 100 into one pipe: each record stays whole.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define RECORDS 200

static void write_records(int fd, char letter, size_t bytes) {
    char record[4096];
    memset(record, letter, bytes);
    for (int i = 0; i < RECORDS; i++)
        if (write(fd, record, bytes) != (ssize_t)bytes)
            _exit(1);
    _exit(0);
}

static void read_exactly(int fd, char *out, size_t count) {
    for (size_t done = 0; done < count;) {
        ssize_t got = read(fd, out + done, count - done);
        if (got <= 0)
            exit(2);
        done += (size_t)got;
    }
}

static void run(size_t bytes) {
    int ends[2], status, whole = 0, torn = 0, of_a = 0;
    char record[4096];
    if (pipe(ends) != 0)
        exit(1);
    fflush(stdout);
    for (char letter = 'a'; letter <= 'b'; letter++)
        if (fork() == 0)
            write_records(ends[1], letter, bytes);
    close(ends[1]);
    for (int i = 0; i < 2 * RECORDS; i++) {
        read_exactly(ends[0], record, bytes);
        size_t same = 0;
        while (same < bytes && record[same] == record[0])
            same++;
        whole += same == bytes;
        torn += same != bytes;
        of_a += record[0] == 'a';
    }
    printf("%u bytes: %d whole, %d torn, %d of the first child\n", (unsigned)bytes, whole, torn, of_a);
    printf("then %d\n", (int)read(ends[0], record, 1));
    for (int i = 0; i < 2; i++) {
        wait(&status);
        printf("child %d\n", status);
    }
    close(ends[0]);
}

int main(void) {
    run(4096);
    run(100);
    return 0;
}
