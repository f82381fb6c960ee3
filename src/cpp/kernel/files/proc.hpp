// SPDX-License-Identifier: GPL-2.0-only
// The files of /proc/self, made from a process when they are asked for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kernel/files/open_file.hpp"

namespace vmlab {

class Process;

/// What the link /proc/self/exe names; nothing for another path. The same with the pid instead of "self".
[[nodiscard]] std::optional<std::string> find_proc_link(const Process& process, std::string_view path);
/// /proc/self/maps, smaps or smaps_rollup as it is now; empty for another path.
[[nodiscard]] Ref<OpenFile> open_proc_file(Process& process, std::string_view path);

}  // namespace vmlab
