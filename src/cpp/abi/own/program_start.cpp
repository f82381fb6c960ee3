// SPDX-License-Identifier: GPL-2.0-only
#include "abi/own/program_start.hpp"

#include "kernel/static_program.hpp"

namespace vmlab::own_abi {

Result<LoadedProgram, StartFailure> load_program(Kernel& kernel, Process& process, const AbiDescription& abi,
                                                 const ProgramStart& start) {
    auto program = map_static_program(kernel, process, start.path, "an ABI of your own");
    if (!program) {
        return Failure(program.error());
    }
    process.space().set_heap_start(VirtAddr(static_cast<std::uint32_t>(page_round_up(program.value().end))));
    const ArgumentStack stack{.top = abi.stack_top, .largest = abi.stack_bytes, .place = "the stack: see stack_size"};
    const auto esp = push_arguments(process, stack, start.arguments);
    if (!esp) {
        return Failure(esp.error());
    }
    return LoadedProgram{.registers = first_registers(GDT, program.value().entry, esp.value()),
                         .file = std::move(program.value().file),
                         .name = start.path,
                         .started = {}};
}

}  // namespace vmlab::own_abi
