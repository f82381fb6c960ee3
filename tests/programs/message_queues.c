// SPDX-License-Identifier: 0BSD
// System V message queues: types, lengths and limits, who waits for a message or for room, and which mistakes are told.
#include "ipc_probe.h"

#define ALARM 10 // SIGUSR1

struct message {
    int type;
    char text[9000];
};

static struct message out, in;

static int msgget(unsigned key, int flags) {
    return CALL(NR_MSGGET, key, (unsigned)flags);
}

static int msgctl(int id, int command, void *buffer) {
    return CALL(NR_MSGCTL, (unsigned)id, (unsigned)command, P(buffer));
}

static int send(int id, int type, const char *text, int flags) {
    out.type = type;
    strcpy(out.text, text);
    return CALL(NR_MSGSND, (unsigned)id, P(&out), strlen(text), (unsigned)flags);
}

static int send_long(int id, unsigned bytes, int flags) {
    out.type = 1;
    return CALL(NR_MSGSND, (unsigned)id, P(&out), bytes, (unsigned)flags);
}

static int receive(int id, unsigned room, int type, int flags) {
    memset(&in, 0, sizeof in);
    return CALL(NR_MSGRCV, (unsigned)id, P(&in), room, (unsigned)type, (unsigned)flags);
}

static void show_received(const char *what, int result) {
    printf("%s: %d, type %d, \"%s\"\n", what, result, in.type, in.text);
}

static void show_status(const char *what, int id) {
    struct queue_status s;
    memset(&s, 0x55, sizeof s);
    int result = msgctl(id, IPC_STAT, &s);
    printf("%s: %d, mode %o, %u messages of %u bytes, at most %u, sender %d, receiver %d, high %u\n", what, result,
           s.permissions.mode, s.messages, s.bytes, s.most_bytes, s.last_sender == getpid(),
           s.last_receiver == getpid(), s.sent_high | s.received_high | s.changed_high);
}

static void getting(void) {
    unsigned key = key_of(getpid(), 2);
    int id = msgget(key, IPC_CREAT | 0640);
    show("made", id >= 0);
    show("the same by its key", msgget(key, 0) == id);
    show("only a new one", msgget(key, IPC_CREAT | IPC_EXCL));
    show("no such key", msgget(key + 1, 0));
    show("removed", msgctl(id, IPC_RMID, NULL));
    show("removed twice", msgctl(id, IPC_RMID, NULL));
    show("sent to nothing", send(id, 1, "x", 0));
    show("received from nothing", receive(id, 10, 0, 0));
}

static void fill(int id) {
    static const int types[] = {5, 2, 9, 2, 1, 7};
    static const char *texts[] = {"five", "two", "nine", "two again", "one", ""};
    for (int i = 0; i < 6; i++)
        send(id, types[i], texts[i], 0);
}

static void types(void) {
    int id = msgget(0, 0600);
    fill(id);
    show_status("filled", id);
    show_received("the first", receive(id, 100, 0, 0));
    show_received("of type 9", receive(id, 100, 9, 0));
    show_received("of no such type", receive(id, 100, 8, IPC_NOWAIT));
    show_received("up to 6", receive(id, 100, -6, 0));
    show_received("up to 6 again", receive(id, 100, -6, 0));
    show_received("not of type 2", receive(id, 100, 2, MSG_EXCEPT));
    show_received("too long", receive(id, 5, 0, 0));
    show_received("cut", receive(id, 5, 0, MSG_NOERROR));
    show_received("none left", receive(id, 100, 0, IPC_NOWAIT));
    show_status("emptied", id);
    fill(id);
    show_received("up to anything", receive(id, 100, (int)0x80000000, 0));
    show_received("a copy of the second", receive(id, 100, 1, MSG_COPY | IPC_NOWAIT));
    show_received("a copy of the tenth", receive(id, 100, 10, MSG_COPY | IPC_NOWAIT));
    show_received("a copy, waiting", receive(id, 100, 0, MSG_COPY));
    show_received("a copy, excepted", receive(id, 100, 0, MSG_COPY | MSG_EXCEPT | IPC_NOWAIT));
    show_received("of any type but none", receive(id, 100, 0, MSG_EXCEPT));
    show_status("some left", id);
    msgctl(id, IPC_RMID, NULL);
}

