// SPDX-License-Identifier: GPL-2.0-only
// How many files may be open in all processes together.
#pragma once

#include "kernel/kernel.hpp"

namespace vmlab::xv6_abi {

/// Whether so many more can be; one that several descriptors share counts once. Elsewhere: filealloc (xv6).
[[nodiscard]] bool may_open(const Kernel& kernel, std::uint32_t more);

}  // namespace vmlab::xv6_abi
