// SPDX-License-Identifier: 0BSD
// A line by each way out: write, puts, printf, and one on standard error.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void) {
    const char *line = "hello from write\n";
    if (write(STDOUT_FILENO, line, strlen(line)) != (ssize_t)strlen(line))
        return 1;
    puts("hello from puts");
    printf("hello from %s, %d\n", "printf", 42);
    fputs("hello from ", stdout);
    fputs("fputs\n", stdout);
    putchar('!');
    putchar('\n');
    fprintf(stderr, "an error, %c\n", 'E');
    return 0;
}
