// SPDX-License-Identifier: GPL-2.0-only
#include "abi/pintos/program_start.hpp"

#include "abi/pintos/layout.hpp"
#include "kernel/static_program.hpp"

namespace vmlab::pintos_abi {

namespace {

/// Frames that RAM must be able to have for a new process: its page tables, and the pages of any one instruction, so that exec
/// fails and not the child that it has started. Elsewhere: Pintos keeps a pool for user pages that the kernel does not take from.
constexpr std::uint32_t FRAMES_TO_RUN = 16;

constexpr ArgumentStack STACK{.top = PHYS_BASE, .largest = PAGE_SIZE, .place = "the stack's first page"};

}  // namespace

Result<LoadedProgram, StartFailure> load_program(Kernel& kernel, Process& process, const ProgramStart& start) {
    auto program = map_static_program(kernel, process, start.path, "Pintos");
    if (!program) {
        return Failure(program.error());
    }
    const auto esp = push_arguments(process, STACK, start.arguments);
    if (!esp) {
        return Failure(esp.error());
    }
    if (!kernel.vm().reserve_frames(FRAMES_TO_RUN)) {
        return Failure(ram_too_small());
    }
    Registers registers = first_registers(GDT, program.value().entry, esp.value());
    registers.fs = registers.gs = GDT.user_ss();
    return LoadedProgram{
        .registers = registers, .file = std::move(program.value().file), .name = start.path, .started = {}};
}

}  // namespace vmlab::pintos_abi
