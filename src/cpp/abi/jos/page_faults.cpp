// SPDX-License-Identifier: GPL-2.0-only
#include "abi/jos/page_faults.hpp"

#include "kernel/user_memory.hpp"

namespace vmlab::jos_abi {

namespace {

/// What the handler finds on its stack. Elsewhere: struct UTrapframe.
struct FaultRecord {
    std::uint32_t fault_va, error;
    std::uint32_t edi, esi, ebp, oesp, ebx, edx, ecx, eax;
    std::uint32_t eip, eflags, esp;
};
static_assert(sizeof(FaultRecord) == 52);

/// Below what a handler that faulted itself has on that stack, with a word between for its return; else at the top.
VirtAddr place_of_record(VirtAddr esp) {
    const bool nested = esp >= UXSTACKTOP - PAGE_SIZE && esp < UXSTACKTOP;
    constexpr std::uint32_t WORD = 4;
    return (nested ? esp - WORD : UXSTACKTOP) - static_cast<std::uint32_t>(sizeof(FaultRecord));
}

}  // namespace

void handle_page_fault(System& system, Process& process, const PageFault& fault) {
    Environment& environment = *system.current;
    TrapFrame frame = process.trap_frame();
    if (environment.fault_upcall.value == 0) {
        system.lines.user_fault(environment, fault.address, VirtAddr(frame.eip));
        system.lines.trap_frame(frame, system.environments.trap_frame_address(environment), fault.address);
        system.destroy(environment);
        return;
    }
    const VirtAddr at = place_of_record(VirtAddr(frame.esp));
    if (!system.expect_memory(process, at, sizeof(FaultRecord), Access::Write)) {
        return;
    }
    const FaultRecord record{.fault_va = fault.address.value,
                             .error = fault.error,
                             .edi = frame.edi,
                             .esi = frame.esi,
                             .ebp = frame.ebp,
                             .oesp = frame.oesp,
                             .ebx = frame.ebx,
                             .edx = frame.edx,
                             .ecx = frame.ecx,
                             .eax = frame.eax,
                             .eip = frame.eip,
                             .eflags = frame.eflags,
                             .esp = frame.esp};
    require(UserMemory(process).write(at, record) == CopyResult::Ok, "what ring 3 may write can be written");
    frame.eip = environment.fault_upcall.value;
    frame.esp = at.value;
    process.set_trap_frame(frame);
    system.kernel.tracer().emit(process.pid(), UpcallEvent{.handler = environment.fault_upcall, .record = at});
}

}  // namespace vmlab::jos_abi
