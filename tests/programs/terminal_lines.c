// SPDX-License-Identifier: GPL-2.0-only
// A terminal: its settings, lines that are edited, ends of file, bytes without lines, echo, and signals from the keyboard.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "linux_raw_call.h"

struct termios {
    unsigned input, output, control, local;
    unsigned char line, characters[19];
};
enum { GET = 0x5401, SET = 0x5402, SET_FLUSHED = 0x5404, OLD_GET = 0x5405, GET_GROUP = 0x540F, GET_WINDOW = 0x5413 };
enum { SET_WINDOW = 0x5414, UNREAD = 0x541B, GET_SESSION = 0x5429 };
enum { ISIG = 1, ICANON = 2, ECHO = 8, ECHOE = 0x10, ECHOK = 0x20, ECHOCTL = 0x200, ECHOKE = 0x800 };
enum { TIME = 5, MIN = 6 };

static int control(int request, void *argument) { return CALL(54, 0, (unsigned)request, P(argument)); }

static void show_line(const char *what, int limit) {
    char line[200];
    int count = (int)read(0, line, (size_t)limit);
    printf("%s: %d", what, count);
    if (count < 0)
        printf(" (%s)", strerror(errno));
    for (int i = 0; i < count; i++)
        printf(line[i] < ' ' ? " \\%d" : " %c", line[i]);
    printf("\n");
    fflush(stdout);
}

static void set(struct termios settings, int request) { printf("set: %d\n", control(request, &settings)); }

static volatile int signals, last;
static void count(int signal) { signals++, last = signal; }

int main(void) {
    struct termios before, raw, plain;
    short window[4], old[9];
    unsigned number = 0;
    for (int fd = 0; fd < 3; fd++)
        printf("isatty %d: %d\n", fd, isatty(fd));
    printf("get: %d old: %d bad: %d\n", control(GET, &before), control(OLD_GET, old), control(GET, (void *)16));
    printf("modes %x %x %x %x line %d\n", before.input, before.output, before.control, before.local, before.line);
    for (int i = 0; i < 17; i++)
        printf("%d ", before.characters[i]);
    printf("\nold modes %x %x %x %x\n", old[0] & 0xffff, old[1] & 0xffff, old[2] & 0xffff, old[3] & 0xffff);
    control(GET_WINDOW, window);
    printf("window %d by %d\n", window[0], window[1]);
    printf("group is own: %d\n", control(GET_GROUP, &number) == 0 && number == (unsigned)CALL(65));
    printf("session is own: %d\n", control(GET_SESSION, &number) == 0 && number == (unsigned)CALL(147, 0));
    printf("seek: %d place: %d\n", (int)lseek(0, 0, SEEK_SET), CALL(180, 0, P(&number), 1, 0, 0));
    int own = open("/dev/tty", O_RDWR);
    printf("/dev/tty: %d\n", own >= 0 && isatty(own));
    fflush(stdout);

    show_line("a line", 200);
    show_line("erased", 200);
    show_line("killed", 200);
    show_line("a word less", 200);
    show_line("a tab less", 200);
    show_line("literal", 200);
    show_line("in pieces", 3);
    show_line("the rest", 200);
    show_line("end of file", 200);
    show_line("text, then end of file", 200);
    show_line("after it", 200);

    plain = before;
    plain.local &= ~(unsigned)(ECHOE | ECHOCTL | ECHOKE);
    set(plain, SET);
    fflush(stdout);
    show_line("edited plainly", 200);
    plain.local &= ~(unsigned)ECHO;
    set(plain, SET);
    fflush(stdout);
    show_line("unseen", 200);

    raw = before;
    raw.local &= ~(unsigned)(ICANON | ECHO | ISIG);
    raw.characters[MIN] = 1;
    set(raw, SET);
    fflush(stdout);
    show_line("one byte", 1);
    control(UNREAD, &number);
    printf("unread: %u\n", number);
    show_line("others", 200);
    raw.characters[MIN] = 0;
    set(raw, SET);
    fflush(stdout);
    show_line("none waited for", 200);
    raw.characters[TIME] = 1;
    set(raw, SET);
    fflush(stdout);
    show_line("a tenth of a second", 200);
    raw.characters[MIN] = 5;
    raw.characters[TIME] = 0;
    set(raw, SET);
    fflush(stdout);
    show_line("five at least", 200);
    set(before, SET_FLUSHED);

    struct sigaction action = {.sa_handler = count};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGQUIT, &action, NULL);
    fflush(stdout);
    show_line("interrupted", 200);
    printf("signals %d last %d\n", signals, last);
    fflush(stdout);
    show_line("quit", 200);
    printf("signals %d last %d\n", signals, last);
    window[0] = 30, window[1] = 100;
    signal(28, count);
    printf("resize: %d, signals %d last %d\n", control(SET_WINDOW, window), signals, last);
    fflush(stdout);
    show_line("the end", 200);
    return 0;
}
