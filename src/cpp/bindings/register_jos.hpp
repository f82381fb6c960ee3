// SPDX-License-Identifier: GPL-2.0-only
// What only a lab of JOS can do: functions of its kernel by their names, called from outside.
#pragma once

#include "bindings/lab_core.hpp"

namespace vmlab {

void register_jos(pybind11::class_<LabCore>& lab);

}  // namespace vmlab
