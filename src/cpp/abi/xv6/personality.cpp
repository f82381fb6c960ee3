// SPDX-License-Identifier: GPL-2.0-only
#include "abi/xv6/personality.hpp"

#include <algorithm>
#include <array>

#include "abi/xv6/console_lines.hpp"
#include "abi/xv6/layout.hpp"
#include "abi/xv6/paths.hpp"
#include "abi/xv6/program_image.hpp"
#include "abi/xv6/syscall.hpp"
#include "kernel/system_call.hpp"

namespace vmlab {

namespace xv6_abi {

namespace {

/// The log's record of a call on its way in; what is not on the stack shows as 0.
void note_entry(Kernel& kernel, const Process& process, const TrapFrame& frame) {
    std::array<std::uint32_t, 6> arguments{};
    const auto called = std::ranges::find(syscall_table(), frame.eax, &SyscallName::number);
    const std::size_t count = called == syscall_table().end() ? 0 : called->arguments.size();
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto word = std::as_writable_bytes(std::span(arguments).subspan(i, 1));
        static_cast<void>(process.find_space()->peek(VirtAddr(frame.esp) + 4 + 4 * i, word));
    }
    note_call(kernel, process, frame.eax, arguments);
}

std::uint32_t perform(Syscall& call) {
    if (const SyscallHandler handler = find_syscall(call.number())) {
        return handler(call);
    }
    note_unknown_call(call.kernel, call.process, call.number());
    print_unknown_call(call.kernel, call.process, call.number());
    return FAILED;
}

class Xv6Personality : public Personality {
public:
    [[nodiscard]] std::string_view name() const override { return "xv6"; }
    [[nodiscard]] std::string_view default_profile() const override { return "xv6"; }
    [[nodiscard]] GdtLayout gdt() const override { return GDT; }
    [[nodiscard]] VirtAddr kernel_window() const override { return KERNBASE; }
    void set_first_limits(Process& process) const override {
        process.set_limit(Resource::OpenFiles, {.current = MOST_FILES, .maximum = MOST_FILES});
        process.takes_orphans = process.name() == "init";
        process.set_limit(Resource::FileSize, {.current = LARGEST_FILE, .maximum = LARGEST_FILE});
    }
    // Where a program lies is never left to chance; 0 is as good an address as any.
    [[nodiscard]] SpaceLayout layout(RandomSource*) const override {
        return {.lowest = VirtAddr(0),
                .mmap_top = KERNBASE,
                .end = KERNBASE,
                .stack_limit = PAGE_SIZE,
                .stack_guard_gap = 0,
                .heap_edge = SpaceLayout::HeapEdge::Byte};
    }
    [[nodiscard]] std::uint8_t syscall_vector() const override { return SYSCALL_VECTOR; }
    [[nodiscard]] std::vector<SyscallName> syscall_names() const override {
        return {syscall_table().begin(), syscall_table().end()};
    }

    [[nodiscard]] std::uint64_t default_ram() const override { return PHYSTOP; }
    [[nodiscard]] bool lets_user_raise(Vector) const override { return false; }
    [[nodiscard]] FilesystemShape files() const override {
        return {.tree = FilesystemShape::Tree::Bare,
                .console = "/console",
                .programs = "/",
                .inodes = INODES,
                .pipe_bytes = PIPE_BYTES,
                .places = Directory::Places::FirstFree};
    }
    [[nodiscard]] std::string path_of(const std::string& path) const override { return path_of_users_file(path); }
    [[nodiscard]] bool uses_console() const override { return true; }
    [[nodiscard]] TerminalSettings console_settings() const override { return line_discipline(); }

    Result<LoadedProgram, StartFailure> load(Kernel& kernel, Process& process, ProgramStart start) override {
        return load_program(kernel, process, start);
    }

    void system_call(Kernel& kernel, Process& process) override {
        Syscall call(kernel, process);
        if (!call.resumed()) {
            process.progress = 0;
            note_entry(kernel, process, process.trap_frame());
        }
        const std::uint32_t number = call.number();
        const std::uint64_t lost = pages_not_had(process);
        const std::uint32_t result = perform(call);
        if (process.alive() && pages_not_had(process) > lost) {
            kernel.end_process(process, 0, Signal::Kill);  // as at a touch of its own
        }
        if (has_returned(process)) {
            return_from_call(kernel, process, process.pid(), number, result);
        }
    }

    void unresolved_fault(Kernel& kernel, Process& process, const PageFault& fault, FaultResult) override {
        kill_for_trap(kernel, process, {static_cast<std::uint32_t>(Vector::PageFault), fault.error, fault.address});
    }

    // CR2 is printed for every trap, and holds what the last page fault left there.
    void exception(Kernel& kernel, Process& process, std::uint8_t vector, std::uint32_t error) override {
        kill_for_trap(kernel, process, {vector, error, kernel.last_fault_address()});
    }

private:
    /// How often there was no frame for a page of its memory that it, or the kernel for it, has touched.
    static std::uint64_t pages_not_had(Process& process) {
        return process.counters().faults_by_result[static_cast<std::size_t>(FaultResult::OutOfMemory)];
    }
    static void kill_for_trap(Kernel& kernel, Process& process, const TrapRecord& trap) {
        print_kill(kernel, process, trap);
        kernel.end_process(process, 0, Signal::Kill);
    }
};

}  // namespace

}  // namespace xv6_abi

std::unique_ptr<Personality> make_xv6_personality() { return std::make_unique<xv6_abi::Xv6Personality>(); }

}  // namespace vmlab
