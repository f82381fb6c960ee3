// SPDX-License-Identifier: GPL-2.0-only
// What execve does for a static program: maps its segments and writes the stack that _start finds.
#pragma once

#include <string>

#include "base/result.hpp"
#include "kernel/elf_loader.hpp"
#include "kernel/kernel.hpp"
#include "kernel/personality.hpp"

namespace vmlab::linux_abi {

/// Maps text and data from the file by demand, bss as anonymous memory, and gives the heap its place.
[[nodiscard]] Result<Done, StartFailure> map_image(Kernel& kernel, Process& process, const ElfImage& image);

/// Maps the stack and writes strings, auxiliary vector, environment and arguments; returns ESP.
[[nodiscard]] Result<VirtAddr, StartFailure> build_stack(Kernel& kernel, Process& process, const ElfImage& image,
                                                         const SpawnRequest& request);

}  // namespace vmlab::linux_abi
