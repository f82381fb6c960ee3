// SPDX-License-Identifier: 0BSD
// What printf can do.
#include <stddef.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    printf("[%d] [%5d] [%-5d] [%05d] [%+d] [% d] [%.3d] [%8.3d] [%.0d]\n", 42, 42, 42, 42, 42, 42, 7, -7, 0);
    printf("[%i] [%d] [%u] [%u]\n", -1, -2147483647 - 1, 4294967295u, 0u);
    printf("[%x] [%X] [%#x] [%#X] [%08x] [%#010x] [%-#8x] [%#x]\n", 48879, 48879, 48879, 48879, 48879, 48879, 48879, 0);
    printf("[%o] [%#o] [%#o] [%#.5o]\n", 8, 8, 0, 8);
    printf("[%hhd] [%hd] [%hhu] [%hu] [%ld] [%lu]\n", 300, 70000, 300, 70000, -5l, 5ul);
    printf("[%lld] [%llu] [%llx] [%20lld] [%-20lld]\n", -9223372036854775807ll - 1, ~0ull, 1ull << 40, 12ll, 12ll);
    printf("[%zu] [%td] [%jd]\n", sizeof(int), (ptrdiff_t)-3, (__INTMAX_TYPE__)-4);
    printf("[%c] [%3c] [%-3c] [%s] [%6s] [%-6s] [%.2s] [%6.2s]\n", 'a', 'b', 'c', "text", "text", "text", "text", "text");
    printf("[%*d] [%-*d] [%*d] [%.*s] [%.*d]\n", 6, 1, 6, 2, -6, 3, 3, "abcdef", 4, 5);
    printf("[%%] [%5%] [%p] [%12p]\n", (void *)0x1234, (void *)0xab);
    printf("[%f] [%.2f] [%.0f] [%#.0d] [%10.3f] [%-10.1f] [%010.2f] [%+f] [% .1f]\n", 3.14159265358979, 2.675, 0.5, 5, 1.5, 2.25, -3.125, 0.1, 9.95);
    printf("[%.0f] [%.0f] [%.0f] [%.1f] [%.1f] [%.20f]\n", 1.5, 2.5, 3.5, 0.25, 0.35, 0.1);
    printf("[%f] [%.3f] [%f] [%f] [%f] [%5f] [%05f]\n", 1e22, 1e-5, -0.0, 1.0 / 3, 1e15 / 7, 1.0 / 0.0, -1.0 / 0.0);
    printf("[%.10f] [%f] [%.1f] [%f]\n", 123456789.987654321, 0.9999999, 9.99, 4503599627370497.5);

    char small[8];
    int wanted = snprintf(small, sizeof small, "%s-%d", "abcdef", 12345);
    printf("%d [%s] %d\n", wanted, small, snprintf(NULL, 0, "%d", 1000));
    char large[64];
    wanted = sprintf(large, "%d:%s", 1, "x");
    printf("%d [%s] %d\n", wanted, large, (int)strlen(large));
    return 0;
}
