/* SPDX-License-Identifier: GPL-2.0-only
   Row "fib and sieve": recursive Fibonacci of 30, and the primes below two million. */
static char composite[2000000];

static unsigned fib(unsigned n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

int main(void) {
    unsigned primes = 0;
    for (unsigned i = 2; i < sizeof composite; i++) {
        if (composite[i]) {
            continue;
        }
        primes++;
        for (unsigned long long k = (unsigned long long)i * i; k < sizeof composite; k += i) {
            composite[k] = 1;
        }
    }
    return fib(30) == 832040 && primes == 148933 ? 0 : 1;
}
