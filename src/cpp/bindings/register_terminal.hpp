// SPDX-License-Identifier: GPL-2.0-only
// What Python does with the lab's terminal: types, and looks at the screen.
#pragma once

#include <pybind11/pybind11.h>

#include "bindings/lab_core.hpp"

namespace vmlab {

void register_terminal(pybind11::module_& module, pybind11::class_<LabCore>& lab);

}  // namespace vmlab
