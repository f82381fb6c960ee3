// SPDX-License-Identifier: GPL-2.0-only
#include "abi/pintos/console_text.hpp"

#include <array>
#include <cstdarg>
#include <cstdio>

#include "machine/pte.hpp"

namespace vmlab::pintos_abi {

namespace {

constexpr std::array<const char*, 20> EXCEPTIONS = {"#DE Divide Error",
                                                    "#DB Debug Exception",
                                                    "NMI Interrupt",
                                                    "#BP Breakpoint Exception",
                                                    "#OF Overflow Exception",
                                                    "#BR BOUND Range Exceeded Exception",
                                                    "#UD Invalid Opcode Exception",
                                                    "#NM Device Not Available Exception",
                                                    "#DF Double Fault Exception",
                                                    "Coprocessor Segment Overrun",
                                                    "#TS Invalid TSS Exception",
                                                    "#NP Segment Not Present",
                                                    "#SS Stack Fault Exception",
                                                    "#GP General Protection Exception",
                                                    "#PF Page-Fault Exception",
                                                    "unknown",
                                                    "#MF x87 FPU Floating-Point Error",
                                                    "#AC Alignment Check Exception",
                                                    "#MC Machine-Check Exception",
                                                    "#XF SIMD Floating-Point Exception"};

const char* exception_name(std::uint8_t vector) { return vector < EXCEPTIONS.size() ? EXCEPTIONS[vector] : "unknown"; }

[[gnu::format(printf, 1, 2)]] std::string format(const char* pattern, ...) {
    char text[256];
    std::va_list values;
    va_start(values, pattern);
    std::vsnprintf(text, sizeof text, pattern, values);
    va_end(values);
    return text;
}

/// With a comma before each three digits.
std::string grouped(std::uint64_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3; at -= 3) {
        digits.insert(at - 3, 1, ',');
    }
    return digits;
}

}  // namespace

std::string boot_lines(std::uint64_t ram_bytes) {
    return "Pintos booting with " + grouped(ram_bytes / 1024) + " kB RAM...\nBoot complete.\n";
}

std::string power_off_lines(std::uint64_t ticks, std::uint64_t page_faults) {
    return "Timer: " + std::to_string(ticks) + " ticks\nException: " + std::to_string(page_faults) +
           " page faults\nPowering off...\n";
}

std::string fault_line(const PageFault& fault) {
    const bool there = (fault.error & PageFaultError::PROTECTION) != 0;
    const bool writes = (fault.error & PageFaultError::WRITE) != 0;
    return format("Page fault at %#x: %s error %s page in user context.\n", fault.address.value,
                  there ? "rights violation" : "not present", writes ? "writing" : "reading");
}

std::string dying_lines(const std::string& name, const TrapFrame& frame, std::uint8_t vector, std::uint32_t error,
                        VirtAddr cr2) {
    const char* const what = exception_name(vector);
    return name + format(": dying due to interrupt 0x%02x (%s).\n", vector, what) +
           format("Interrupt 0x%02x (%s) at eip=%#x\n", vector, what, frame.eip) +
           format(" cr2=%08x error=%08x\n", cr2.value, error) +
           format(" eax=%08x ebx=%08x ecx=%08x edx=%08x\n", frame.eax, frame.ebx, frame.ecx, frame.edx) +
           format(" esi=%08x edi=%08x esp=%08x ebp=%08x\n", frame.esi, frame.edi, frame.esp, frame.ebp) +
           format(" cs=%04x ds=%04x es=%04x ss=%04x\n", frame.cs, frame.ds, frame.es, frame.ss);
}

}  // namespace vmlab::pintos_abi
