// SPDX-License-Identifier: 0BSD
// 64-bit arithmetic, which a 32-bit compiler leaves to functions of the library.
#include <stdio.h>

static const unsigned long long values[] = {
    0ull,          1ull,          2ull,          7ull,           10ull,
    0xffffull,     0x10000ull,    0x7fffffffull, 0x80000000ull,  0xffffffffull,
    0x100000000ull, 0x100000001ull, 0xfffffffffull, 1000000007ull * 998244353, 0x7fffffffffffffffull,
    0x8000000000000000ull, 0xfffffffffffffffeull, 0xffffffffffffffffull,
};

#define COUNT (sizeof values / sizeof values[0])

int main(void) {
    for (unsigned int i = 0; i < COUNT; i++) {
        for (unsigned int j = 0; j < COUNT; j++) {
            volatile unsigned long long a = values[i], b = values[j];
            volatile long long c = (long long)a, d = (long long)b;
            if (b == 0)
                continue;
            printf("%llu / %llu = %llu rest %llu\n", a, b, a / b, a % b);
            if (d != -1)
                printf("%lld / %lld = %lld rest %lld\n", c, d, c / d, c % d);
        }
    }
    for (unsigned int shift = 0; shift < 64; shift += 7) {
        volatile unsigned long long a = 0x8123456789abcdefull;
        printf("%u: %llx %llx %llx\n", shift, a << shift, a >> shift, (unsigned long long)((long long)a >> shift));
    }
    for (unsigned int i = 0; i < COUNT; i++) {
        volatile unsigned long long a = values[i];
        volatile double real = (double)a;
        printf("%.0f %d\n", real, __builtin_popcountll(a));
        if (real < 18446744073709551615.0)
            printf("%llu\n", (unsigned long long)real);
    }
    return 0;
}
