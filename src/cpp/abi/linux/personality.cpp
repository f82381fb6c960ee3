// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/personality.hpp"

#include "abi/linux/cpu_limit.hpp"
#include "abi/linux/executable.hpp"
#include "abi/linux/futex_owners.hpp"
#include "abi/linux/futex_words.hpp"
#include "abi/linux/job_control.hpp"
#include "abi/linux/layout.hpp"
#include "abi/linux/made_timers.hpp"
#include "abi/linux/named_file.hpp"
#include "abi/linux/program_start.hpp"
#include "abi/linux/signals.hpp"
#include "abi/linux/syscall.hpp"
#include "kernel/system_call.hpp"
#include "machine/vector.hpp"

namespace vmlab {

namespace linux_abi {

namespace {

SyscallResult perform(Syscall& call) {
    if (const SyscallHandler handler = find_syscall(call.number)) {
        return handler(call);
    }
    note_unknown_call(call.kernel, call.process, call.number);
    return Errno::NOSYS;
}

/// As init has them on Linux; all others are unlimited.
constexpr std::pair<Resource, ResourceLimit> FIRST_LIMITS[] = {
    {Resource::Stack, {.current = STACK_LIMIT}},
    {Resource::Core, {.current = 0}},
    {Resource::OpenFiles, {.current = DescriptorTable::LIMIT, .maximum = 4096}},
    {Resource::LockedMemory, {.current = 8U << 20, .maximum = 8U << 20}},
    {Resource::PendingSignals, {.current = 1024, .maximum = 1024}},
    {Resource::MessageQueues, {.current = 819200, .maximum = 819200}},
    {Resource::Nice, {.current = 0, .maximum = 0}},
    {Resource::RealtimePriority, {.current = 0, .maximum = 0}},
};

/// What a file without a name, or one that lost it, is called does not say so.
std::string process_name(const ProgramStart& start, const ExecutedFile& file) {
    constexpr std::string_view GONE = " (deleted)";
    if (!start.found || start.found->name == ProgramStart::FoundFile::Name::OfPath) {
        return last_name(start.path);
    }
    const std::string& path = file.path();
    return last_name(path.ends_with(GONE) ? path.substr(0, path.size() - GONE.size()) : path);
}

/// Elsewhere: the binfmt_elf loader and entry code of Linux's arch/x86.
class LinuxPersonality : public Personality {
public:
    [[nodiscard]] std::string_view name() const override { return "linux"; }
    [[nodiscard]] std::string_view default_profile() const override { return "linux"; }
    [[nodiscard]] GdtLayout gdt() const override { return GDT; }
    [[nodiscard]] VirtAddr kernel_window() const override { return KERNEL_WINDOW; }
    void set_first_limits(Process& process) const override {
        for (const auto& [resource, limit] : FIRST_LIMITS) {
            process.set_limit(resource, limit);
        }
    }
    [[nodiscard]] SpaceLayout layout(RandomSource* random) const override {
        return {.lowest = LOWEST_MAPPING,
                .mmap_top = MMAP_TOP - random_mmap_bytes(random),
                .end = STACK_TOP,
                .stack_limit = STACK_LIMIT};
    }
    [[nodiscard]] std::uint8_t syscall_vector() const override { return SYSCALL_VECTOR; }
    [[nodiscard]] std::vector<SyscallName> syscall_names() const override {
        return {syscall_table().begin(), syscall_table().end()};
    }

    [[nodiscard]] bool knows_links() const override { return true; }
    Result<LoadedProgram, StartFailure> load(Kernel& kernel, Process& process, ProgramStart start) override {
        const auto files = find_program(kernel, process, start);
        if (!files) {
            return Failure(files.error());
        }
        const auto mapped = map_program(process, files.value(), kernel.layout_random(process));
        if (!mapped) {
            return Failure(mapped.error());
        }
        auto stack = build_stack(kernel, process, mapped.value(), start);
        if (!stack) {
            return Failure(stack.error());
        }
        return LoadedProgram{.registers = first_registers(GDT, mapped.value().entry, stack.value().esp),
                             .file = files.value().program.file,
                             .name = process_name(start, *files.value().program.file),
                             .started = std::move(stack.value().started)};
    }

