// SPDX-License-Identifier: GPL-2.0-only
// PythonFaultHandler: hands page faults to a Python callable, with a door to the kernel that shuts when it returns.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>

#include "kernel/fault_handler.hpp"

namespace vmlab {

/// A HandlerKernel as Python holds it: one that expires instead of dangling.
/// Invariant: `kernel_` is null once the handler has returned.
class HandlerDoor {
public:
    explicit HandlerDoor(HandlerKernel& kernel) : kernel_(&kernel) {}
    void shut() { kernel_ = nullptr; }

    /// Throws ValueError when the handler has returned.
    [[nodiscard]] HandlerKernel& kernel() const;

private:
    HandlerKernel* kernel_;
};

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
