/* SPDX-License-Identifier: GPL-2.0-only
   Row "store loop": 64 million stores into 64 KiB. */
static volatile unsigned words[16384];

int main(void) {
    for (unsigned round = 0; round < 4000; round++) {
        for (unsigned i = 0; i < 16384; i++) {
            words[i] = round;
        }
    }
    return 0;
}
