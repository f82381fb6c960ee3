// SPDX-License-Identifier: 0BSD
// personality: what a program asks for those it executes is told, inherited, and stays over exec.
#include "child_process.h"
#include "linux_raw_call.h"
#include "own_copy.h"

enum { PERSONALITY = 136, FIXED_PLACES = 0x40000, ALL_EXECUTABLE = 0x400000, THREE_GIB = 0x8000000 };
#define ASK 0xffffffffu
#define UNKNOWN "????????"

static int is(void) {
    return CALL(PERSONALITY, ASK);
}

/// In a program that was executed twice: both are at the same place.
static void look(const char *before) {
    char place[9];
    snprintf(place, sizeof place, "%08x", P(__builtin_frame_address(0)));
    printf("after exec: %x\n", is());
    if (strcmp(before, UNKNOWN) != 0) {
        printf("the same place: %d\n", strcmp(before, place) == 0);
        return;
    }
    fflush(stdout);
    execv("self", (char *[]){"self", place, NULL});
}

int main(int count, char **arguments) {
    if (count > 1) {
        look(arguments[1]);
        return 0;
    }
    CALL(PERSONALITY, 0);
    printf("is %x, then %x", is(), CALL(PERSONALITY, FIXED_PLACES));
    printf(" %x\n", is());
    printf("others: %x", CALL(PERSONALITY, FIXED_PLACES | THREE_GIB));
    printf(" %x", CALL(PERSONALITY, FIXED_PLACES | ALL_EXECUTABLE));
    printf(" %x\n", CALL(PERSONALITY, FIXED_PLACES));
    copy_self("self");
    pid_t child = start_child();
    if (child == 0) {
        printf("inherited: %x\n", is());
        fflush(stdout);
        execv("self", (char *[]){"self", UNKNOWN, NULL});
    }
    printf("ended %x\n", end_of(child));
    child = start_child();
    if (child == 0) {
        CALL(PERSONALITY, 0);
        end_child(0);
    }
    end_of(child);
    printf("as before: %x\n", is());
    unlink("self");
    return 0;
}
