// SPDX-License-Identifier: 0BSD
// System V shared memory: content between processes, how often a segment is attached, and when it goes.
#include "child_process.h"
#include "shared_probe.h"

static void content(void) {
    int id = shmget(0, 3 * PAGE, IPC_CREAT | 0600);
    char *one = shmat(id, NULL, 0), *other = shmat(id, NULL, 0);
    printf("two places: %d, attached %d\n", one != other, attachments(id));
    printf("zeros: %d\n", one[2 * PAGE]);
    one[PAGE] = 'x';
    printf("one memory: %c\n", other[PAGE]);
    show("detach one", shmdt(one));
    printf("mapped: %d%d, attached %d\n", is_mapped(one), is_mapped(other), attachments(id));
    show("detach it again", shmdt(one));
    show("detach the other", shmdt(other));
    one = shmat(id, NULL, 0);
    printf("content stays: %c\n", one[PAGE]);
    show("remove", shmctl(id, IPC_RMID, NULL));
    printf("still there: %c, attached %d\n", one[PAGE], attachments(id));
    other = shmat(id, NULL, 0);
    printf("and attached again: %c\n", other[PAGE]);
    shmdt(other);
    show("the last", shmdt(one));
    show("is gone", attachments(id));
    show("to attach", (int)P(shmat(id, NULL, 0)));
}

static void families(void) {
    int id = shmget(key_of(getpid(), 1), 2 * PAGE, IPC_CREAT | IPC_EXCL | 0600);
    char *memory = shmat(id, NULL, 0);
    pid_t child = start_child();
    if (child == 0) {
        printf("in a child: attached %d\n", attachments(id));
        memory[0] = 'c';
        shmdt(memory);
        printf("detached: %d\n", attachments(id));
        char *again = shmat(shmget(key_of(getppid(), 1), 0, 0), NULL, 0);
        again[1] = 'd';
        end_child(0);
    }
    waitpid(child, NULL, 0);
    printf("parent: %c%c, attached %d\n", memory[0], memory[1], attachments(id));
    child = start_child();
    if (child == 0) {
        char *arguments[] = {"again", "again", NULL};
        execv("/proc/self/exe", arguments);
    }
    waitpid(child, NULL, 0);
    printf("after a child's exec: %c, attached %d\n", memory[2], attachments(id));
    show("remove", shmctl(id, IPC_RMID, NULL));
    show("its key is free", shmget(key_of(getpid(), 1), 0, 0));
    int next = shmget(key_of(getpid(), 1), PAGE, IPC_CREAT | 0600);
    printf("another: %d\n", next >= 0 && next != id);
    shmctl(next, IPC_RMID, NULL);
    child = start_child();
    if (child == 0) {
        memory[0] = 'e';
        end_child(0);
    }
    waitpid(child, NULL, 0);
    printf("without a name: %c\n", memory[0]);
}

static void pieces(void) {
    int id = shmget(0, 4 * PAGE, 0600);
    char *memory = shmat(id, NULL, 0);
    for (unsigned i = 0; i < 4; i++)
        memory[i * PAGE] = (char)('a' + i);
    munmap(memory + PAGE, PAGE);
    printf("a hole: attached %d\n", attachments(id));
    char *whole = shmat(id, NULL, 0);
    printf("content stays: %c\n", whole[PAGE]);
    shmctl(id, IPC_RMID, NULL);
    show("detach all pieces", shmdt(memory));
    printf("mapped: %d%d%d\n", is_mapped(memory), is_mapped(memory + 2 * PAGE), is_mapped(memory + 3 * PAGE));
    munmap(whole, 4 * PAGE);
    show("unmapped is detached", attachments(id));
}

static void moved(void) {
    int id = shmget(0, 2 * PAGE, 0600);
    char *memory = shmat(id, NULL, 0), *place = room(4);
    memory[0] = 'm';
    memory = (char *)CALL(NR_MREMAP, P(memory), 2 * PAGE, 2 * PAGE, 3, P(place));
    printf("moved: %d, %c, attached %d\n", memory == place, memory[0], attachments(id));
    char *longer = (char *)CALL(NR_MREMAP, P(memory), 2 * PAGE, 4 * PAGE, 1);
    printf("longer: %d, past its end %d\n", longer != NULL, dies_of(load, longer + 2 * PAGE));
    shmctl(id, IPC_RMID, NULL);
    show("protected", CALL(NR_MPROTECT, P(longer), PAGE, READ));
    show_access("protected", longer);
    munmap(longer, 4 * PAGE);
    show("gone", attachments(id));
}

int main(int count, char **arguments) {
    (void)arguments;
    if (count > 1) {
        printf("after exec: attached %d\n", attachments(shmget(key_of(getppid(), 1), 0, 0)));
        char *memory = shmat(shmget(key_of(getppid(), 1), 0, 0), NULL, 0);
        printf("content: %c\n", memory[0]);
        memory[2] = 'x';
        return 0;
    }
    content();
    families();
    pieces();
    moved();
    return 0;
}
