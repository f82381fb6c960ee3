// SPDX-License-Identifier: GPL-2.0-only
#include "abi/jos/kernel_lines.hpp"

#include <array>
#include <cstdarg>
#include <cstdio>

#include "machine/vector.hpp"

namespace vmlab::jos_abi {

namespace {

/// As the manual calls them (SDM volume 3, table 6-1).
const char* name_of_trap(std::uint32_t number) {
    static constexpr std::array<const char*, 20> NAMES = {"Divide error",
                                                          "Debug",
                                                          "Non-Maskable Interrupt",
                                                          "Breakpoint",
                                                          "Overflow",
                                                          "BOUND Range Exceeded",
                                                          "Invalid Opcode",
                                                          "Device Not Available",
                                                          "Double Fault",
                                                          "Coprocessor Segment Overrun",
                                                          "Invalid TSS",
                                                          "Segment Not Present",
                                                          "Stack Fault",
                                                          "General Protection",
                                                          "Page Fault",
                                                          "(unknown trap)",
                                                          "x87 FPU Floating-Point Error",
                                                          "Alignment Check",
                                                          "Machine-Check",
                                                          "SIMD Floating-Point Exception"};
    return number < NAMES.size() ? NAMES[number] : number == SYSCALL_VECTOR ? "System call" : "(unknown trap)";
}

EnvId id_of(const Environment* environment) { return environment == nullptr ? 0 : environment->id; }

}  // namespace

void KernelLines::print(const char* format, ...) {
    std::array<char, 256> line{};
    std::va_list values;
    va_start(values, format);
    std::vsnprintf(line.data(), line.size(), format, values);
    va_end(values);
    kernel_.print(line.data());
}

void KernelLines::new_environment(const Environment* by, const Environment& made) {
    if (tells_of_environments()) {
        print("[%08x] new env %08x\n", id_of(by), made.id);
    }
}

void KernelLines::free_environment(const Environment* by, const Environment& freed) {
    if (tells_of_environments()) {
        print("[%08x] free env %08x\n", id_of(by), freed.id);
    }
}

void KernelLines::destroying(const Environment& by, const Environment& destroyed) {
    if (!tells_of_environments()) {
        return;
    }
    if (by.id == destroyed.id) {
        print("[%08x] exiting gracefully\n", by.id);
    } else {
        print("[%08x] destroying %08x\n", by.id, destroyed.id);
    }
}

void KernelLines::bad_memory(const Environment& environment, VirtAddr va) {
    print("[%08x] user_mem_check assertion failure for va %08x\n", environment.id, va.value);
}

void KernelLines::user_fault(const Environment& environment, VirtAddr va, VirtAddr eip) {
    print("[%08x] user fault va %08x ip %08x\n", environment.id, va.value, eip.value);
}

void KernelLines::incoming_trap() {
    if (lab_ == Lab::Three) {
        print("Incoming TRAP frame at 0x%08x\n", KSTACKTOP.value - static_cast<std::uint32_t>(sizeof(TrapFrame)));
    }
}

void KernelLines::trap_frame(const TrapFrame& frame, VirtAddr place, VirtAddr cr2) {
    print("TRAP frame at 0x%08x%s\n", place.value, lab_ == Lab::Three ? "" : " from CPU 0");
    print("  edi  0x%08x\n  esi  0x%08x\n", frame.edi, frame.esi);
    print("  ebp  0x%08x\n  oesp 0x%08x\n", frame.ebp, frame.oesp);
    print("  ebx  0x%08x\n  edx  0x%08x\n", frame.ebx, frame.edx);
    print("  ecx  0x%08x\n  eax  0x%08x\n", frame.ecx, frame.eax);
    print("  es   0x----%04x\n  ds   0x----%04x\n", frame.es, frame.ds);
    print("  trap 0x%08x %s\n", frame.trapno, name_of_trap(frame.trapno));
    if (frame.trapno == static_cast<std::uint32_t>(Vector::PageFault)) {
        print("  cr2  0x%08x\n", cr2.value);
        print("  err  0x%08x [%s, %s, %s]\n", frame.err, (frame.err & PageFaultError::USER) != 0 ? "user" : "kernel",
              (frame.err & PageFaultError::WRITE) != 0 ? "write" : "read",
              (frame.err & PageFaultError::PROTECTION) != 0 ? "protection" : "not-present");
    } else {
        print("  err  0x%08x\n", frame.err);
    }
    print("  eip  0x%08x\n  cs   0x----%04x\n", frame.eip, frame.cs);
    print("  flag 0x%08x\n  esp  0x%08x\n  ss   0x----%04x\n", frame.eflags, frame.esp, frame.ss);
}

void KernelLines::nothing_to_do() {
    kernel_.print(lab_ == Lab::Three ? "Destroyed the only environment - nothing more to do!\n"
                                     : "No runnable environments in the system!\n");
}

void KernelLines::monitor() {
    kernel_.print("Welcome to the JOS kernel monitor!\nType 'help' for a list of commands.\n");
}

}  // namespace vmlab::jos_abi
