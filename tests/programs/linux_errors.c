// SPDX-License-Identifier: 0BSD
// Makes system calls that fail, or nearly, and prints what each returned. Nothing printed depends on where memory lies.
#include <stdio.h>
#include <string.h>

#include "linux_raw_call.h"

#define SHOW(...) printf("%s = %d\n", #__VA_ARGS__, CALL(__VA_ARGS__))
#define NOWHERE 0x20000000u
#define ANONYMOUS 0x22u
#define FIXED 0x10u
#define NO_REPLACE 0x100000u

static char buffer[8192] __attribute__((aligned(4096)));
static unsigned words[8];

static void reading_and_writing(void) {
    SHOW(4, 99, P(buffer), 1);
    SHOW(4, 1, NOWHERE, 5);
    SHOW(4, 1, NOWHERE, 0);
    SHOW(4, 0xffffffff, P(buffer), 1);
    SHOW(3, 0, NOWHERE, 5);
    SHOW(3, 0, P(buffer), 3);
    SHOW(3, 0, P(buffer), 100);
    SHOW(3, 0, P(buffer), 100);
    SHOW(146, 1, P(buffer), 0);
    SHOW(146, 1, P(buffer), 1025);
    SHOW(146, 1, NOWHERE, 1);
    SHOW(146, 99, NOWHERE, 1);
    words[0] = P(buffer), words[1] = 0x80000000;
    SHOW(146, 1, P(words), 1);
    words[0] = NOWHERE, words[1] = 4;
    SHOW(146, 1, P(words), 1);
    SHOW(19, 0, 0, 1);
    SHOW(140, 0, 0, 0, P(words), 0);
    SHOW(180, 0, P(buffer), 1, 0, 0);
    SHOW(54, 1, 0x5413, P(buffer));
    SHOW(54, 1, 0x5401, P(buffer));
    SHOW(54, 99, 0x5401, P(buffer));
    SHOW(6, 99);
}

static void files(void) {
    SHOW(5, P("no such file"), 0, 0);
    SHOW(5, P(""), 0, 0);
    SHOW(5, NOWHERE, 0, 0);
    SHOW(5, P("made"), 0102, 0640);
    SHOW(5, P("made"), 0302, 0640);
    SHOW(5, P("made/below"), 0, 0);
    SHOW(5, P("made/"), 0, 0);
    SHOW(5, P("new/"), 0101, 0640);
    SHOW(5, P("made"), 0200000, 0);
    SHOW(5, P("."), 1, 0);
    SHOW(5, P("."), 0100, 0);
    SHOW(5, P("/dev/null"), 2, 0);
    SHOW(4, 3, P("0123456789"), 10);
    SHOW(19, 3, -3, 2);
    SHOW(19, 3, -1, 0);
    SHOW(19, 3, 0, 9);
    SHOW(4, 4, NOWHERE, 7);
    SHOW(3, 4, P(buffer), 7);
    SHOW(180, 3, P(buffer), 100, 4, 0);
    SHOW(180, 3, P(buffer), 100, 0, 0x80000000);
    SHOW(181, 3, NOWHERE, 5, 0, 0);
    SHOW(181, 3, P("AB"), 2, 12, 0);
    SHOW(180, 3, P(buffer), 100, 0, 0);
    SHOW(194, 3, 5, 0);
    SHOW(194, 3, 0, 0x80000000);
    SHOW(194, 1, 0, 0);
    SHOW(180, 3, P(buffer), 100, 0, 0);
    SHOW(239, 1, 0, 0, 5);
    SHOW(239, 1, 99, 0, 5);
    SHOW(239, 0, 3, 0, 5);
    SHOW(239, 4, 3, NOWHERE, 5);
    words[0] = 1, words[1] = 0;
    SHOW(239, 4, 3, P(words), 50);
    printf("offset %u\n", words[0]);
}

