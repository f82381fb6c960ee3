// SPDX-License-Identifier: 0BSD
// What printf understands, written into a sink.
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

struct conversion {
    int left, zero, plus, space, alternate; // the flags - 0 + space #
    unsigned int width;
    int precision; // -1: none given
    int size;      // in bytes of the integer argument
};

static void pad(struct sink *sink, char c, size_t count) {
    while (count-- > 0)
        sink->put(sink, &c, 1);
}

// `sign` and digits with what is missing to the width, as spaces or, after the sign, as zeroes.
static void put_number(struct sink *sink, const struct conversion *how, const char *sign, size_t zeroes,
                       const char *digits, size_t count, size_t more_zeroes) {
    size_t length = strlen(sign) + zeroes + count + more_zeroes;
    size_t missing = how->width > length ? how->width - length : 0;
    int fill_zero = how->zero && !how->left;
    if (!how->left && !fill_zero)
        pad(sink, ' ', missing);
    sink->put(sink, sign, strlen(sign));
    pad(sink, '0', zeroes + (fill_zero ? missing : 0));
    sink->put(sink, digits, count);
    pad(sink, '0', more_zeroes);
    if (how->left)
        pad(sink, ' ', missing);
}

static void put_text(struct sink *sink, const struct conversion *how, const char *text, size_t count) {
    struct conversion spaces = *how;
    spaces.zero = 0;
    put_number(sink, &spaces, "", 0, text, count, 0);
}

static const char *sign_of(const struct conversion *how, int negative) {
    if (negative)
        return "-";
    return how->plus ? "+" : how->space ? " " : "";
}

static void put_integer(struct sink *sink, struct conversion how, const char *sign, uint64_t value,
                        unsigned int base, int upper) {
    const char *alphabet = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char digits[24];
    size_t at = sizeof digits;
    for (; value != 0; value /= base)
        digits[--at] = alphabet[value % base];
    size_t count = sizeof digits - at;
    size_t least = how.precision < 0 ? 1 : (size_t)how.precision;
    if (how.alternate && base == 8 && least <= count)
        least = count + 1;
    if (how.precision >= 0)
        how.zero = 0;
    put_number(sink, &how, sign, least > count ? least - count : 0, digits + at, count, 0);
}

static uint64_t next_unsigned(va_list *arguments, int size) {
    switch (size) {
    case 1: return (unsigned char)va_arg(*arguments, unsigned int);
    case 2: return (unsigned short)va_arg(*arguments, unsigned int);
    case 8: return va_arg(*arguments, uint64_t);
    default: return va_arg(*arguments, unsigned int);
    }
}

static int64_t next_signed(va_list *arguments, int size) {
    switch (size) {
    case 1: return (signed char)va_arg(*arguments, int);
    case 2: return (short)va_arg(*arguments, int);
    case 8: return va_arg(*arguments, int64_t);
    default: return va_arg(*arguments, int);
    }
}

static void put_signed(struct sink *sink, const struct conversion *how, int64_t value) {
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
    put_integer(sink, *how, sign_of(how, value < 0), magnitude, 10, 0);
}

static void put_hexadecimal(struct sink *sink, const struct conversion *how, uint64_t value, int upper) {
    const char *prefix = how->alternate && value != 0 ? (upper ? "0X" : "0x") : "";
    put_integer(sink, *how, prefix, value, 16, upper);
}

static void put_pointer(struct sink *sink, struct conversion how, uintptr_t value) {
    how.alternate = 1;
    if (value == 0)
        put_text(sink, &how, "(nil)", 5);
    else
        put_hexadecimal(sink, &how, value, 0);
}

static void put_double(struct sink *sink, struct conversion how, double value) {
    char digits[DECIMAL_ROOM];
    unsigned int precision = how.precision < 0 ? 6 : (unsigned int)how.precision;
    int negative = __builtin_signbit(value) != 0;
    size_t count = __format_decimal(negative ? -value : value, precision, digits);
    size_t decimals = 0;
    if (isdigit(digits[0])) {
        const char *point = memchr(digits, '.', count);
        decimals = point != NULL ? (size_t)(digits + count - point) - 1 : 0;
    } else {
        how.zero = 0;
        precision = 0;
    }
    put_number(sink, &how, sign_of(&how, negative), 0, digits, count, precision - decimals);
}

