/* SPDX-License-Identifier: GPL-2.0-only
   Row "mmap and munmap": one page mapped and unmapped, 100,000 times. */
#include <sys/mman.h>

int main(void) {
    for (int i = 0; i < 100000; i++) {
        munmap(mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 4096);
    }
    return 0;
}
