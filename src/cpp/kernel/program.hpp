// SPDX-License-Identifier: GPL-2.0-only
// What a program is started with, and what its process keeps of that.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "kernel/files/executed_file.hpp"
#include "machine/cpu.hpp"
#include "machine/descriptor.hpp"

namespace vmlab {

/// A program of the guest's filesystem that is to be started.
struct ProgramStart {
    std::string path;  ///< as it was asked for: relative ones lead from the process's working directory
    std::vector<std::string> arguments;
    std::vector<std::string> environment;
};

/// Where the program found what it was started with. It may have written something else there since.
struct StartRecord {
    VirtRange arguments{};    ///< the strings, one after the other
    VirtRange environment{};  ///< likewise
    std::vector<std::uint32_t> auxiliary_vector;
};

/// What most kernels give a program; FS and GS hold nothing.
[[nodiscard]] inline Registers first_registers(const GdtLayout& gdt, VirtAddr entry, VirtAddr esp) {
    Registers registers{.esp = esp.value, .eip = entry.value};
    registers.cs = gdt.user_cs();
    registers.ss = registers.ds = registers.es = gdt.user_ss();
    return registers;
}

/// A program in memory, about to run.
struct LoadedProgram {
    Registers registers;
    Ref<ExecutedFile> file;
    std::string name;  ///< of its file, as it was asked for
    StartRecord started;
};

}  // namespace vmlab
