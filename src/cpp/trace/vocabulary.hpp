// SPDX-License-Identifier: GPL-2.0-only
// The enums that the log speaks in, made from events.def; the rooms to the right use them as their own.
#pragma once

#include <cstdint>

namespace vmlab {

#define VMLAB_ENUM(Type, name, doc) enum class Type : std::uint8_t {
#define VMLAB_VALUE(Type, Name, name, doc) Name,
#define VMLAB_END_ENUM(Type) \
    }                        \
    ;
#include "trace/events.def"

}  // namespace vmlab
