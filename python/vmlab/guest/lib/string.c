// SPDX-License-Identifier: 0BSD
// Bytes and strings. The block operations are the processor's own string instructions.
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *memcpy(void *to, const void *from, size_t count) {
    void *out = to;
    size_t words = count / 4;
    __asm__ volatile("rep movsl" : "+D"(out), "+S"(from), "+c"(words) : : "memory");
    count %= 4;
    __asm__ volatile("rep movsb" : "+D"(out), "+S"(from), "+c"(count) : : "memory");
    return to;
}

void *memmove(void *to, const void *from, size_t count) {
    if ((uintptr_t)to - (uintptr_t)from >= count)
        return memcpy(to, from, count);
    unsigned char *out = (unsigned char *)to + count - 1;
    const unsigned char *in = (const unsigned char *)from + count - 1;
    __asm__ volatile("std; rep movsb; cld" : "+D"(out), "+S"(in), "+c"(count) : : "memory");
    return to;
}

void *memset(void *to, int byte, size_t count) {
    void *out = to;
    size_t words = count / 4;
    uint32_t pattern = (uint8_t)byte * 0x01010101u;
    __asm__ volatile("rep stosl" : "+D"(out), "+c"(words) : "a"(pattern) : "memory");
    count %= 4;
    __asm__ volatile("rep stosb" : "+D"(out), "+c"(count) : "a"(pattern) : "memory");
    return to;
}

int memcmp(const void *a, const void *b, size_t count) {
    const unsigned char *left = a, *right = b;
    for (size_t i = 0; i < count; i++)
        if (left[i] != right[i])
            return left[i] - right[i];
    return 0;
}

void *memchr(const void *from, int byte, size_t count) {
    const unsigned char *in = from;
    for (size_t i = 0; i < count; i++)
        if (in[i] == (unsigned char)byte)
            return (void *)(in + i);
    return NULL;
}

size_t strlen(const char *text) {
    const char *end = text;
    while (*end != '\0')
        end++;
    return (size_t)(end - text);
}

size_t strnlen(const char *text, size_t limit) {
    const char *end = memchr(text, '\0', limit);
    return end != NULL ? (size_t)(end - text) : limit;
}

int strcmp(const char *a, const char *b) {
    return strncmp(a, b, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t count) {
    for (; count > 0; a++, b++, count--) {
        if (*a != *b)
            return (unsigned char)*a - (unsigned char)*b;
        if (*a == '\0')
            break;
    }
    return 0;
}

char *strcpy(char *to, const char *from) {
    return memcpy(to, from, strlen(from) + 1);
}

char *strncpy(char *to, const char *from, size_t count) {
    size_t length = strnlen(from, count);
    memset(to + length, 0, count - length);
    return memcpy(to, from, length);
}

char *strcat(char *to, const char *from) {
    strcpy(to + strlen(to), from);
    return to;
}

char *strncat(char *to, const char *from, size_t count) {
    size_t length = strnlen(from, count);
    char *end = to + strlen(to);
    memcpy(end, from, length);
    end[length] = '\0';
    return to;
}

char *strchr(const char *text, int c) {
    return memchr(text, c, strlen(text) + 1);
}

char *strrchr(const char *text, int c) {
    for (size_t i = strlen(text) + 1; i > 0; i--)
        if (text[i - 1] == (char)c)
            return (char *)text + i - 1;
    return NULL;
}

char *strstr(const char *text, const char *part) {
    size_t length = strlen(part);
    for (;; text++) {
        if (strncmp(text, part, length) == 0)
            return (char *)text;
        if (*text == '\0')
            return NULL;
    }
}

size_t strspn(const char *text, const char *set) {
    size_t count = 0;
    while (text[count] != '\0' && strchr(set, text[count]) != NULL)
        count++;
    return count;
}

size_t strcspn(const char *text, const char *set) {
    size_t count = 0;
    while (strchr(set, text[count]) == NULL)
        count++;
    return count;
}

char *strpbrk(const char *text, const char *set) {
    text += strcspn(text, set);
    return *text != '\0' ? (char *)text : NULL;
}

char *strtok(char *text, const char *separators) {
    static char *rest;
    if (text == NULL)
        text = rest;
    if (text == NULL)
        return NULL;
    text += strspn(text, separators);
    if (*text == '\0')
        return rest = NULL;
    rest = strpbrk(text, separators);
    if (rest != NULL)
        *rest++ = '\0';
    return text;
}

char *strdup(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}
