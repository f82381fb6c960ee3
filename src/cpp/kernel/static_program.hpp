// SPDX-License-Identifier: GPL-2.0-only
// How a small kernel starts a program: one that is linked statically for a fixed place, with main()'s arguments on the stack.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/kernel.hpp"

namespace vmlab {

/// Whose segments are mapped.
struct StaticProgram {
    Ref<ExecutedFile> file;
    VirtAddr entry;
    std::uint64_t end = 0;  ///< one past the last byte of any segment
};

/// Opens the program and maps its segments; `who` runs such programs alone, in the sentence for who gave another.
/// Requires: the address space is empty; CR3 holds the process's page directory.
/// Fails: File when there is no such program, NoMemory, and else as the program is none.
[[nodiscard]] Result<StaticProgram, StartFailure> map_static_program(Kernel& kernel, Process& process,
                                                                     const std::string& path, std::string_view who);

/// Where main()'s arguments go.
struct ArgumentStack {
    VirtAddr top;
    std::uint32_t largest;   ///< bytes that they may have
    std::string_view place;  ///< what they must fit onto, for who gave more
};

/// Maps the pages that are filled, one at least. From the top down: the strings, the last argument first; padding to whole
/// words; argv[argc], which is null, to argv[0]; argv, argc, and a return address that leads nowhere, at which ESP points.
[[nodiscard]] Result<VirtAddr, StartFailure> push_arguments(Process& process, const ArgumentStack& where,
                                                            const std::vector<std::string>& arguments);

}  // namespace vmlab
