/* SPDX-License-Identifier: GPL-2.0-only
   Row "fork, exec, wait": its arguments as a program of its own, 1,000 times. */
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    char *environment[] = {0};
    for (int i = 0; argc > 2 && i < 1000; i++) {
        int status = 0;
        if (fork() == 0) {
            execve(argv[1], argv + 2, environment);
            _exit(127);
        }
        wait(&status);
        if (status != 0) {
            return 1;
        }
    }
    return argc > 2 ? 0 : 2;
}