static void names(void) {
    SHOW(39, P("directory"), 0777);
    SHOW(39, P("directory"), 0777);
    SHOW(39, P("a/b"), 0777);
    SHOW(39, P("."), 0777);
    SHOW(5, P("directory"), 0200000, 0);
    SHOW(295, 5, P("inner"), 0101, 0600);
    SHOW(295, 3, P("inner"), 0, 0);
    SHOW(295, 99, P("inner"), 0, 0);
    SHOW(3, 5, P(buffer), 10);
    SHOW(220, 3, P(buffer), 100);
    SHOW(220, 5, P(buffer), 5);
    SHOW(220, 5, NOWHERE, 100);
    SHOW(40, P("directory"));
    SHOW(10, P("directory"));
    SHOW(40, P("made"));
    SHOW(40, P("directory/."));
    SHOW(301, 5, P("inner"), 0x200);
    SHOW(301, 5, P("inner"), 1);
    SHOW(301, 5, P("inner"), 0);
    SHOW(38, P("none"), P("other"));
    SHOW(38, P("made"), P("directory"));
    SHOW(38, P("directory"), P("made"));
    SHOW(38, P("directory"), P("directory/inside"));
    SHOW(38, P("made"), P("renamed"));
    SHOW(83, P("renamed"), P("link"));
    SHOW(83, P("loop"), P("loop"));
    SHOW(83, P(""), P("empty"));
    SHOW(5, P("loop"), 0, 0);
    SHOW(5, P("link"), 0400000, 0);
    SHOW(85, P("link"), P(buffer), 3);
    SHOW(85, P("renamed"), P(buffer), 3);
    SHOW(85, P("link"), P(buffer), 0);
    SHOW(85, P("link"), NOWHERE, 10);
    SHOW(33, P("link"), 0);
    SHOW(33, P("renamed"), 1);
    SHOW(33, P("renamed"), 9);
    SHOW(33, P("directory"), 7);
    SHOW(12, P("renamed"));
    SHOW(12, P("none"));
    SHOW(40, P("directory"));
    memset(buffer, 'n', 256);
    buffer[256] = 0;
    SHOW(5, P(buffer), 0, 0);
    memset(buffer, '/', 5000);
    SHOW(5, P(buffer), 0, 0);
    SHOW(183, P(buffer), 0);
    SHOW(183, NOWHERE, 100);
}

static void status(void) {
    SHOW(195, P("renamed"), P(buffer));
    printf("mode %o links %u size %u\n", *(unsigned *)(buffer + 16), *(unsigned *)(buffer + 20),
           *(unsigned *)(buffer + 44));
    SHOW(196, P("link"), P(buffer));
    printf("mode %o links %u size %u\n", *(unsigned *)(buffer + 16), *(unsigned *)(buffer + 20),
           *(unsigned *)(buffer + 44));
    SHOW(197, 1, P(buffer));
    printf("mode %o size %u\n", *(unsigned *)(buffer + 16), *(unsigned *)(buffer + 44));
    SHOW(195, P("/dev/null"), P(buffer));
    printf("mode %o device %x\n", *(unsigned *)(buffer + 16), *(unsigned *)(buffer + 32));
    SHOW(195, P("none"), P(buffer));
    SHOW(195, P("renamed"), NOWHERE);
    SHOW(197, 99, P(buffer));
    SHOW(383, CWD, P("renamed"), 0, 0x7ff, P(buffer));
    printf("mode %o links %u size %u\n", *(unsigned short *)(buffer + 28), *(unsigned *)(buffer + 16),
           *(unsigned *)(buffer + 40));
    SHOW(383, 3, P(""), 0x1000, 0x7ff, P(buffer));
    SHOW(383, 3, P(""), 0, 0x7ff, P(buffer));
    SHOW(383, 3, P(""), 0x6000, 0x7ff, P(buffer));
    SHOW(383, 99, P(""), 0x1000, 0x7ff, P(buffer));
    SHOW(300, CWD, P("renamed"), P(buffer), 0x10);
}

static void descriptors(void) {
    SHOW(41, 99);
    SHOW(63, 3, 3);
    SHOW(63, 99, 99);
    SHOW(63, 3, 20);
    SHOW(330, 3, 3, 0);
    SHOW(330, 3, 21, 7);
    SHOW(330, 3, 21, 02000000);
    SHOW(221, 21, 1, 0);
    SHOW(221, 20, 1, 0);
    SHOW(221, 3, 0, 30);
    SHOW(221, 3, 12345, 0);
    SHOW(221, 99, 1, 0);
    SHOW(221, 1, 1, 0);
    words[0] = 0, words[1] = 1, words[2] = 1, words[3] = 4, words[4] = 99, words[5] = 1;
    SHOW(168, P(words), 3, 0);
    printf("found %x %x\n", words[3] >> 16, words[5] >> 16);
    SHOW(168, NOWHERE, 1, 0);
}

