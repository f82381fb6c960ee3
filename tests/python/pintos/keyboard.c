// SPDX-License-Identifier: GPL-2.0-only
// Reads keys and echoes each line as a shell would.
#include <pintos.h>
#include <stdio.h>

int main(void) {
    char line[64];
    for (int count = 0;;) {
        read(0, line + count, 1);
        if (line[count] == 'q')
            return 3;
        if (line[count++] != '\r')
            continue;
        printf("line of %d: %.*s\n", count - 1, count - 1, line);
        count = 0;
    }
}
