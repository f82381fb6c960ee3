// SPDX-License-Identifier: GPL-2.0-only
// What module.cpp calls: one function a room, which puts the room's classes into the Python module.
#pragma once

#include <pybind11/pybind11.h>

namespace vmlab {

void register_base(pybind11::module_& module);
void register_trace(pybind11::module_& module);
void register_machine(pybind11::module_& module);
void register_vm(pybind11::module_& module);
void register_policy(pybind11::module_& module);
void register_handler(pybind11::module_& module);
void register_own_abi(pybind11::module_& module);
void register_kernel(pybind11::module_& module);
void register_workbench(pybind11::module_& module);

}  // namespace vmlab
