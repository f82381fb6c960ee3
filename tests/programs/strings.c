// SPDX-License-Identifier: 0BSD
// The functions of string.h and ctype.h, and numbers from text.
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int sign(int value) {
    return (value > 0) - (value < 0);
}

static void moves(void) {
    char text[32] = "0123456789abcdef";
    memmove(text + 3, text, 10);
    puts(text);
    memmove(text, text + 4, 9);
    puts(text);
    memset(text + 2, '*', 5);
    puts(text);
    strncpy(text, "hi", 6);
    printf("%s %d %c\n", text, text[5], text[6]);
    strcpy(text, "one");
    strcat(text, "+two");
    strncat(text, "+three", 3);
    puts(text);
}

static void comparisons(void) {
    printf("%d %d %d\n", sign(strcmp("abc", "abd")), sign(strcmp("abc", "ab")), sign(strcmp("", "")));
    printf("%d %d\n", sign(strncmp("abcX", "abcY", 3)), sign(strncmp("abcX", "abcY", 4)));
    printf("%d %d\n", sign(memcmp("a\0b", "a\0c", 3)), sign(strcmp("\xff", "a")));
}

static void searches(void) {
    const char *text = "a needle in a haystack";
    printf("%s|%s|%s\n", strchr(text, 'n'), strrchr(text, 'a'), strstr(text, "needle"));
    printf("%d %d\n", strstr(text, "pin") == NULL, strchr(text, 'z') == NULL);
    printf("%s|%s\n", strstr(text, ""), strpbrk(text, "xyz"));
    printf("%u %u %u\n", (unsigned)strspn(text, " aden"), (unsigned)strcspn(text, "ln"), (unsigned)strlen(text));
    char parts[] = ",,a,bc;;d;";
    for (char *part = strtok(parts, ",;"); part != NULL; part = strtok(NULL, ",;"))
        printf("[%s]", part);
    char *copy = strdup(text);
    printf("%s\n", copy);
    free(copy);
}

static void numbers(void) {
    char *end;
    const char *texts[] = {"12", "  -34x", "+0x1fg", "077", "2147483648", "-2147483649", "99999999999999999999", "", "0x", "z9"};
    for (unsigned int i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        errno = 0;
        long long value = strtoll(texts[i], &end, 0);
        printf("%lld [%s] %d;", value, end, errno == ERANGE);
        printf(" %d;", atoi(i < 4 ? texts[i] : "5"));
        printf(" %llu\n", strtoull(texts[i], NULL, 16));
    }
    printf("%ld %d %d\n", strtol("z9", NULL, 36), abs(-5), INT_MIN);
}

static int by_value(const void *a, const void *b) {
    return *(const int *)a - *(const int *)b;
}

static void sorting(void) {
    int values[50];
    for (int i = 0; i < 50; i++)
        values[i] = i * 37 % 50;
    qsort(values, 50, sizeof values[0], by_value);
    for (int i = 0; i < 50; i++)
        printf("%d%c", values[i], i == 49 ? '\n' : ' ');
    int key = 33, missing = 77;
    printf("%d", (int)((int *)bsearch(&key, values, 50, sizeof key, by_value) - values));
    printf(" %d\n", bsearch(&missing, values, 50, sizeof key, by_value) == NULL);
}

int main(void) {
    moves();
    comparisons();
    searches();
    numbers();
    sorting();
    for (int c = 0; c < 128; c++)
        printf("%d%d%d%d%d%d%d%d", !!isalpha(c), !!isdigit(c), !!isspace(c), !!isupper(c), !!islower(c), !!isxdigit(c), !!isprint(c), !!ispunct(c));
    printf("\n%c%c%c\n", toupper('q'), tolower('Q'), toupper('1'));
    return 0;
}
