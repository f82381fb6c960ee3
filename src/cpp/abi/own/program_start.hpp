// SPDX-License-Identifier: GPL-2.0-only
// How a program comes into its process: its segments mapped, its arguments on the stack, its heap behind it.
#pragma once

#include "abi/own/description.hpp"
#include "kernel/kernel.hpp"

namespace vmlab::own_abi {

inline constexpr GdtLayout GDT{};

/// At ESP: a return address that leads nowhere, argc, argv.
/// Requires: the address space is empty. Fails: File when there is no such program, NoMemory, and else as the program is none.
[[nodiscard]] Result<LoadedProgram, StartFailure> load_program(Kernel& kernel, Process& process,
                                                               const AbiDescription& abi, const ProgramStart& start);

}  // namespace vmlab::own_abi
