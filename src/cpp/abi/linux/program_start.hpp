// SPDX-License-Identifier: GPL-2.0-only
// The stack that a program's first instruction finds: strings, vectors of pointers to them, and the auxiliary vector.
#pragma once

#include "abi/linux/program_image.hpp"
#include "base/result.hpp"
#include "kernel/kernel.hpp"

namespace vmlab::linux_abi {

struct FirstStack {
    VirtAddr esp;
    StartRecord started;
};

/// Maps the stack and fills it.
[[nodiscard]] Result<FirstStack, StartFailure> build_stack(Kernel& kernel, Process& process,
                                                           const MappedProgram& mapped, const ProgramStart& start);

}  // namespace vmlab::linux_abi
