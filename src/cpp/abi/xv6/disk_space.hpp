// SPDX-License-Identifier: GPL-2.0-only
// How much of xv6's disk of 1000 blocks its files take.
#pragma once

#include <cstdint>

#include "kernel/files/ram_filesystem.hpp"

namespace vmlab::xv6_abi {

/// A directory's bytes: 16 for each place that a name has had, those of "." and ".." among them.
[[nodiscard]] std::uint32_t directory_bytes(const Directory& directory);
/// Blocks of a file's content, and the one with pointers where it needs that.
[[nodiscard]] std::uint32_t blocks_for(std::uint64_t bytes);
/// Whether so many blocks more can be had. xv6 itself stops with a panic when it runs out of them.
[[nodiscard]] bool has_blocks(const RamFilesystem& filesystem, std::uint32_t wanted);

}  // namespace vmlab::xv6_abi
