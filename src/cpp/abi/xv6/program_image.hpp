// SPDX-License-Identifier: GPL-2.0-only
// exec of xv6: one image from address 0 on, a guard page and a page of stack behind it.
#pragma once

#include "base/result.hpp"
#include "kernel/kernel.hpp"

namespace vmlab::xv6_abi {

/// Fails as Personality::load does; what xv6's kernel says of it is on the console then.
[[nodiscard]] Result<LoadedProgram, StartFailure> load_program(Kernel& kernel, Process& process,
                                                               const ProgramStart& start);

}  // namespace vmlab::xv6_abi
