// SPDX-License-Identifier: 0BSD
// Reading a directory of many files while it changes: each file that is there all the time is seen once, one that was
// removed is not seen after its removal, and an open directory that was removed has nothing more to say.
#include "child_process.h"
#include <fcntl.h>
#include <sys/stat.h>

#define FILES 300
#define GETDENTS64 220

struct entry {
    unsigned long long inode, position;
    unsigned short length;
    unsigned char type;
    char name[];
};

static int seen[FILES], others, calls;

static void path_of(char *path, int number) {
    sprintf(path, "many/file%03d", number);
}

static int list_some(int directory, char *buffer, unsigned size) {
    int got = (int)syscall(GETDENTS64, directory, buffer, size);
    calls++;
    for (int at = 0; at < got;) {
        struct entry *entry = (struct entry *)(buffer + at);
        if (strncmp(entry->name, "file", 4) == 0)
            seen[atoi(entry->name + 4)]++;
        else
            others++;
        at += entry->length;
    }
    return got;
}

static void tell(const char *what, int from, int to) {
    int never = 0, once = 0, more = 0;
    for (int i = from; i < to; i++) {
        never += seen[i] == 0;
        once += seen[i] == 1;
        more += seen[i] > 1;
    }
    printf("%s: once %d, more %d, never %d\n", what, once, more, never);
}

static void make_files(void) {
    char path[32];
    mkdir("many", 0755);
    for (int i = 0; i < FILES; i++) {
        path_of(path, i);
        close(open(path, O_CREAT | O_WRONLY, 0644));
    }
}

static void whole(int directory) {
    static char buffer[1000];
    memset(seen, 0, sizeof seen);
    others = calls = 0;
    lseek(directory, 0, SEEK_SET);
    while (list_some(directory, buffer, sizeof buffer) > 0)
        ;
    tell("all", 0, FILES);
    printf("others %d, in many calls %d\n", others, calls > 5);
}

/// Removes each file as it is seen, as rm -r does.
static void remove_while_reading(int directory) {
    static char buffer[500];
    char path[32];
    int left = 0;
    struct stat status;
    memset(seen, 0, sizeof seen);
    lseek(directory, 0, SEEK_SET);
    for (int round = 0; list_some(directory, buffer, sizeof buffer) > 0; round++)
        for (int i = 0; i < FILES / 2; i++)
            if (seen[i] == 1) {
                path_of(path, i);
                unlink(path);
                seen[i] = 1;
            }
    tell("removed when seen", 0, FILES / 2);
    tell("those that stayed", FILES / 2, FILES);
    for (int i = 0; i < FILES; i++) {
        path_of(path, i);
        left += stat(path, &status) == 0;
    }
    printf("left %d\n", left);
}

/// Removed before the reader comes to it: it is not seen any more, whatever its place.
static void remove_ahead(int directory) {
    static char buffer[FILES * 40];
    char path[32];
    memset(seen, 0, sizeof seen);
    lseek(directory, 0, SEEK_SET);
    for (int i = FILES / 2; i < FILES; i += 2) {
        path_of(path, i);
        unlink(path);
    }
    while (list_some(directory, buffer, sizeof buffer) > 0)
        ;
    int odd = 0, even = 0;
    for (int i = FILES / 2; i < FILES; i++)
        *(i % 2 ? &odd : &even) += seen[i];
    printf("removed ahead: the others %d, these %d\n", odd, even);
}

int main(void) {
    char buffer[64], path[32];
    make_files();
    int directory = open("many", O_RDONLY | O_DIRECTORY);
    whole(directory);
    remove_while_reading(directory);
    remove_ahead(directory);
    lseek(directory, 0, SEEK_SET);
    printf("no room for an entry: %d, not a directory: %d\n", result_of(list_some(directory, buffer, 10)),
           result_of((int)syscall(GETDENTS64, 0, buffer, sizeof buffer)));
    for (int i = 0; i < FILES; i++) {
        path_of(path, i);
        unlink(path);
    }
    printf("removed: %d\n", rmdir("many"));
    printf("read after that: %d\n", result_of(list_some(directory, buffer, sizeof buffer)));
    return 0;
}
