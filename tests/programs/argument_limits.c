// SPDX-License-Identifier: 0BSD
// How long arguments and the environment may be: one string up to 128 KiB, all together a quarter of the stack.
#include "child_process.h"

#define LONGEST (128 * 1024) // with its end

static char *self = (char *)"/proc/self/exe";

/// What the program says of what it got, or the error of execve.
static void run(const char *what, char **arguments, char **environment) {
    pid_t child = start_child();
    if (child == 0) {
        execve(self, arguments, environment);
        printf("%s: errno %d\n", what, errno);
        end_child(0);
    }
    int status = end_of(child);
    printf("%s: status %x\n", what, (unsigned)status);
}

static int tell(int count, char **arguments) {
    unsigned long bytes = 0, sum = 0, names = 0;
    for (int i = 0; i < count; i++)
        for (char *at = arguments[i]; *at != '\0'; at++, bytes++)
            sum += (unsigned char)*at;
    char **at = environ;
    for (; *at != NULL; at++)
        names += strlen(*at);
    printf("got %d arguments of %lu bytes, sum %lu; %d names of %lu bytes\n", count, bytes, sum, (int)(at - environ),
           names);
    return 0;
}

static char *text(unsigned length, char letter) {
    char *bytes = malloc(length + 1);
    memset(bytes, letter, length);
    bytes[length] = '\0';
    return bytes;
}

int main(int count, char **arguments) {
    if (count > 1)
        return tell(count, arguments);
    char *none[] = {NULL};
    char *one[] = {(char *)"limits", text(LONGEST - 1, 'a'), NULL};
    run("the longest", one, none);
    char *longer[] = {(char *)"limits", text(LONGEST, 'a'), NULL};
    run("one byte more", longer, none);
    char *short_one[] = {(char *)"limits", (char *)"x", NULL};
    char *longest_name[] = {text(LONGEST - 1, 'N'), NULL}, *longer_name[] = {text(LONGEST, 'N'), NULL};
    run("the longest name", short_one, longest_name);
    run("a longer name", short_one, longer_name);
    static char *many[40002];
    char *word = text(20, 'w');
    for (int i = 0; i < 40000; i++)
        many[i] = word;
    run("many short ones", many, none); // 25 bytes each with its pointer
    static char *large[40];
    for (int i = 0; i < 15; i++)
        large[i] = one[1];
    run("just below the stack's quarter", large, none);
    for (int i = 15; i < 17; i++)
        large[i] = one[1];
    run("above it", large, none);
    run("shared with the environment", short_one, large);
    char *empty[] = {(char *)"", (char *)"", (char *)"", NULL};
    run("empty ones", empty, empty);
    run("a bad pointer", (char **)16, none);
    char *bad[] = {(char *)"limits", (char *)16, NULL};
    run("a bad argument", bad, none);
    run("a bad name", short_one, (char **)16);
    return 0;
}
