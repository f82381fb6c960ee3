// SPDX-License-Identifier: GPL-2.0-only
// vmlab._core: the machine and its operating system, as Python sees them. No logic: one register function a room.
#include <pybind11/pybind11.h>

#include "bindings/register.hpp"

PYBIND11_MODULE(_core, module) {
    module.doc() = "The core of vmlab. Use the classes of the package vmlab, which are made of these.";
    module.attr("__version__") = VMLAB_VERSION;
    vmlab::register_base(module);
    vmlab::register_trace(module);
    vmlab::register_machine(module);
    vmlab::register_vm(module);
    vmlab::register_policy(module);
    vmlab::register_kernel(module);
    vmlab::register_workbench(module);
}
