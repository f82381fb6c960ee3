// SPDX-License-Identifier: 0BSD
// Numbers from text, sorting and searching, pseudo-random numbers.
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

int abs(int value) {
    return value < 0 ? -value : value;
}

long labs(long value) {
    return value < 0 ? -value : value;
}

static int digit_value(char c) {
    if (isdigit(c))
        return c - '0';
    return isalpha(c) ? tolower(c) - 'a' + 10 : 99;
}

struct number {
    unsigned long long magnitude;
    int negative;
    int overflow;
};

static struct number parse_number(const char *text, char **end, int base) {
    struct number result = {0, 0, 0};
    const char *at = text;
    while (isspace(*at))
        at++;
    if (*at == '+' || *at == '-')
        result.negative = *at++ == '-';
    int has_prefix = at[0] == '0' && tolower(at[1]) == 'x' && digit_value(at[2]) < 16;
    if (has_prefix && (base == 0 || base == 16)) {
        at += 2;
        base = 16;
    } else if (base == 0) {
        base = *at == '0' ? 8 : 10;
    }
    const char *digits = at;
    for (; digit_value(*at) < base; at++) {
        unsigned int digit = (unsigned int)digit_value(*at);
        if (__builtin_mul_overflow(result.magnitude, (unsigned int)base, &result.magnitude) ||
            __builtin_add_overflow(result.magnitude, digit, &result.magnitude))
            result.overflow = 1;
    }
    if (end != NULL)
        *end = (char *)(at != digits ? at : text);
    return result;
}

static long long to_signed(struct number number, long long least, long long greatest) {
    unsigned long long limit = number.negative ? -(unsigned long long)least : (unsigned long long)greatest;
    if (number.overflow || number.magnitude > limit) {
        errno = ERANGE;
        return number.negative ? least : greatest;
    }
    return (long long)(number.negative ? -number.magnitude : number.magnitude);
}

static unsigned long long to_unsigned(struct number number, unsigned long long greatest) {
    if (number.overflow || number.magnitude > greatest) {
        errno = ERANGE;
        return greatest;
    }
    return number.negative ? -number.magnitude : number.magnitude;
}

long long strtoll(const char *text, char **end, int base) {
    return to_signed(parse_number(text, end, base), LLONG_MIN, LLONG_MAX);
}

long strtol(const char *text, char **end, int base) {
    return (long)to_signed(parse_number(text, end, base), LONG_MIN, LONG_MAX);
}

unsigned long long strtoull(const char *text, char **end, int base) {
    return to_unsigned(parse_number(text, end, base), ULLONG_MAX);
}

unsigned long strtoul(const char *text, char **end, int base) {
    return (unsigned long)to_unsigned(parse_number(text, end, base), ULONG_MAX);
}

int atoi(const char *text) {
    return (int)strtol(text, NULL, 10);
}

long atol(const char *text) {
    return strtol(text, NULL, 10);
}

static unsigned int random_state = 1;

void srand(unsigned int seed) {
    random_state = seed;
}

int rand(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return (int)(random_state >> 1);
}

static void swap_bytes(char *a, char *b, size_t size) {
    for (size_t i = 0; i < size; i++) {
        char kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

static void sift_down(char *base, size_t root, size_t count, size_t size,
                      int (*compare)(const void *, const void *)) {
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && compare(base + child * size, base + (child + 1) * size) < 0)
            child++;
        if (compare(base + root * size, base + child * size) >= 0)
            return;
        swap_bytes(base + root * size, base + child * size, size);
    }
}

void qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *)) {
    for (size_t root = count / 2; root > 0; root--)
        sift_down(base, root - 1, count, size, compare);
    for (size_t last = count; last > 1; last--) {
        swap_bytes(base, (char *)base + (last - 1) * size, size);
        sift_down(base, 0, last - 1, size, compare);
    }
}

void *bsearch(const void *key, const void *base, size_t count, size_t size,
              int (*compare)(const void *, const void *)) {
    const char *low = base;
    while (count > 0) {
        const char *middle = low + count / 2 * size;
        int order = compare(key, middle);
        if (order == 0)
            return (void *)middle;
        if (order > 0) {
            low = middle + size;
            count--;
        }
        count /= 2;
    }
    return NULL;
}
