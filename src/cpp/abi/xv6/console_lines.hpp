// SPDX-License-Identifier: GPL-2.0-only
// What the kernel of xv6 says on its console, and how it treats what is typed there.
#pragma once

#include "kernel/kernel.hpp"

namespace vmlab::xv6_abi {

/// That a trap ends a process.
void print_kill(Kernel& kernel, const Process& process, const TrapRecord& trap);
void print_unknown_call(Kernel& kernel, const Process& process, std::uint32_t number);
/// Why memory was not had: there was no frame for a page, or none for its page table.
void print_out_of_memory(Kernel& kernel, VmError why);

/// Lines with an echo, which backspace and ^U edit and ^D ends. Elsewhere: consoleintr (xv6).
[[nodiscard]] TerminalSettings line_discipline();

}  // namespace vmlab::xv6_abi
