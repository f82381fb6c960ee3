// SPDX-License-Identifier: GPL-2.0-only
// How a program comes into its process: its segments mapped, its arguments on the first page of the stack.
#pragma once

#include "kernel/kernel.hpp"

namespace vmlab::pintos_abi {

/// Requires: the address space is empty. Fails: File when there is no such program, NoMemory, and else as the program is none.
[[nodiscard]] Result<LoadedProgram, StartFailure> load_program(Kernel& kernel, Process& process,
                                                               const ProgramStart& start);

}  // namespace vmlab::pintos_abi
