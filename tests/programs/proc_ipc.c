// SPDX-License-Identifier: 0BSD
// What /proc tells of System V objects and of their limits.
#include "proc_probe.h"

enum { NR_SEMGET = 393, NR_SEMCTL, NR_SHMGET, NR_SHMCTL, NR_MSGGET = 399, NR_MSGSND, NR_MSGCTL = 402, SHM_LOCK = 11 };

// The line of the object with this id: its numbers up to the times.
static void show_line(const char *file, int id, int numbers) {
    char *text = contents(file), *line = strchr(text, '\n') + 1;
    printf("%.*s\n", (int)(line - text - 1), text);
    for (; *line != 0; line = strchr(line, '\n') + 1) {
        char *at;
        long key = strtol(line, &at, 10);
        if (strtol(at, &at, 10) != id)
            continue;
        printf("key %ld:", key);
        for (int number = 0; number < numbers; number++)
            printf(" %ld", strtol(at, &at, 10));
        printf(", %d bytes\n", (int)strcspn(line, "\n"));
        return;
    }
    printf("no line\n");
}

int main(void) {
    int segment = CALL(NR_SHMGET, 0, 5000, 0640), set = CALL(NR_SEMGET, 0, 3, 0600), queue = CALL(NR_MSGGET, 0, 0604);
    show_line("/proc/sysvipc/shm", segment, 2);
    show_line("/proc/sysvipc/sem", set, 6);
    show_line("/proc/sysvipc/msg", queue, 9);
    struct {
        int type;
        char text[5];
    } message = {1, "five"};
    CALL(NR_MSGSND, (unsigned)queue, P(&message), 5, 0);
    CALL(NR_SHMCTL, (unsigned)segment, SHM_LOCK, 0);
    show_line("/proc/sysvipc/msg", queue, 3);
    show_line("/proc/sysvipc/shm", segment, 2);
    CALL(NR_SHMCTL, (unsigned)segment, 0, 0);
    CALL(NR_SEMCTL, (unsigned)set, 0, 0, 0);
    CALL(NR_MSGCTL, (unsigned)queue, 0, 0);
    show_line("/proc/sysvipc/sem", set, 6);
    printf("queues of %s", contents("/proc/sys/kernel/msgmnb"));
    printf("messages of %s", contents("/proc/sys/kernel/msgmax"));
    printf("queues %s", contents("/proc/sys/kernel/msgmni"));
    printf("pages of segments: %d\n", atoi(contents("/proc/sys/kernel/shmall")) != 0);
    char *at = contents("/proc/sys/kernel/sem");
    long of_set = strtol(at, &at, 10);
    printf("semaphores %ld, all %d", of_set, strtol(at, &at, 10) >= of_set);
    printf(" %s", at + 1);
    printf("pids %d, swappiness %d, kilobytes %d\n", atoi(contents("/proc/sys/kernel/pid_max")) >= 32768,
           atoi(contents("/proc/sys/vm/swappiness")) >= 0, atoi(contents("/proc/sys/vm/min_free_kbytes")) >= 0);
    char *mounts = contents("/proc/self/mountinfo"), *proc = strstr(mounts, " / /proc ");
    printf("mounted: %d, %d\n", proc != NULL, strstr(proc, " - proc proc rw") != NULL);
    return 0;
}
