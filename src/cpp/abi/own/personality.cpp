// SPDX-License-Identifier: GPL-2.0-only
#include "abi/own/personality.hpp"

#include <algorithm>
#include <array>

#include "abi/own/program_start.hpp"
#include "kernel/system_call.hpp"

namespace vmlab {

namespace {

constexpr std::uint32_t WORD = sizeof(std::uint32_t);

std::uint32_t word_in(AbiDescription::ArgumentRegister which, const TrapFrame& frame) {
    switch (which) {
        case AbiDescription::ArgumentRegister::Ebx:
            return frame.ebx;
        case AbiDescription::ArgumentRegister::Ecx:
            return frame.ecx;
        case AbiDescription::ArgumentRegister::Edx:
            return frame.edx;
        case AbiDescription::ArgumentRegister::Esi:
            return frame.esi;
        case AbiDescription::ArgumentRegister::Edi:
            return frame.edi;
        case AbiDescription::ArgumentRegister::Ebp:
            return frame.ebp;
    }
    return 0;
}

/// What the handler answers, noted in the journal.
template <typename Answer>
std::uint32_t answered(Kernel& kernel, const Answer& answer) {
    try {
        const std::uint32_t result = answer();
        kernel.journal().record({InputKind::OwnAbiAnswer, {result}, {}});
        return result;
    } catch (...) {
        kernel.journal().record({InputKind::OwnAbiAnswer, {}, {}});
        throw;
    }
}

}  // namespace

/// A call as its caller made it.
struct OwnPersonality::Call {
    std::uint32_t number = 0;
    std::array<std::uint32_t, 6> arguments{};  ///< 0 behind the last
    std::size_t count = 0;
    CopyResult copied = CopyResult::Ok;  ///< Fault: the arguments are not all there
};

OwnPersonality::OwnPersonality(AbiDescription description, std::unique_ptr<CallHandler> handler)
    : description_(std::move(description)), handler_(std::move(handler)) {}

GdtLayout OwnPersonality::gdt() const { return own_abi::GDT; }

void OwnPersonality::set_first_limits(Process& process) const {
    process.set_limit(Resource::Stack, {.current = description_.stack_bytes, .maximum = description_.stack_bytes});
}

SpaceLayout OwnPersonality::layout(RandomSource*) const {
    const SpaceLayout usual;
    return {.lowest = description_.lowest,
            .mmap_top = description_.stack_top - (description_.stack_bytes + usual.stack_guard_gap),
            .end = description_.kernel_window,
            .stack_limit = description_.stack_bytes,
            .stack_guard_gap = usual.stack_guard_gap};
}

std::vector<SyscallName> OwnPersonality::syscall_names() const {
    std::vector<SyscallName> names;
    for (const AbiDescription::Call& call : description_.calls) {
        names.push_back({call.number, call.name, call.arguments});
    }
    return names;
}

Result<LoadedProgram, StartFailure> OwnPersonality::load(Kernel& kernel, Process& process, ProgramStart start) {
    return own_abi::load_program(kernel, process, description_, start);
}

const AbiDescription::Call* OwnPersonality::find_call(std::uint32_t number) const {
    const auto found = std::ranges::find(description_.calls, number, &AbiDescription::Call::number);
    return found == description_.calls.end() ? nullptr : &*found;
}

std::optional<OwnPersonality::Call> OwnPersonality::read_call(Process& process) const {
    const TrapFrame frame = process.trap_frame();
    UserMemory memory(process);
    const auto number = description_.number == AbiDescription::NumberPlace::Eax
                            ? std::optional(frame.eax)
                            : memory.read<std::uint32_t>(VirtAddr(frame.esp));
    if (!number) {
        return std::nullopt;
    }
    Call call{.number = *number};
    const AbiDescription::Call* const known = find_call(*number);
    call.count = known == nullptr ? 0 : known->arguments.size();
    if (description_.arguments) {
        const auto registers = std::span(*description_.arguments).first(call.count);
        std::ranges::transform(registers, call.arguments.begin(), [&](auto which) { return word_in(which, frame); });
    } else {
        const auto words = std::span(call.arguments).first(call.count);
        call.copied = memory.copy_in(VirtAddr(frame.esp) + WORD, std::as_writable_bytes(words));
    }
    return call;
}

std::uint32_t OwnPersonality::perform(Caller& caller, const Call& call) {
    if (call.copied == CopyResult::Fault) {
        return description_.bad_address;
    }
    if (find_call(call.number) == nullptr && !caller.process().resumed) {
        note_unknown_call(caller.kernel(), caller.process(), call.number);
    }
    return handler_->on_call(caller, call.number, std::span(call.arguments).first(call.count));
}

void OwnPersonality::system_call(Kernel& kernel, Process& process) {
    const auto call = read_call(process);
    if (!call) {
        thrown_.reset();
        process.kernel_stack().set_eax(description_.bad_address);
        return;
    }
    const bool noted = process.resumed || thrown_;
    process.resumed = thrown_ ? *thrown_ == Before::Resumed : process.resumed;
    if (!noted) {
        note_call(kernel, process, call->number, call->arguments);
    }
    Caller caller(kernel, process);
    const std::uint32_t result = answered(kernel, [&] {
        thrown_ = process.resumed ? Before::Resumed : Before::Fresh;
        return perform(caller, *call);
    });
    thrown_.reset();
    if (caller.settle() == Caller::Settled::GoesOn) {
        return_from_call(kernel, process, process.pid(), call->number, result);
    }
}

/// An instruction that is tried again and raises the same trap would do so for ever.
template <typename Answer>
void OwnPersonality::handle_trap(Caller& caller, const Retried& trap, const Answer& answer) {
    const bool stuck = retried_ == trap;
    retried_.reset();
    if (stuck) {
        throw HandlerMadeNoProgress(
            "the ABI's handler of traps returned, but the same trap came again and no instruction was executed: make "
            "its cause good, or end the process with process.kill() or process.exit()");
    }
    static_cast<void>(answered(caller.kernel(), [&] {
        answer();
        return 0U;
    }));
    if (caller.settle() == Caller::Settled::GoesOn) {
        retried_ = trap;
    }
}

void OwnPersonality::unresolved_fault(Kernel& kernel, Process& process, const PageFault& fault, FaultResult why) {
    Caller caller(kernel, process);
    const Retried trap{process.pid(),   static_cast<std::uint8_t>(Vector::PageFault),
                       fault.error,     fault.address,
                       fault.eip.value, kernel.instructions()};
    handle_trap(caller, trap, [&] { handler_->on_fault(caller, fault, why); });
}

void OwnPersonality::exception(Kernel& kernel, Process& process, std::uint8_t vector, std::uint32_t error) {
    Caller caller(kernel, process);
    const Retried trap{process.pid(), vector, error, VirtAddr(0), process.trap_frame().eip, kernel.instructions()};
    handle_trap(caller, trap, [&] { handler_->on_exception(caller, vector, error); });
}

}  // namespace vmlab