static void put_string(struct sink *sink, const struct conversion *how, const char *text) {
    if (text == NULL)
        text = "(null)";
    put_text(sink, how, text, how->precision < 0 ? strlen(text) : strnlen(text, (size_t)how->precision));
}

static const char *parse_flags(struct conversion *how, const char *at) {
    for (;; at++) {
        switch (*at) {
        case '-': how->left = 1; break;
        case '0': how->zero = 1; break;
        case '+': how->plus = 1; break;
        case ' ': how->space = 1; break;
        case '#': how->alternate = 1; break;
        default: return at;
        }
    }
}

static const char *parse_count(int *out, const char *at, va_list *arguments) {
    if (*at == '*') {
        *out = va_arg(*arguments, int);
        return at + 1;
    }
    for (*out = 0; isdigit(*at); at++)
        *out = *out * 10 + (*at - '0');
    return at;
}

static const char *parse_size(struct conversion *how, const char *at) {
    how->size = 4;
    if (at[0] == 'h' || (at[0] == 'l' && at[1] == 'l')) {
        int twice = at[0] == at[1];
        how->size = at[0] == 'l' ? 8 : twice ? 1 : 2;
        return at + 1 + twice;
    }
    if (*at == 'j')
        how->size = 8;
    return *at == 'l' || *at == 'z' || *at == 't' || *at == 'j' ? at + 1 : at;
}

static const char *parse(struct conversion *how, const char *at, va_list *arguments) {
    int width;
    memset(how, 0, sizeof *how);
    at = parse_flags(how, at);
    at = parse_count(&width, at, arguments);
    how->left |= width < 0;
    how->width = width < 0 ? -(unsigned int)width : (unsigned int)width;
    how->precision = -1;
    if (*at == '.')
        at = parse_count(&how->precision, at + 1, arguments);
    return parse_size(how, at);
}

// Writes one conversion; `start` is its percent sign and `at` its letter, for one that is not known.
static void convert(struct sink *sink, const struct conversion *how, const char *start, const char *at,
                    va_list *arguments) {
    char c;
    switch (*at) {
    case 'd':
    case 'i': put_signed(sink, how, next_signed(arguments, how->size)); break;
    case 'u': put_integer(sink, *how, "", next_unsigned(arguments, how->size), 10, 0); break;
    case 'o': put_integer(sink, *how, "", next_unsigned(arguments, how->size), 8, 0); break;
    case 'x': put_hexadecimal(sink, how, next_unsigned(arguments, how->size), 0); break;
    case 'X': put_hexadecimal(sink, how, next_unsigned(arguments, how->size), 1); break;
    case 'p': put_pointer(sink, *how, (uintptr_t)va_arg(*arguments, void *)); break;
    case 's': put_string(sink, how, va_arg(*arguments, const char *)); break;
    case 'f': put_double(sink, *how, va_arg(*arguments, double)); break;
    case '%': sink->put(sink, "%", 1); break;
    case 'c':
        c = (char)va_arg(*arguments, int);
        put_text(sink, how, &c, 1);
        break;
    default: sink->put(sink, start, (size_t)(at - start) + (*at != '\0')); break;
    }
}

void __format(struct sink *sink, const char *format, va_list arguments) {
    va_list rest;
    va_copy(rest, arguments);
    while (*format != '\0') {
        size_t plain = strcspn(format, "%");
        if (plain > 0) {
            sink->put(sink, format, plain);
            format += plain;
            continue;
        }
        struct conversion how;
        const char *at = parse(&how, format + 1, &rest);
        convert(sink, &how, format, at, &rest);
        format = *at != '\0' ? at + 1 : at;
    }
    va_end(rest);
}