static void mistakes(void) {
    int id = msgget(0, 0600);
    show("type 0", send(id, 0, "x", 0));
    show("negative type", send(id, -1, "x", 0));
    show("too long", send_long(id, 8193, 0));
    show("as long as can be", send_long(id, 8192, 0));
    show("negative length", send_long(id, ~0u, 0));
    show("a bad id", send(-1, 1, "x", 0));
    show("from nowhere", CALL(NR_MSGSND, (unsigned)id, 16, 1, 0));
    show("received negative length", receive(id, ~0u, 0, 0));
    show("received by a bad id", receive(-1, 10, 0, 0));
    show("received to nowhere", CALL(NR_MSGRCV, (unsigned)id, 16, 9000, 0, 0));
    show_status("it is gone all the same", id);
    show("unknown command", msgctl(id, 77, NULL));
    show("negative id", msgctl(-1, IPC_STAT, NULL));
    show("told to nowhere", msgctl(id, IPC_STAT, (void *)16));
    show("set from nowhere", msgctl(id, IPC_SET, (void *)16));
    msgctl(id, IPC_RMID, NULL);
}

static void limits(void) {
    int id = msgget(0, 0600), sent = 0;
    while (send_long(id, 4000, IPC_NOWAIT) == 0)
        sent++;
    show("full after", sent);
    show("a short one", send(id, 1, "short", IPC_NOWAIT));
    show_status("full", id);
    struct queue_status s;
    msgctl(id, IPC_STAT, &s);
    s.most_bytes = 5, s.permissions.mode = 0777;
    show("set", msgctl(id, IPC_SET, &s));
    show("less room", send(id, 1, "x", IPC_NOWAIT));
    while (receive(id, 9000, 0, IPC_NOWAIT) >= 0)
        ;
    for (sent = 0; send(id, 1, "", IPC_NOWAIT) == 0; sent++)
        ;
    show("empty ones count, too", sent);
    unsigned info[8];
    int last = msgctl(0, MSG_INFO, info), found = 0;
    show("messages", info[1] >= 5);
    for (int index = 0; index <= last; index++)
        found += msgctl(index, MSG_STAT, &s) == id;
    show("by its place", found);
    show("limits", msgctl(0, IPC_INFO, info) >= 0);
    printf("%u %u\n", info[2], info[3]);
    msgctl(id, IPC_RMID, NULL);
}

static int queue;

static void until_messages(unsigned count) {
    struct queue_status s;
    do {
        rest(5);
        msgctl(queue, IPC_STAT, &s);
    } while (s.messages != count);
}

static pid_t receiving_child(const char *what, unsigned room, int type, int flags) {
    pid_t child = start_child();
    if (child == 0) {
        show_received(what, receive(queue, room, type, flags));
        end_child(0);
    }
    rest(100);
    return child;
}

static void note(int number) {
    printf("signal %d\n", number);
}

