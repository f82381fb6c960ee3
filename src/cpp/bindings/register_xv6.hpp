// SPDX-License-Identifier: GPL-2.0-only
// What only a lab of abi="xv6" can do: functions of xv6 by their names, called from outside on one of its processes.
#pragma once

#include "bindings/lab_core.hpp"

namespace vmlab {

void register_xv6(pybind11::class_<LabCore>& lab);

}  // namespace vmlab
