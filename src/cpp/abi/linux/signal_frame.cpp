// SPDX-License-Identifier: GPL-2.0-only
// From the top of the stack down:
//
//   FloatingPointRecord     32-byte x87 environment and registers as FNSAVE writes them, then 512 bytes as FXSAVE does
//   SignalFrame             without SA_SIGINFO: return address, number, SignalContext, the mask's upper half, code
//   RealtimeSignalFrame     with it: return address, number, pointers to the two that follow: siginfo_t and ucontext_t, code
//
// The code is what a handler returns to that gave no restorer: `mov $sigreturn, %eax; int $0x80`.
#include "abi/linux/signal_frame.hpp"

#include <cstring>

#include "abi/linux/layout.hpp"
#include "abi/linux/signals.hpp"
#include "kernel/kernel.hpp"

namespace vmlab::linux_abi {

namespace {

/// struct sigcontext of the i386.
struct SignalContext {
    std::uint32_t gs, fs, es, ds;
    std::uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax;
    std::uint32_t trapno, err, eip, cs, eflags, esp_at_signal, ss;
    std::uint32_t floating_point;
    std::uint32_t old_mask, cr2;
};
static_assert(sizeof(SignalContext) == 88);

/// struct _fpstate_32.
struct FloatingPointRecord {
    std::uint32_t control, status, tags, pointers[4];
    std::byte st[8][10];
    std::uint16_t status_again, magic;
    // As FXSAVE.
    std::uint16_t fx_control, fx_status;
    std::uint8_t fx_tags, fx_reserved;
    std::uint16_t fx_opcode;
    std::uint32_t fx_pointers[4];
    std::uint32_t mxcsr, mxcsr_mask;
    std::byte fx_st[8][16];
    std::byte xmm[8][16];
    std::byte rest[224];
};
static_assert(sizeof(FloatingPointRecord) == 112 + 512);

struct SignalFrame {
    std::uint32_t return_address;
    std::uint32_t signal;
    SignalContext context;
    std::byte unused[sizeof(FloatingPointRecord)];
    std::uint32_t upper_mask;
    std::array<std::uint8_t, 8> code;
};
static_assert(sizeof(SignalFrame) == 732);

struct UserContext {
    std::uint32_t flags, link;
    StackRecord stack;
    SignalContext context;
    SignalSet::Words mask;
};
static_assert(sizeof(UserContext) == 116);

struct RealtimeSignalFrame {
    std::uint32_t return_address;
    std::uint32_t signal;
    std::uint32_t info_address;
    std::uint32_t context_address;
    SignalInfoRecord info;
    UserContext context;
    std::array<std::uint8_t, 8> code;
};
static_assert(sizeof(RealtimeSignalFrame) == 268);

constexpr std::array<std::uint8_t, 8> SIGRETURN_CODE = {0x58, 0xB8, 119, 0, 0, 0, 0xCD, 0x80};
constexpr std::array<std::uint8_t, 8> RT_SIGRETURN_CODE = {0xB8, 173, 0, 0, 0, 0xCD, 0x80, 0};

/// What sigreturn takes of EFLAGS: AC, OF, DF, TF, SF, ZF, AF, PF, CF and RF.
constexpr std::uint32_t RESTORED_FLAGS = 0x00050DD5;
constexpr std::uint32_t DIRECTION = 0x400, RESUME = 0x10000;

FloatingPointRecord float_record_of(const FloatingPoint& state) {
    FloatingPointRecord record{};
    record.control = 0xFFFF0000U | state.control;
    record.status = 0xFFFF0000U | state.status;
    record.tags = 0xFFFF0000U | state.tags;
    record.status_again = record.fx_status = state.status;
    record.fx_control = state.control;
    record.mxcsr = state.mxcsr;
    constexpr std::uint32_t MXCSR_BITS = 0xFFFF;
    record.mxcsr_mask = MXCSR_BITS;
    for (std::uint32_t i = 0; i < 8; ++i) {
        record.fx_tags = static_cast<std::uint8_t>(record.fx_tags | (state.is_empty(i) ? 0U : 1U << i));
        std::memcpy(record.st[i], state.st[i].data(), state.st[i].size());
        std::memcpy(record.fx_st[i], state.st[i].data(), state.st[i].size());
        std::memcpy(record.xmm[i], state.xmm[i].data(), state.xmm[i].size());
    }
    return record;
}

/// As the kernel reads it back: the x87 half from its FNSAVE form.
FloatingPoint state_of(const FloatingPointRecord& record) {
    constexpr std::uint32_t MXCSR_BITS = 0xFFFF;
    FloatingPoint state{.control = static_cast<std::uint16_t>(record.control),
                        .status = static_cast<std::uint16_t>(record.status),
                        .tags = static_cast<std::uint16_t>(record.tags),
                        .mxcsr = record.mxcsr & MXCSR_BITS};
    for (std::uint32_t i = 0; i < 8; ++i) {
        std::memcpy(state.st[i].data(), record.st[i], state.st[i].size());
        std::memcpy(state.xmm[i].data(), record.xmm[i], state.xmm[i].size());
    }
    return state;
}

SignalContext context_of(const Process& process, VirtAddr floating_point, SignalSet blocked) {
    const TrapFrame frame = process.trap_frame();
    const TrapRecord& trap = process.signals.trap;
    return {.gs = process.gs,
            .fs = process.fs,
            .es = frame.es,
            .ds = frame.ds,
            .edi = frame.edi,
            .esi = frame.esi,
            .ebp = frame.ebp,
            .esp = frame.esp,
            .ebx = frame.ebx,
            .edx = frame.edx,
            .ecx = frame.ecx,
            .eax = frame.eax,
            .trapno = trap.vector,
            .err = trap.error,
            .eip = frame.eip,
            .cs = frame.cs,
            .eflags = frame.eflags,
            .esp_at_signal = frame.esp,
            .ss = frame.ss,
            .floating_point = floating_point.value,
            .old_mask = static_cast<std::uint32_t>(blocked.bits),
            .cr2 = trap.address.value};
}

/// Where frames begin, growing down; nothing when the stack for handlers has no room for `bytes` more.
std::optional<VirtAddr> stack_for(const Process& process, const SignalAction& action, std::uint32_t bytes) {
    const SignalStack& own = process.signals.stack;
    const VirtAddr esp(process.trap_frame().esp);
    if (own.contains(esp)) {
        return own.contains(esp - bytes) ? std::optional(esp) : std::nullopt;
    }
    const bool switches = (action.flags & ActionFlags::ONSTACK) != 0 && own.size != 0;
    return switches ? own.base + own.size : esp;
}

/// ESP at a function's first instruction: a multiple of 16 once the return address is popped.
VirtAddr aligned_frame(VirtAddr below, std::uint32_t bytes) {
    return VirtAddr((((below - bytes).value + 4) & ~15U) - 4);
}

std::uint32_t return_address(const SignalAction& action, VirtAddr code) {
    return (action.flags & ActionFlags::RESTORER) != 0 ? action.restorer : code.value;
}

bool push_plain(UserMemory& memory, VirtAddr at, const SignalInfo& info, const SignalAction& action,
                const SignalContext& context, SignalSet blocked) {
    const SignalFrame frame{.return_address = return_address(action, at + offsetof(SignalFrame, code)),
                            .signal = static_cast<std::uint32_t>(info.signal),
                            .context = context,
                            .upper_mask = blocked.words()[1],
                            .code = SIGRETURN_CODE};
    return memory.write(at, frame) == CopyResult::Ok;
}

bool push_realtime(UserMemory& memory, VirtAddr at, const SignalInfo& info, const SignalAction& action,
                   const SignalContext& context, SignalSet blocked, const StackRecord& stack) {
    const RealtimeSignalFrame frame{.return_address = return_address(action, at + offsetof(RealtimeSignalFrame, code)),
                                    .signal = static_cast<std::uint32_t>(info.signal),
                                    .info_address = (at + offsetof(RealtimeSignalFrame, info)).value,
                                    .context_address = (at + offsetof(RealtimeSignalFrame, context)).value,
                                    .info = record_of(info),
                                    .context = {.stack = stack, .context = context, .mask = blocked.words()},
                                    .code = RT_SIGRETURN_CODE};
    return memory.write(at, frame) == CopyResult::Ok;
}

}  // namespace

std::int32_t code_of_float_exception(const FloatingPoint& state, bool sse) {
    constexpr std::uint32_t CAUSES = 0x3F;
    const std::uint32_t raised = sse ? state.mxcsr & ~(state.mxcsr >> 7) & CAUSES
                                     : std::uint32_t{state.status} & ~std::uint32_t{state.control} & CAUSES;
    constexpr std::array<std::int32_t, 6> CODES = {SignalCode::FPE_INVALID,      SignalCode::FPE_UNDERFLOW,
                                                   SignalCode::FPE_FLOAT_DIVIDE, SignalCode::FPE_OVERFLOW,
                                                   SignalCode::FPE_UNDERFLOW,    SignalCode::FPE_INEXACT};
    for (std::size_t bit : {0U, 2U, 3U, 1U, 4U, 5U}) {
        if ((raised >> bit & 1U) != 0) {
            return CODES[bit];
        }
    }
    return SignalCode::KERNEL;
}

SignalInfoRecord record_of(const SignalInfo& info) {
    SignalInfoRecord record{.signal = static_cast<std::uint32_t>(info.signal), .code = info.code};
    const bool from_processor = SYNCHRONOUS.contains(info.signal) && info.code > 0 && info.code != SignalCode::KERNEL;
    if (from_processor) {
        record.fields[0] = info.address.value;
        return record;
    }
    if (info.timer != 0) {
        record.fields[0] = info.timer - 1;
        record.fields[1] = info.status;  // how often it has expired beside
        record.fields[2] = info.value;
        return record;
    }
    record.fields[0] = info.pid;  // fields[1] is the user: root
    if (info.signal == Signal::Child && info.code > 0) {
        record.fields[2] = info.status;
    } else {
        record.fields[2] = info.value;
    }
    return record;
}

SyscallResult set_signal_stack(Process& process, const StackRecord& wanted) {
    constexpr std::uint32_t ONSTACK = 1, DISABLE = 2, AUTODISARM = 0x80000000, SMALLEST = 2048;
    const std::uint32_t mode = wanted.flags & ~AUTODISARM;
    if (mode != 0 && mode != ONSTACK && mode != DISABLE) {
        return Errno::INVAL;
    }
    if (mode != DISABLE && wanted.size < SMALLEST) {
        return Errno::NOMEM;
    }
    process.signals.stack =
        mode == DISABLE ? SignalStack{.flags = wanted.flags}
                        : SignalStack{.base = VirtAddr(wanted.base), .size = wanted.size, .flags = wanted.flags};
    return 0U;
}

StackRecord signal_stack_of(const Process& process) {
    constexpr std::uint32_t ONSTACK = 1, DISABLE = 2;
    const SignalStack& stack = process.signals.stack;
    const bool used = stack.contains(VirtAddr(process.trap_frame().esp));
    const std::uint32_t state = stack.size == 0 ? DISABLE : used ? ONSTACK : 0;
    return {.base = stack.base.value, .flags = state | (stack.flags & ~(ONSTACK | DISABLE)), .size = stack.size};
}

bool push_signal_frame(Kernel& kernel, Process& process, const SignalInfo& info, const SignalAction& action,
                       SignalSet blocked) {
    const bool realtime = (action.flags & ActionFlags::SIGINFO) != 0;
    const std::uint32_t bytes = realtime ? sizeof(RealtimeSignalFrame) : sizeof(SignalFrame);
    constexpr std::uint32_t FX_ALIGNMENT = 64, ROOM = sizeof(FloatingPointRecord) + FX_ALIGNMENT + 16;
    const auto top = stack_for(process, action, bytes + ROOM);
    if (!top) {
        return false;
    }
    const VirtAddr fx((*top - 512).value & ~(FX_ALIGNMENT - 1));
    const VirtAddr floating_point = fx - 112;
    const VirtAddr at = aligned_frame(floating_point, bytes);
    UserMemory memory(process);
    const SignalContext context = context_of(process, floating_point, blocked);
    const StackRecord& stack = signal_stack_of(process);
    const FloatingPoint state = kernel.machine().cpu().floating_point();
    const bool pushed = memory.write(floating_point, float_record_of(state)) == CopyResult::Ok &&
                        (realtime ? push_realtime(memory, at, info, action, context, blocked, stack)
                                  : push_plain(memory, at, info, action, context, blocked));
    if (!pushed) {
        return false;
    }
    TrapFrame frame = process.trap_frame();
    frame.esp = at.value;
    frame.eip = action.handler;
    frame.eax = static_cast<std::uint32_t>(info.signal);
    frame.edx = realtime ? (at + offsetof(RealtimeSignalFrame, info)).value : 0;
    frame.ecx = realtime ? (at + offsetof(RealtimeSignalFrame, context)).value : 0;
    frame.ds = frame.es = frame.ss = GDT.user_ss();
    frame.cs = GDT.user_cs();
    frame.eflags &= ~(DIRECTION | RESUME | Eflags::TRAP);
    process.set_trap_frame(frame);
    if (state != FloatingPoint{}) {
        kernel.machine().cpu().set_floating_point({});
    }
    return true;
}

namespace {

/// Puts the registers back. False when the context cannot be read.
bool restore(Syscall& call, const SignalContext& context) {
    if (context.floating_point != 0) {
        const auto record = call.memory.read<FloatingPointRecord>(VirtAddr(context.floating_point));
        if (!record) {
            return false;
        }
        call.kernel.machine().cpu().set_floating_point(state_of(*record));
    } else {
        call.kernel.machine().cpu().set_floating_point({});
    }
    constexpr std::uint16_t RING3 = 3;
    const auto selector = [](std::uint32_t value) { return static_cast<std::uint16_t>(value); };
    const auto data = [&](std::uint32_t value) {
        return static_cast<std::uint16_t>(selector(value) > RING3 ? selector(value) | RING3 : selector(value));
    };
    TrapFrame frame = call.process.trap_frame();
    frame.edi = context.edi;
    frame.esi = context.esi;
    frame.ebp = context.ebp;
    frame.esp = context.esp;
    frame.ebx = context.ebx;
    frame.edx = context.edx;
    frame.ecx = context.ecx;
    frame.eax = context.eax;
    frame.eip = context.eip;
    frame.cs = selector(context.cs | RING3);
    frame.ss = selector(context.ss | RING3);
    frame.ds = data(context.ds);
    frame.es = data(context.es);
    frame.eflags = (frame.eflags & ~RESTORED_FLAGS) | (context.eflags & RESTORED_FLAGS);
    call.process.fs = data(context.fs);
    call.process.gs = data(context.gs);
    call.process.set_trap_frame(frame);
    return true;
}

/// A frame that is none.
SyscallResult refuse_frame(Syscall& call) {
    force_signal(call.process, {.signal = Signal::Segv, .code = SignalCode::KERNEL});
    return call.process.trap_frame().eax;
}

SyscallResult go_on(Syscall& call, const SignalContext& context, SignalSet blocked) {
    set_blocked(call.process, blocked);
    if (!restore(call, context)) {
        return refuse_frame(call);
    }
    const TrapFrame frame = call.process.trap_frame();
    call.kernel.tracer().emit(call.process.pid(), SignalReturnedEvent{.eip = frame.eip, .esp = frame.esp});
    if (frame.cs != GDT.user_cs()) {
        // iret refuses the selector.
        call.process.signals.trap = {
            .vector = 13, .error = frame.cs & 0xFFFCU, .address = call.process.signals.trap.address};
        return refuse_frame(call);
    }
    return frame.eax;
}

}  // namespace

// The handler's return popped the return address, and the code popped the number.
SyscallResult sys_sigreturn(Syscall& call) {
    const VirtAddr at = VirtAddr(call.process.trap_frame().esp) - 8;
    const auto frame = call.memory.read<SignalFrame>(at);
    if (!frame) {
        return refuse_frame(call);
    }
    return go_on(call, frame->context, SignalSet::of_words({frame->context.old_mask, frame->upper_mask}));
}

SyscallResult sys_rt_sigreturn(Syscall& call) {
    const VirtAddr at = VirtAddr(call.process.trap_frame().esp) - 4;
    const auto frame = call.memory.read<RealtimeSignalFrame>(at);
    if (!frame) {
        return refuse_frame(call);
    }
    const UserContext& context = frame->context;
    const SyscallResult result = go_on(call, context.context, SignalSet::of_words(context.mask));
    static_cast<void>(set_signal_stack(call.process, context.stack));
    return result;
}

}  // namespace vmlab::linux_abi
