// SPDX-License-Identifier: GPL-2.0-only
// What execve looks for before it changes anything: the program's file, and the interpreter that the program names.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "kernel/elf_loader.hpp"
#include "kernel/kernel.hpp"

namespace vmlab::linux_abi {

/// A file of the guest's and the image in it.
struct Executable {
    Ref<ExecutedFile> file;
    ElfImage image;
};

struct ProgramFiles {
    Executable program;
    std::optional<Executable> interpreter;  ///< the dynamic linker, which starts first
};

/// Where the file is a script, its interpreter is the program, and the arguments become those of that.
/// Fails as execve does. Elsewhere: load_script and the first half of load_elf_binary (Linux).
[[nodiscard]] Result<ProgramFiles, StartFailure> find_program(Kernel& kernel, const Process& process,
                                                              ProgramStart& start);

}  // namespace vmlab::linux_abi