    void system_call(Kernel& kernel, Process& process) override {
        const TrapFrame frame = process.trap_frame();
        Syscall call{.kernel = kernel,
                     .process = process,
                     .memory = UserMemory(process),
                     .number = frame.eax,
                     .arguments = {frame.ebx, frame.ecx, frame.edx, frame.esi, frame.edi, frame.ebp},
                     .resumed = process.resumed};
        if (!call.resumed) {
            process.progress = 0;
            note_call(kernel, process, call.number, call.arguments);
        }
        const std::uint32_t caller = process.pid();
        const SyscallResult result = perform(call);
        if (has_returned(process)) {  // where a signal interrupted it, deliver_signals has the last word
            return_from_call(kernel, process, caller, call.number, result.eax);
        }
    }

    // Linux knows three ways to fail here: no such page of the file, no memory, and everything else.
    void unresolved_fault(Kernel& kernel, Process& process, const PageFault& fault, FaultResult why) override {
        const TrapRecord trap{static_cast<std::uint32_t>(Vector::PageFault), fault.error, fault.address};
        if (why == FaultResult::OutOfMemory) {
            kernel.kill_for_memory(kernel.choose_oom_victim(process), trap);
            return;  // who faulted tries again, if it still lives
        }
        const bool bus = why == FaultResult::BusError;
        const std::int32_t code = bus                              ? SignalCode::BUS_ADDRESS
                                  : why == FaultResult::Protection ? SignalCode::SEGV_ACCESS
                                                                   : SignalCode::SEGV_NOT_MAPPED;
        raise_for_trap(kernel, process,
                       {.signal = bus ? Signal::Bus : Signal::Segv, .code = code, .address = fault.address}, trap,
                       fault.address);
    }

    void exception(Kernel& kernel, Process& process, std::uint8_t vector, std::uint32_t error) override {
        const VirtAddr eip(process.trap_frame().eip);
        raise_for_trap(kernel, process, signal_of_exception(kernel, vector, eip),
                       {vector, error, process.signals.trap.address}, eip);
    }

    void deliver_signals(Kernel& kernel, Process& process) override { linux_abi::deliver_signals(kernel, process); }
    void child_changed(Kernel& kernel, Process& child, Process& parent) override {
        tell_of_child(kernel, child, parent);
    }
    void timer_expired(Kernel& kernel, Process& process, TimerKind kind) override {
        const Signal signal = kind == TimerKind::Real      ? Signal::Alarm
                              : kind == TimerKind::Virtual ? Signal::VirtualAlarm
                                                           : Signal::Profile;
        raise_signal(kernel, process, {.signal = signal, .code = SignalCode::KERNEL});
    }
    bool made_timer_expired(Kernel& kernel, Process& process, const MadeTimer& timer) override {
        return send_of_timer(kernel, process, timer);
    }
    void leaving_memory(Kernel& kernel, Process& thread) override {
        if (thread.robust_list.value != 0 || thread.clear_at_end.value != 0) {
            kernel.in_memory_of(thread, [&] { give_up_words(kernel, thread); });
        }
        give_up_owned_words(kernel, thread);
    }
    void time_limit_reached(Kernel& kernel, Process& process) override {
        linux_abi::time_limit_reached(kernel, process);
    }
    void parent_ended(Kernel& kernel, Process& child, Process& parent) override {
        leave_to_reaper(kernel, child, parent);
    }
    void signal_group(Kernel& kernel, std::uint32_t group, Signal signal) override {
        linux_abi::signal_group(kernel, group, signal);
    }
};

}  // namespace

}  // namespace linux_abi

std::unique_ptr<Personality> make_linux_personality() { return std::make_unique<linux_abi::LinuxPersonality>(); }

}  // namespace vmlab
