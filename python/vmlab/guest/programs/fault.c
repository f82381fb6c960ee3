// SPDX-License-Identifier: 0BSD
// Writes one byte to a page of zeroes, and exits with 0.
static volatile char page[4096] __attribute__((aligned(4096)));

int main(void) {
    page[0] = 1;
    return 0;
}
