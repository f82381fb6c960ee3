// SPDX-License-Identifier: GPL-2.0-only
// PythonCallHandler: hands the calls and traps of an ABI of the user's to Python, with a door to the process.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <span>

#include "abi/own/call_handler.hpp"
#include "bindings/expiring_door.hpp"

namespace vmlab {

using CallerDoor = ExpiringDoor<Caller>;

/// Calls `handlers.call(door, number, arguments)`, which answers with EAX, `handlers.page_fault(door, address, error, access,
/// eip, result)` and `handlers.exception(door, vector, error)`.
/// Owner: the OwnPersonality. It takes the GIL itself. A Python exception passes through as it is.
class PythonCallHandler : public CallHandler {
public:
    /// Requires: the GIL is held, then and when it is destroyed.
    explicit PythonCallHandler(pybind11::object handlers) : handlers_(std::move(handlers)) {}

    [[nodiscard]] std::uint32_t on_call(Caller& caller, std::uint32_t number,
                                        std::span<const std::uint32_t> arguments) override;
    void on_fault(Caller& caller, const PageFault& fault, FaultResult why) override;
    void on_exception(Caller& caller, std::uint8_t vector, std::uint32_t error) override;

private:
    pybind11::object handlers_;
};

}  // namespace vmlab