static void memory(void) {
    SHOW(192, 0, 0, 3, ANONYMOUS, -1, 0);
    SHOW(192, 0, 4096, 3, 0x20, -1, 0);
    SHOW(192, NOWHERE, 8192, 3, ANONYMOUS | FIXED, -1, 0);
    SHOW(192, NOWHERE + 1, 4096, 3, ANONYMOUS | FIXED, -1, 0);
    SHOW(192, NOWHERE, 4096, 3, ANONYMOUS | NO_REPLACE, -1, 0);
    SHOW(192, NOWHERE + 0x100000, 4096, 1, ANONYMOUS, -1, 0);
    SHOW(192, 0, 0xffffffff, 3, ANONYMOUS, -1, 0);
    SHOW(192, 0, 4096, 1, 2, 99, 0);
    SHOW(192, 0, 4096, 1, 2, 0, 0);
    SHOW(192, 0, 4096, 1, 2, 5, 0);
    SHOW(125, NOWHERE, 4096, 1);
    SHOW(3, 4, NOWHERE + 4, 4);
    SHOW(5, P("renamed"), 0, 0);
    SHOW(180, 3, NOWHERE, 5, 0, 0);
    SHOW(180, 3, NOWHERE + 4096, 5, 0, 0);
    SHOW(125, NOWHERE + 1, 4096, 1);
    SHOW(125, NOWHERE, 12288, 1);
    SHOW(125, NOWHERE, 4096, 0x80);
    SHOW(125, NOWHERE, 0, 1);
    SHOW(219, NOWHERE, 4096, 3);
    SHOW(219, NOWHERE + 1, 4096, 3);
    SHOW(219, NOWHERE, 65536, 3);
    SHOW(144, NOWHERE, 4096, 4);
    SHOW(144, NOWHERE, 4096, 5);
    SHOW(144, NOWHERE, 65536, 4);
    SHOW(91, NOWHERE + 1, 4096);
    SHOW(91, NOWHERE, 0);
    SHOW(91, NOWHERE, 4096);
    SHOW(91, NOWHERE, 4096);
    SHOW(4, 4, P(buffer), 0);
}

static void itself(void) {
    unsigned self = (unsigned)CALL(20);
    printf("gettid %d\n", CALL(224) == (int)self);
    SHOW(37, 0x3fffffff, 0);
    printf("kill %d %d\n", CALL(37, self, 0), CALL(37, self, 65));
    printf("tgkill %d %d\n", CALL(270, self, self + 1, 6), CALL(270, 0, self, 6));
    SHOW(122, NOWHERE);
    SHOW(265, 99, P(words));
    SHOW(265, 0, NOWHERE);
    SHOW(266, 1, P(words));
    SHOW(403, 1, NOWHERE);
    words[0] = 0, words[1] = 1000000000;
    SHOW(162, P(words), 0);
    SHOW(162, NOWHERE, 0);
    SHOW(355, P(buffer), 16, 0);
    SHOW(355, P(buffer), 16, 8);
    SHOW(355, P(buffer), 16, 6);
    SHOW(355, NOWHERE, 16, 0);
    SHOW(191, 3, P(words));
    SHOW(191, 16, P(words));
    SHOW(340, 0, 99, 0, P(words));
    SHOW(243, NOWHERE);
    words[0] = 5, words[1] = 0, words[2] = 0xfffff, words[3] = 0x51;
    SHOW(243, P(words));
    words[0] = 0xffffffff, words[3] = 0x71;
    SHOW(243, P(words));
    words[3] = 0x55;
    SHOW(243, P(words));
    SHOW(175, 7, P(words), 0, 8);
    SHOW(175, 0, P(words), 0, 4);
    SHOW(175, 0, NOWHERE, 0, 8);
    SHOW(174, 0, 0, 0, 8);
    SHOW(174, 9, P(buffer), 0, 8);
    SHOW(174, 65, 0, 0, 8);
    SHOW(174, 11, NOWHERE, 0, 8);
    SHOW(174, 11, 0, 0, 4);
    SHOW(311, P(buffer), 24);
    SHOW(240, P(words) + 1, 1, 1);
    SHOW(240, NOWHERE, 0, 1);
    SHOW(240, P(words), 0, 0x12345);
    SHOW(240, P(words), 1, 1);
    SHOW(172, 16, NOWHERE);
    SHOW(511);
    SHOW(0xffffffff);
}

int main(void) {
    reading_and_writing();
    files();
    names();
    status();
    descriptors();
    memory();
    itself();
    return 7;
}
