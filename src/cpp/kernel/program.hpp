// SPDX-License-Identifier: GPL-2.0-only
// What a program is started with, and what its process keeps of that.
#pragma once

#include <cstdint>
#include <optional>
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
    /// Where it was found already: `path` is then what the program is told, and what stands for it in a script's arguments.
    struct FoundFile {
        Ref<ExecutedFile> file;
        /// What the process is called by: its path, or where that is not its own the file that is executed at last.
        enum class Name : std::uint8_t { OfPath, OfFile } name = Name::OfPath;
        enum class Reach : std::uint8_t {
            Stays,
            ClosesAtStart  ///< `path` leads nowhere once the program has begun
        } reach = Reach::Stays;
    };
    std::optional<FoundFile> found{};
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
