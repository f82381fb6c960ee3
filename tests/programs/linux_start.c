// SPDX-License-Identifier: 0BSD
// Prints what it was started with: arguments, environment, and of the auxiliary vector what is the same everywhere.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern void _start(void);
static int zeroed[3000];
static int initialized[3] = {1, 2, 3};

static const char *verdict(int right) { return right ? "right" : "wrong"; }

static unsigned find(const unsigned *auxiliary, unsigned key) {
    for (; auxiliary[0] != 0; auxiliary += 2) {
        if (auxiliary[0] == key)
            return auxiliary[1];
    }
    return 0;
}

int main(int argc, char **argv, char **environment) {
    printf("argc %d\n", argc);
    for (int i = 0; i < argc; i++)
        printf("argv[%d] \"%s\"\n", i, argv[i]);
    printf("argv ends %s\n", verdict(argv[argc] == NULL && environment == argv + argc + 1 && environ == environment));
    char **variable = environment;
    for (; *variable != NULL; variable++)
        printf("environment \"%s\"\n", *variable);
    const unsigned *auxiliary = (const unsigned *)(variable + 1);
    const unsigned char *program_headers = (const unsigned char *)find(auxiliary, 3);
    printf("AT_PHDR %s\n", verdict(memcmp(program_headers - 52, "\177ELF", 4) == 0));
    printf("AT_PHENT %u AT_PAGESZ %u AT_BASE %u AT_FLAGS %u AT_SECURE %u AT_CLKTCK %u\n", find(auxiliary, 4),
           find(auxiliary, 6), find(auxiliary, 7), find(auxiliary, 8), find(auxiliary, 23), find(auxiliary, 17));
    printf("AT_PHNUM %s\n", verdict(find(auxiliary, 5) == *(unsigned short *)(program_headers - 52 + 44)));
    printf("AT_ENTRY %s\n", verdict(find(auxiliary, 9) == (unsigned)&_start));
    printf("AT_RANDOM %s\n", verdict(find(auxiliary, 25) > (unsigned)auxiliary));
    printf("AT_EXECFN %s\n", verdict(access((const char *)find(auxiliary, 31), F_OK) == 0));
    printf("stack %s\n", verdict(((unsigned)argv - 4) % 16 == 0));
    int sum = 0;
    for (int i = 0; i < 3000; i++)
        sum += zeroed[i];
    printf("bss %d data %d\n", sum, initialized[0] + initialized[1] + initialized[2]);
    char line[100];
    while (fgets(line, sizeof line, stdin) != NULL)
        printf("input: %s", line);
    fprintf(stderr, "to standard error\n");
    return argc;
}
