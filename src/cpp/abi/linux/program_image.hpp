// SPDX-License-Identifier: GPL-2.0-only
// Where execve puts a program and its interpreter, and how their segments become mappings.
#pragma once

#include "abi/linux/executable.hpp"
#include "base/result.hpp"
#include "kernel/kernel.hpp"

namespace vmlab::linux_abi {

/// What is mapped of a program before it runs.
struct MappedProgram {
    ElfImage program;  ///< as it lies in memory
    VirtAddr base;     ///< by how much the interpreter was moved; 0 without one
    VirtAddr entry;    ///< where the process begins: the interpreter's entry, or the program's own
};

/// Maps text and data from the files by demand, bss as anonymous memory, and gives the heap its place. PT_GNU_RELRO, PT_TLS
/// and PT_DYNAMIC are the interpreter's matter, and PT_GNU_STACK asks for what this processor cannot do: they change nothing.
/// `random`, if there is one, moves program and heap. Requires: the address space is empty.
[[nodiscard]] Result<MappedProgram, StartFailure> map_program(Process& process, const ProgramFiles& files,
                                                              RandomSource* random);

}  // namespace vmlab::linux_abi
