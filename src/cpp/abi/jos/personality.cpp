// SPDX-License-Identifier: GPL-2.0-only
#include "abi/jos/personality.hpp"

#include "abi/jos/page_faults.hpp"
#include "abi/jos/program_image.hpp"
#include "abi/jos/syscall.hpp"
#include "kernel/system_call.hpp"
#include "machine/vector.hpp"

namespace vmlab {

namespace jos_abi {

namespace {

class JosPersonality : public Personality {
public:
    JosPersonality(std::string_view name, Lab lab) : name_(name), lab_(lab) {}

    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] std::string_view default_profile() const override { return "jos"; }
    [[nodiscard]] GdtLayout gdt() const override { return GDT; }
    [[nodiscard]] VirtAddr kernel_window() const override { return KERNBASE; }
    // Where a program lies is never left to chance; 0 is as good an address as any.
    [[nodiscard]] SpaceLayout layout(RandomSource*) const override {
        return {.lowest = VirtAddr(0), .mmap_top = UTOP, .end = ULIM, .stack_limit = PAGE_SIZE, .stack_guard_gap = 0};
    }
    [[nodiscard]] std::uint8_t syscall_vector() const override { return SYSCALL_VECTOR; }
    [[nodiscard]] std::vector<SyscallName> syscall_names() const override {
        return {syscall_table(lab_).begin(), syscall_table(lab_).end()};
    }
    [[nodiscard]] std::uint64_t default_ram() const override { return RAM_BYTES; }
    [[nodiscard]] bool lets_user_raise(Vector vector) const override { return vector == Vector::Breakpoint; }
    [[nodiscard]] FilesystemShape files() const override {
        return {.tree = FilesystemShape::Tree::Bare, .console = "", .programs = "/"};
    }
    [[nodiscard]] bool uses_console() const override { return true; }
    [[nodiscard]] bool gives_ports() const override { return lab_ == Lab::Five; }

    /// Each byte for itself and as it is: what programs read they show themselves.
    [[nodiscard]] TerminalSettings console_settings() const override {
        TerminalSettings settings;
        settings.input = settings.output = settings.local = 0;
        return settings;
    }

    void boot(Kernel& kernel) override { system_.emplace(kernel, lab_); }

    Result<LoadedProgram, StartFailure> load(Kernel& kernel, Process& process, ProgramStart start) override {
        Environment* const made = system_->environments.allocate(
            process, 0, process.io_privilege == Ring::User ? EnvType::FileServer : EnvType::User);
        if (made == nullptr) {
            return Failure(StartFailure{StartFailure::Why::NoMemory, "JOS has no more than 1024 environments", {}});
        }
        auto loaded = load_program(kernel, process, start, *system_);
        if (!loaded) {
            system_->environments.free(*made);
            return loaded;
        }
        system_->lines.new_environment(nullptr, *made);
        return loaded;
    }

    void system_call(Kernel& kernel, Process& process) override {
        const TrapFrame frame = process.trap_frame();
        Environment& caller = process.resumed ? *system_->environments.of(process) : enter(process, frame);
        const InTrap in_trap(*system_, caller);
        Syscall call{.system = *system_,
                     .process = process,
                     .caller = caller,
                     .number = frame.eax,
                     .arguments = {frame.edx, frame.ecx, frame.ebx, frame.edi, frame.esi},
                     .resumed = process.resumed};
        if (!call.resumed) {
            note_call(kernel, process, call.number, call.arguments);
        }
        const std::uint32_t result = perform(kernel, call);
        if (has_returned(process)) {
            return_from_call(kernel, process, process.pid(), call.number, result);
        }
    }

    void unresolved_fault(Kernel&, Process& process, const PageFault& fault, FaultResult) override {
        const InTrap in_trap(*system_, enter(process, process.trap_frame()));
        handle_page_fault(*system_, process, fault);
    }

    void exception(Kernel& kernel, Process& process, std::uint8_t vector, std::uint32_t) override {
        const TrapFrame frame = process.trap_frame();
        if (process.resumed) {
            return wait_in_monitor(kernel, process);
        }
        Environment& environment = enter(process, frame);
        const InTrap in_trap(*system_, environment);
        const bool breakpoint = vector == static_cast<std::uint8_t>(Vector::Breakpoint);
        if (breakpoint) {
            system_->lines.monitor();
        }
        system_->lines.trap_frame(frame, system_->environments.trap_frame_address(environment), VirtAddr());
        if (breakpoint) {
            return wait_in_monitor(kernel, process);
        }
        system_->destroy(environment);
    }

    void switched(Kernel&, Process* from, Process& to) override {
        Environment* const before = from == nullptr ? nullptr : system_->environments.of(*from);
        if (before != nullptr && before->status == EnvStatus::Running) {
            system_->environments.note_trap(*before, from->trap_frame());
            system_->environments.change_status(*before, EnvStatus::Runnable);
        }
        system_->environments.note_run(*system_->environments.of(to));
    }

    void leaving_memory(Kernel&, Process& process) override {
        if (Environment* const environment = system_->environments.of(process)) {
            system_->free(*environment);
        }
    }

private:
    /// The kernel's first steps in a trap from ring 3.
    Environment& enter(Process& process, const TrapFrame& frame) {
        Environment& environment = *system_->environments.of(process);
        system_->lines.incoming_trap();
        system_->environments.note_trap(environment, frame);
        return environment;
    }

    [[nodiscard]] std::uint32_t perform(Kernel& kernel, Syscall& call) const {
        if (const SyscallHandler handler = find_syscall(lab_, call.number)) {
            return handler(call);
        }
        note_unknown_call(kernel, call.process, call.number);
        return result_of(Error::Inval);
    }

    /// The monitor has the machine until somebody at the console lets it go on, which nobody does here.
    static void wait_in_monitor(Kernel& kernel, Process& process) {
        kernel.wait_for_files(process, {.channels = {kernel.terminal().channel(Direction::Input)}}, std::nullopt);
    }

    std::string name_;
    Lab lab_;
    std::optional<System> system_;  ///< from the boot on
};

}  // namespace

}  // namespace jos_abi

std::unique_ptr<Personality> make_jos_lab3_personality() {
    return std::make_unique<jos_abi::JosPersonality>("jos-lab3", jos_abi::Lab::Three);
}

std::unique_ptr<Personality> make_jos_lab4_personality() {
    return std::make_unique<jos_abi::JosPersonality>("jos-lab4", jos_abi::Lab::Four);
}

std::unique_ptr<Personality> make_jos_lab5_personality() {
    return std::make_unique<jos_abi::JosPersonality>("jos-lab5", jos_abi::Lab::Five);
}

}  // namespace vmlab
