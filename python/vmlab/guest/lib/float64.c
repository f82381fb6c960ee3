// SPDX-License-Identifier: 0BSD
// Conversions between floating point and unsigned 64-bit integers, which the x87 does not have as instructions.

unsigned long long __fixunsdfdi(double value);
unsigned long long __fixunssfdi(float value);
double __floatundidf(unsigned long long value);
float __floatundisf(unsigned long long value);

#define TWO_TO_63 9223372036854775808.0

unsigned long long __fixunsdfdi(double value) {
    if (value < TWO_TO_63)
        return (unsigned long long)(long long)value;
    return (unsigned long long)(long long)(value - TWO_TO_63) + (1ull << 63);
}

unsigned long long __fixunssfdi(float value) {
    return __fixunsdfdi(value);
}

// The x87 holds all 64 bits, so that only the conversion of the sum rounds.
static long double to_extended(unsigned long long value) {
    long double high = (long double)(long long)(value >> 1) * 2;
    return high + (long double)(int)(value & 1);
}

double __floatundidf(unsigned long long value) {
    return (double)to_extended(value);
}

float __floatundisf(unsigned long long value) {
    return (float)to_extended(value);
}
