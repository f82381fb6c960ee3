// SPDX-License-Identifier: GPL-2.0-only
// How a segment of a program comes into its process's memory: mapped, so that its pages are read when they are touched.
#pragma once

#include <optional>

#include "kernel/elf_loader.hpp"
#include "kernel/files/executed_file.hpp"
#include "kernel/process.hpp"

namespace vmlab {

/// Maps the part that comes from the file, and zeros behind it; says why it cannot.
/// Requires: the image was parsed for this address space; CR3 holds the process's page directory.
/// Elsewhere: elf_map and set_brk (Linux), load_segment with lazy loading (Pintos).
[[nodiscard]] std::optional<StartFailure> map_segment(Process& process, const ElfSegment& segment,
                                                      const ExecutedFile& file);

}  // namespace vmlab