static void waits(void) {
    queue = msgget(0, 0600);
    pid_t any = receiving_child("any", 100, 0, 0), three = receiving_child("of type 3", 100, 3, 0);
    pid_t little = receiving_child("little room", 2, 3, 0);
    int result = send(queue, 3, "first", 0);
    end_of(any);
    show("sent", result);
    show_status("handed over", queue);
    show("sent", send(queue, 2, "nobody's", 0));
    result = send(queue, 3, "third's", 0);
    end_of(three);
    show("sent", result);
    result = send(queue, 3, "much too long", 0);
    end_of(little);
    show("sent", result);
    show_status("two left", queue);
    while (receive(queue, 9000, 0, IPC_NOWAIT) >= 0)
        ;
    while (send_long(queue, 8000, IPC_NOWAIT) == 0)
        ;
    pid_t sender = start_child();
    if (sender == 0) {
        show("sent once there was room", send(queue, 4, "late", 0));
        end_child(0);
    }
    rest(100);
    result = receive(queue, 9000, 0, 0);
    end_of(sender);
    show("received", result);
    until_messages(2);
    show_received("what came late", receive(queue, 100, 4, 0));
    for (int restarts = 0; restarts < 2; restarts++) {
        pid_t child = start_child();
        if (child == 0) {
            handle_with(ALARM, note, restarts ? SA_RESTART : 0);
            show_received("interrupted", receive(queue, 100, 77, 0));
            end_child(0);
        }
        rest(100);
        kill(child, ALARM);
        end_of(child);
    }
    pid_t stopped = receiving_child("stopped and going on", 100, 6, 0);
    kill(stopped, SIGSTOP);
    kill(stopped, SIGCONT);
    send(queue, 6, "six", 0);
    end_of(stopped);
    pid_t killed = receiving_child("never", 100, 8, 0);
    kill(killed, SIGKILL);
    printf("killed: %x\n", (unsigned)end_of(killed));
    show("nobody's", send(queue, 8, "eight", 0));
    show_received("still there", receive(queue, 100, 8, IPC_NOWAIT));
    pid_t last = receiving_child("removed", 100, 5, 0);
    while (send_long(queue, 8000, IPC_NOWAIT) == 0)
        ;
    sender = start_child();
    if (sender == 0) {
        rest(20);
        end_child(send_long(queue, 8000, 0) == -43 ? 43 : 1); // EIDRM
    }
    rest(200);
    result = msgctl(queue, IPC_RMID, NULL);
    end_of(last);
    show("removed", result);
    show("the sender's end", end_of(sender));
}

static void by_one_call(void) {
    int id = CALL(NR_IPC, CALL_MSGGET, 0, 0600);
    struct {
        unsigned message;
        int type;
    } both = {P(&in), 2};
    struct old_queue_status old;
    show("made", id >= 0);
    out.type = 2, strcpy(out.text, "two");
    show("sent", CALL(NR_IPC, CALL_MSGSND, (unsigned)id, 3, 0, P(&out)));
    show("sent", CALL(NR_IPC, CALL_MSGSND, (unsigned)id, 3, 0, P(&out)));
    memset(&in, 0, sizeof in);
    show_received("by a pointer to both", CALL(NR_IPC, CALL_MSGRCV, (unsigned)id, 9, 0, P(&both)));
    show("by no pointer", CALL(NR_IPC, CALL_MSGRCV, (unsigned)id, 9, 0, 0));
    show("by a bad pointer", CALL(NR_IPC, CALL_MSGRCV, (unsigned)id, 9, 0, 16));
    memset(&in, 0, sizeof in);
    show_received("in version 1", CALL(NR_IPC, 0x10000 | CALL_MSGRCV, (unsigned)id, 9, 0, P(&in), 2));
    show("told", CALL(NR_IPC, CALL_MSGCTL, (unsigned)id, IPC_STAT, 0, P(&old)));
    printf("old: mode %o, %u messages, at most %u\n", old.permissions.mode, old.messages, old.most_bytes);
    old.most_bytes = 300;
    show("set", CALL(NR_IPC, CALL_MSGCTL, (unsigned)id, IPC_SET, 0, P(&old)));
    show_status("set", id);
    show("removed", CALL(NR_IPC, CALL_MSGCTL, (unsigned)id, IPC_RMID | IPC_64, 0, 0));
}

int main(void) {
    getting();
    types();
    mistakes();
    limits();
    waits();
    by_one_call();
    return 0;
}
