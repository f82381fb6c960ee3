// SPDX-License-Identifier: GPL-2.0-only
// A program of JOS in memory: pages of its own, all writable, and one page of stack.
#pragma once

#include "abi/jos/system.hpp"

namespace vmlab::jos_abi {

/// Maps what every environment sees of the kernel's. Fails when there is no frame for a page table.
[[nodiscard]] Result<Done, VmError> map_kernel_views(AddressSpace& space, const System& system);

/// Fresh zeros for each page that the range touches. Elsewhere: region_alloc.
[[nodiscard]] Result<Done, VmError> allocate_region(AddressSpace& space, const VirtRange& range,
                                                    const std::string& name);

/// Elsewhere: load_icode.
[[nodiscard]] Result<LoadedProgram, StartFailure> load_program(Kernel& kernel, Process& process,
                                                               const ProgramStart& start, const System& system);

}  // namespace vmlab::jos_abi
