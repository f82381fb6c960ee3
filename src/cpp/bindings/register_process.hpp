// SPDX-License-Identifier: GPL-2.0-only
// What a LabCore tells of one of its processes, living or ended, and of that one's memory.
#pragma once

#include "bindings/lab_core.hpp"

namespace vmlab {

void register_process(pybind11::class_<LabCore>& lab);

}  // namespace vmlab
