// SPDX-License-Identifier: GPL-2.0-only
// What a program is started with, and what its process keeps of that.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "kernel/files/executed_file.hpp"
#include "machine/cpu.hpp"

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

/// A program in memory, about to run.
struct LoadedProgram {
    Registers registers;
    Ref<ExecutedFile> file;
    std::string name;  ///< of its file, as it was asked for
    StartRecord started;
};

}  // namespace vmlab
