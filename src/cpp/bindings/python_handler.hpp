// SPDX-License-Identifier: GPL-2.0-only
// PythonFaultHandler: hands page faults to a Python callable, with a door to the kernel that shuts when it returns.
#pragma once

#include <pybind11/pybind11.h>

#include "bindings/expiring_door.hpp"
#include "kernel/fault_handler.hpp"

namespace vmlab {

using HandlerDoor = ExpiringDoor<HandlerKernel>;

/// Calls `callable(door, address, error, access, eip)`, which answers with a HandlerAnswer.
/// Owner: the LabCore. A Python exception passes through as it is.
class PythonFaultHandler : public FaultHandler {
public:
    explicit PythonFaultHandler(pybind11::object callable) : callable_(std::move(callable)) {}

    [[nodiscard]] HandlerAnswer on_fault(HandlerKernel& kernel, const PageFault& fault) override;

private:
    pybind11::object callable_;
};

}  // namespace vmlab
