// SPDX-License-Identifier: GPL-2.0-only
// Environments that make, steer and end others.
#include "abi/jos/program_image.hpp"
#include "abi/jos/syscall.hpp"

namespace vmlab::jos_abi {

std::uint32_t sys_getenvid(Syscall& call) { return call.caller.id; }

std::uint32_t sys_env_destroy(Syscall& call) {
    Environment* const victim = call.system.find_own(call.caller, call.arguments[0]);
    if (victim == nullptr) {
        return result_of(Error::BadEnv);
    }
    call.system.lines.destroying(call.caller, *victim);
    call.system.destroy(*victim);
    return 0;
}

// The child has the parent's registers, EAX apart, and nothing below UTOP.
std::uint32_t sys_exofork(Syscall& call) {
    System& system = call.system;
    if (!system.environments.any_free()) {
        return result_of(Error::NoFreeEnv);
    }
    Process* const child = system.kernel.fork_empty(call.process);
    if (child == nullptr) {
        return result_of(Error::NoMem);
    }
    Environment& made = *system.environments.allocate(*child, call.caller.id, EnvType::User);
    if (!map_kernel_views(child->space(), system)) {
        system.environments.free(made);
        system.kernel.end_process(*child, 0, Signal::Kill);
        return result_of(Error::NoMem);
    }
    system.environments.note_trap(made, child->trap_frame());
    system.environments.change_status(made, EnvStatus::NotRunnable);
    system.lines.new_environment(&call.caller, made);
    return made.id;
}

// Who made itself wait has its result when it is let go on.
std::uint32_t sys_env_set_status(Syscall& call) {
    if (call.resumed) {
        return 0;
    }
    Environment* const environment = call.system.find_own(call.caller, call.arguments[0]);
    if (environment == nullptr) {
        return result_of(Error::BadEnv);
    }
    const EnvStatus wanted{call.arguments[1]};
    if (wanted != EnvStatus::Runnable && wanted != EnvStatus::NotRunnable) {
        return result_of(Error::Inval);
    }
    if (wanted == EnvStatus::Runnable) {
        call.system.release(*environment);
    } else {
        call.system.hold(*environment);
    }
    return 0;
}

// Whatever is in the frame, the environment goes on in ring 3 with interrupts, and without ports.
std::uint32_t sys_env_set_trapframe(Syscall& call) {
    Environment* const environment = call.system.find_own(call.caller, call.arguments[0]);
    if (environment == nullptr) {
        return result_of(Error::BadEnv);
    }
    const VirtAddr place(call.arguments[1]);
    if (!call.system.expect_memory(call.process, place, sizeof(TrapFrame), Access::Read)) {
        return 0;
    }
    const auto wanted = UserMemory(call.process).read<TrapFrame>(place);
    require(wanted.has_value(), "what ring 3 may read can be copied");
    TrapFrame frame = *wanted;
    constexpr std::uint16_t RING_3 = 3;
    frame.cs = GDT.user_cs();
    for (std::uint16_t* const selector : {&frame.ss, &frame.ds, &frame.es}) {
        *selector |= RING_3;
    }
    frame.eflags = (frame.eflags & ~(Eflags::IOPL | Eflags::VM86)) | Eflags::INTERRUPT;
    Process& process = call.system.process_of(*environment);
    process.set_trap_frame(frame);
    process.io_privilege = Ring::Kernel;
    process.blocked_trap.reset();  // the call that it waited in is no more
    call.system.environments.note_trap(*environment, frame);
    return 0;
}

std::uint32_t sys_env_set_pgfault_upcall(Syscall& call) {
    Environment* const environment = call.system.find_own(call.caller, call.arguments[0]);
    if (environment == nullptr) {
        return result_of(Error::BadEnv);
    }
    environment->fault_upcall = VirtAddr(call.arguments[1]);
    call.system.environments.publish(*environment);
    return 0;
}

std::uint32_t sys_yield(Syscall& call) {
    call.system.kernel.yield();
    return 0;
}

}  // namespace vmlab::jos_abi
