// SPDX-License-Identifier: GPL-2.0-only
// OwnPersonality: an ABI as its description says, whose calls and traps a CallHandler handles.
#pragma once

#include <memory>
#include <optional>

#include "abi/own/call_handler.hpp"
#include "abi/own/description.hpp"
#include "kernel/personality.hpp"

namespace vmlab {

/// Runs static ELF programs; the machine's console is all that they have of files.
class OwnPersonality : public Personality {
public:
    OwnPersonality(AbiDescription description, std::unique_ptr<CallHandler> handler);

    [[nodiscard]] std::string_view name() const override { return description_.name; }
    [[nodiscard]] std::string_view default_profile() const override { return description_.profile; }
    [[nodiscard]] GdtLayout gdt() const override;
    [[nodiscard]] VirtAddr kernel_window() const override { return description_.kernel_window; }
    void set_first_limits(Process& process) const override;
    [[nodiscard]] SpaceLayout layout(RandomSource* random) const override;
    [[nodiscard]] std::uint8_t syscall_vector() const override { return description_.syscall_vector; }
    [[nodiscard]] std::vector<SyscallName> syscall_names() const override;
    [[nodiscard]] bool lets_user_raise(Vector) const override { return true; }
    [[nodiscard]] FilesystemShape files() const override {
        return {.tree = FilesystemShape::Tree::Bare, .console = "", .programs = "/"};
    }
    [[nodiscard]] bool uses_console() const override { return true; }
    [[nodiscard]] TerminalSettings console_settings() const override { return TerminalSettings::plain_lines(); }

    Result<LoadedProgram, StartFailure> load(Kernel& kernel, Process& process, ProgramStart start) override;
    void system_call(Kernel& kernel, Process& process) override;
    void unresolved_fault(Kernel& kernel, Process& process, const PageFault& fault, FaultResult why) override;
    void exception(Kernel& kernel, Process& process, std::uint8_t vector, std::uint32_t error) override;

private:
    struct Call;
    /// A trap that was answered, and whose instruction is to be tried again.
    struct Retried {
        std::uint32_t pid;
        std::uint8_t vector;
        std::uint32_t error;
        VirtAddr address;  ///< of a page fault; else 0
        std::uint32_t eip;
        std::uint64_t instructions;
        bool operator==(const Retried&) const = default;
    };
    /// The state in which a call was whose handler threw: it has been noted, and is made again.
    enum class Before : std::uint8_t { Fresh, Resumed };

    [[nodiscard]] const AbiDescription::Call* find_call(std::uint32_t number) const;
    /// Nothing where they are on the stack and not all there.
    [[nodiscard]] std::optional<Call> read_call(Process& process) const;
    [[nodiscard]] std::uint32_t perform(Caller& caller, const Call& call);
    template <typename Answer>
    void handle_trap(Caller& caller, const Retried& trap, const Answer& answer);

    AbiDescription description_;
    std::unique_ptr<CallHandler> handler_;
    std::optional<Before> thrown_;  ///< by the handler of the call that is made again
    std::optional<Retried> retried_;
};

}  // namespace vmlab
