// SPDX-License-Identifier: GPL-2.0-only
// The files of /proc/self and /proc/<pid>, made from a process when they are asked for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kernel/files/open_file.hpp"

namespace vmlab {

class Kernel;
class Process;

/// What the link /proc/self/exe names, or that of the process with a pid in place of "self"; nothing for another path.
[[nodiscard]] std::optional<std::string> find_proc_link(const Kernel& kernel, const Process& asking,
                                                        std::string_view path);
/// maps, smaps, smaps_rollup, auxv, cmdline, comm or environ of such a process as it is now, or /proc/meminfo; empty for
/// another path.
[[nodiscard]] Ref<OpenFile> open_proc_file(Kernel& kernel, Process& asking, std::string_view path);

}  // namespace vmlab
