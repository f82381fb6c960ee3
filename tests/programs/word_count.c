// SPDX-License-Identifier: 0BSD
// Counts lines, words and bytes of standard input, and the most frequent word by a hash table.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word {
    char *text;
    int count;
    struct word *next;
};

static struct word *table[64];

static int count_word(const char *text) {
    unsigned int hash = 5381;
    for (const char *c = text; *c != '\0'; c++)
        hash = hash * 33 + (unsigned char)*c;
    struct word **slot = &table[hash % 64];
    for (struct word *word = *slot; word != NULL; word = word->next)
        if (strcmp(word->text, text) == 0)
            return ++word->count;
    struct word *word = malloc(sizeof *word);
    word->text = malloc(strlen(text) + 1);
    strcpy(word->text, text);
    word->count = 1;
    word->next = *slot;
    *slot = word;
    return 1;
}

int main(void) {
    int lines = 0, words = 0, bytes = 0, length = 0, best = 0;
    char current[64], most[64] = "";
    for (;;) {
        int c = getchar();
        if (c != EOF && !isspace(c)) {
            if (length < 63)
                current[length++] = (char)tolower(c);
        } else if (length > 0) {
            current[length] = '\0';
            length = 0;
            words++;
            int count = count_word(current);
            if (count > best) {
                best = count;
                strcpy(most, current);
            }
        }
        if (c == EOF)
            break;
        bytes++;
        lines += c == '\n';
    }
    printf("%d lines, %d words, %d bytes; %d times \"%s\"\n", lines, words, bytes, best, most);
    return words > 0 ? 0 : 1;
}
