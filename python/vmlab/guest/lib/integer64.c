// SPDX-License-Identifier: 0BSD
// The 64-bit operations that compilers call by name on a 32-bit machine, since no compiler library is linked.

unsigned long long __udivmoddi4(unsigned long long dividend, unsigned long long divisor,
                                unsigned long long *remainder);
unsigned long long __udivdi3(unsigned long long a, unsigned long long b);
unsigned long long __umoddi3(unsigned long long a, unsigned long long b);
long long __divdi3(long long a, long long b);
long long __moddi3(long long a, long long b);
long long __divmoddi4(long long a, long long b, long long *remainder);
long long __mulodi4(long long a, long long b, int *overflow);
int __popcountsi2(unsigned int value);
int __popcountdi2(unsigned long long value);
int __clzdi2(unsigned long long value);
int __ctzdi2(unsigned long long value);

static unsigned long long magnitude(long long value) {
    return value < 0 ? -(unsigned long long)value : (unsigned long long)value;
}

// high must be less than divisor, or the processor raises the divide error: so it does for a divisor of 0.
static unsigned int divide_step(unsigned int *high, unsigned int low, unsigned int divisor) {
    unsigned int quotient, remainder;
    __asm__("divl %4" : "=a"(quotient), "=d"(remainder) : "0"(low), "1"(*high), "rm"(divisor) : "cc");
    *high = remainder;
    return quotient;
}

unsigned long long __udivmoddi4(unsigned long long dividend, unsigned long long divisor,
                                unsigned long long *remainder) {
    unsigned int high = (unsigned int)(dividend >> 32);
    unsigned long long quotient = 0;
    if (divisor >> 32 == 0) {
        unsigned int rest = 0;
        quotient = (unsigned long long)divide_step(&rest, high, (unsigned int)divisor) << 32;
        quotient |= divide_step(&rest, (unsigned int)dividend, (unsigned int)divisor);
        dividend = rest;
    } else if (high != 0) {
        int shift = __builtin_clz((unsigned int)(divisor >> 32)) - __builtin_clz(high);
        for (; shift >= 0; shift--) {
            if (dividend >= divisor << shift) {
                dividend -= divisor << shift;
                quotient |= 1ull << shift;
            }
        }
    }
    if (remainder != 0)
        *remainder = dividend;
    return quotient;
}

unsigned long long __udivdi3(unsigned long long a, unsigned long long b) {
    return __udivmoddi4(a, b, 0);
}

unsigned long long __umoddi3(unsigned long long a, unsigned long long b) {
    unsigned long long remainder;
    __udivmoddi4(a, b, &remainder);
    return remainder;
}

long long __divmoddi4(long long a, long long b, long long *remainder) {
    unsigned long long rest;
    unsigned long long quotient = __udivmoddi4(magnitude(a), magnitude(b), &rest);
    *remainder = (long long)(a < 0 ? -rest : rest);
    return (long long)((a < 0) != (b < 0) ? -quotient : quotient);
}

long long __divdi3(long long a, long long b) {
    long long remainder;
    return __divmoddi4(a, b, &remainder);
}

long long __moddi3(long long a, long long b) {
    long long remainder;
    __divmoddi4(a, b, &remainder);
    return remainder;
}

long long __mulodi4(long long a, long long b, int *overflow) {
    unsigned long long x = magnitude(a), y = magnitude(b);
    int negative = (a < 0) != (b < 0);
    unsigned long long limit = (1ull << 63) - (negative ? 0 : 1);
    *overflow = x != 0 && y > __udivdi3(limit, x);
    return (long long)((unsigned long long)a * (unsigned long long)b);
}

int __popcountsi2(unsigned int value) {
    int count = 0;
    for (; value != 0; value &= value - 1)
        count++;
    return count;
}

int __popcountdi2(unsigned long long value) {
    return __popcountsi2((unsigned int)value) + __popcountsi2((unsigned int)(value >> 32));
}

int __clzdi2(unsigned long long value) {
    unsigned int high = (unsigned int)(value >> 32);
    return high != 0 ? __builtin_clz(high) : 32 + __builtin_clz((unsigned int)value);
}

int __ctzdi2(unsigned long long value) {
    unsigned int low = (unsigned int)value;
    return low != 0 ? __builtin_ctz(low) : 32 + __builtin_ctz((unsigned int)(value >> 32));
}
