// SPDX-License-Identifier: GPL-2.0-only
// What a LabCore tells of the memory that all its processes share: frames, swap, what was promised.
#pragma once

#include <pybind11/pybind11.h>

#include "bindings/lab_core.hpp"

namespace vmlab {

void register_memory(pybind11::class_<LabCore>& lab);

}  // namespace vmlab
