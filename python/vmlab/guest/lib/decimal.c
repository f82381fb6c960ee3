// SPDX-License-Identifier: 0BSD
// A double as decimal digits, every one of them right: a double is an integer times a power of two, kept here in
// words of nine decimal digits and multiplied or divided by two as often as its exponent says.
#include <stdint.h>
#include <string.h>

#include "internal.h"

#define WORD_DIGITS 9
#define WORD_BASE 1000000000u
#define WHOLE_WORDS 35    // 2^1024 has 309 digits
#define FRACTION_WORDS 120 // 2^-1074 has 1074 decimals

struct decimal {
    uint32_t words[WHOLE_WORDS + FRACTION_WORDS]; // most significant first
    unsigned int first;                           // the first that is not zero, at most WHOLE_WORDS - 1
    unsigned int end;                             // after the last that may be not zero
};

static void multiply(struct decimal *number, unsigned int shift) {
    uint64_t carry = 0;
    for (unsigned int i = number->end; i-- > number->first;) {
        uint64_t value = ((uint64_t)number->words[i] << shift) + carry;
        number->words[i] = (uint32_t)(value % WORD_BASE);
        carry = value / WORD_BASE;
    }
    if (carry != 0)
        number->words[--number->first] = (uint32_t)carry;
}

static void divide(struct decimal *number, unsigned int shift) {
    uint32_t rest = 0;
    for (unsigned int i = number->first; i < number->end; i++) {
        uint64_t value = (uint64_t)rest * WORD_BASE + number->words[i];
        number->words[i] = (uint32_t)(value >> shift);
        rest = (uint32_t)value & ((1u << shift) - 1);
    }
    while (rest != 0) {
        uint64_t value = (uint64_t)rest * WORD_BASE;
        number->words[number->end++] = (uint32_t)(value >> shift);
        rest = (uint32_t)value & ((1u << shift) - 1);
    }
}

static void set_value(struct decimal *number, uint64_t mantissa, int exponent) {
    memset(number, 0, sizeof *number);
    number->end = WHOLE_WORDS;
    number->first = WHOLE_WORDS - 2;
    number->words[WHOLE_WORDS - 1] = (uint32_t)(mantissa % WORD_BASE);
    number->words[WHOLE_WORDS - 2] = (uint32_t)(mantissa / WORD_BASE);
    for (; exponent > 0; exponent -= exponent < 29 ? exponent : 29)
        multiply(number, exponent < 29 ? (unsigned int)exponent : 29);
    for (; exponent < 0; exponent += exponent > -29 ? -exponent : 29)
        divide(number, exponent > -29 ? (unsigned int)-exponent : 29);
}

static size_t write_digits(const struct decimal *number, char *out) {
    for (unsigned int i = number->first; i < number->end; i++) {
        uint32_t word = number->words[i];
        for (unsigned int digit = WORD_DIGITS; digit-- > 0; word /= 10)
            out[(i - number->first) * WORD_DIGITS + digit] = (char)('0' + word % 10);
    }
    return (number->end - number->first) * WORD_DIGITS;
}

// Half to even, on the exact value.
static int must_round_up(const char *digits, size_t kept, size_t count) {
    if (kept >= count || digits[kept] < '5')
        return 0;
    for (size_t i = kept + 1; i < count; i++)
        if (digits[i] != '0')
            return 1;
    return digits[kept] > '5' || (digits[kept - 1] - '0') % 2 == 1;
}

size_t __format_decimal(double value, unsigned int precision, char *out) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    int exponent = (int)(bits >> 52 & 0x7ff);
    uint64_t mantissa = bits & ((1ull << 52) - 1);
    if (exponent == 0x7ff) {
        strcpy(out, mantissa != 0 ? "nan" : "inf");
        return 3;
    }
    struct decimal number;
    set_value(&number, exponent != 0 ? mantissa | 1ull << 52 : mantissa, (exponent != 0 ? exponent : 1) - 1075);

    char digits[(WHOLE_WORDS + FRACTION_WORDS) * WORD_DIGITS];
    size_t count = write_digits(&number, digits);
    size_t whole = (WHOLE_WORDS - number.first) * WORD_DIGITS;
    size_t kept = whole + precision < count ? whole + precision : count;
    if (must_round_up(digits, whole + precision, count)) {
        size_t at = kept - 1; // the leading zeroes of the first word take any carry
        while (digits[at] == '9')
            digits[at--] = '0';
        digits[at]++;
    }
    size_t start = 0;
    while (start < whole - 1 && digits[start] == '0')
        start++;
    size_t length = whole - start;
    memcpy(out, digits + start, length);
    if (precision > 0)
        out[length++] = '.';
    memcpy(out + length, digits + whole, kept - whole);
    length += kept - whole;
    return length;
}
