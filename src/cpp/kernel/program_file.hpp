// SPDX-License-Identifier: GPL-2.0-only
// The file that a program is read from whole, by kernels that keep none open while it runs.
#pragma once

#include "kernel/files/ram_filesystem.hpp"
#include "kernel/start_failure.hpp"

namespace vmlab {

/// Fails: File when there is none, BadProgram when it is no regular one.
[[nodiscard]] Result<Ref<RegularFile>, StartFailure> find_program_file(const RamFilesystem& filesystem,
                                                                       std::string_view directory,
                                                                       const std::string& path);

}  // namespace vmlab
