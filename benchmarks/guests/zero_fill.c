/* SPDX-License-Identifier: GPL-2.0-only
   Row "zero-fill fault": the first store to each of 20,000 pages. */
static char pages[20000][4096];

int main(void) {
    for (int i = 0; i < 20000; i++) {
        *(volatile char *)pages[i] = 1;
    }
    return 0;
}
