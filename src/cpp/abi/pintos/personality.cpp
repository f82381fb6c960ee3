// SPDX-License-Identifier: GPL-2.0-only
#include "abi/pintos/personality.hpp"

#include <algorithm>

#include "abi/pintos/command_line.hpp"
#include "abi/pintos/console_text.hpp"
#include "abi/pintos/layout.hpp"
#include "abi/pintos/program_start.hpp"
#include "abi/pintos/session.hpp"
#include "abi/pintos/syscall.hpp"
#include "kernel/system_call.hpp"
#include "machine/vector.hpp"

namespace vmlab {

namespace pintos_abi {

namespace {

/// Number and arguments from the user's stack; nothing when they are not all there.
[[nodiscard]] bool read_call(Syscall& call) {
    const VirtAddr esp(call.process.trap_frame().esp);
    const auto number = call.memory.read<std::uint32_t>(esp);
    if (!number) {
        return false;
    }
    call.number = *number;
    const std::size_t count =
        *number < syscall_table().size() ? syscall_table()[*number].arguments.size() : std::size_t{0};
    const auto words = std::span(call.arguments).first(count);
    return call.memory.copy_in(esp + sizeof(std::uint32_t), std::as_writable_bytes(words)) == CopyResult::Ok;
}

SyscallResult perform(Syscall& call) {
    if (const SyscallHandler handler = find_syscall(call.number)) {
        return handler(call);
    }
    note_unknown_call(call.kernel, call.process, call.number);
    return Failure(BadPointer{});
}

/// Elsewhere: userprog/process.c, syscall.c and exception.c (Pintos).
class PintosPersonality : public Personality {
public:
    [[nodiscard]] std::string_view name() const override { return "pintos"; }
    [[nodiscard]] std::string_view default_profile() const override { return "pintos"; }
    [[nodiscard]] GdtLayout gdt() const override { return GDT; }
    [[nodiscard]] VirtAddr kernel_window() const override { return PHYS_BASE; }
    [[nodiscard]] std::vector<Console::Stream> standard_streams() const override {
        return {Console::Stream::Input, Console::Stream::Output};
    }
    [[nodiscard]] std::uint64_t default_ram() const override { return DEFAULT_RAM; }
    [[nodiscard]] std::optional<std::uint32_t> default_frames() const override { return DEFAULT_FRAMES; }
    [[nodiscard]] std::uint64_t default_swap() const override { return DEFAULT_SWAP; }
    [[nodiscard]] bool lets_user_raise(Vector) const override { return true; }
    [[nodiscard]] FilesystemShape files() const override {
        return {.tree = FilesystemShape::Tree::Bare, .console = "", .programs = "/"};
    }
    [[nodiscard]] bool uses_console() const override { return true; }
    /// Programs get each key as it is typed, Enter as a carriage return, and nothing is shown that they do not write.
    [[nodiscard]] TerminalSettings console_settings() const override {
        TerminalSettings raw;
        raw.input = TerminalSettings::INLCR;
        raw.output = raw.local = 0;
        return raw;
    }
    void set_first_limits(Process& process) const override {
        process.set_limit(Resource::Stack, {.current = STACK_LIMIT, .maximum = STACK_LIMIT});
    }
    [[nodiscard]] SpaceLayout layout(RandomSource*) const override {
        return {.lowest = LOWEST_MAPPING,
                .mmap_top = PHYS_BASE,
                .end = PHYS_BASE,
                .stack_limit = STACK_LIMIT,
                .stack_guard_gap = 0,
                .stack_reach = STACK_REACH};
    }
    [[nodiscard]] std::uint8_t syscall_vector() const override { return SYSCALL_VECTOR; }
    [[nodiscard]] std::vector<SyscallName> syscall_names() const override {
        return {syscall_table().begin(), syscall_table().end()};
    }

    Result<LoadedProgram, StartFailure> load(Kernel& kernel, Process& process, ProgramStart start) override {
        auto program = load_program(kernel, process, start);
        if (program && process.parent() == 0) {
            session_.start(kernel, process, join_command(start.arguments));
        }
        return program;
    }

    void system_call(Kernel& kernel, Process& process) override {
        Syscall call{.kernel = kernel, .process = process, .session = session_, .memory = UserMemory(process)};
        if (!read_call(call)) {
            session_.end(kernel, process, -1);
            return;
        }
        if (!process.resumed) {
            process.progress = 0;
            note_call(kernel, process, call.number, call.arguments);
        }
        const SyscallResult result = perform(call);
        if (!has_returned(process)) {
            return;
        }
        if (!result) {
            session_.end(kernel, process, -1);
            return;
        }
        return_from_call(kernel, process, process.pid(), call.number, result.value());
    }

    void unresolved_fault(Kernel& kernel, Process& process, const PageFault& fault, FaultResult why) override {
        if (why == FaultResult::OutOfMemory) {
            session_.end(kernel, process, -1);
            return;
        }
        kernel.print(fault_line(fault));
        session_.kill(kernel, process, static_cast<std::uint8_t>(Vector::PageFault), fault.error);
    }

    void exception(Kernel& kernel, Process& process, std::uint8_t vector, std::uint32_t error) override {
        session_.kill(kernel, process, vector, error);
    }

    void leaving_memory(Kernel& kernel, Process& process) override { session_.note_end(kernel, process); }

private:
    Session session_;
};

}  // namespace

}  // namespace pintos_abi

std::unique_ptr<Personality> make_pintos_personality() { return std::make_unique<pintos_abi::PintosPersonality>(); }

}  // namespace vmlab
