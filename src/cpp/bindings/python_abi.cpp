// SPDX-License-Identifier: GPL-2.0-only
#include "bindings/python_abi.hpp"

namespace py = pybind11;

namespace vmlab {

namespace {

constexpr const char* EXPIRED = "this process handle has expired: it is valid only until the ABI's handler returns";

}  // namespace

std::uint32_t PythonCallHandler::on_call(Caller& caller, std::uint32_t number,
                                         std::span<const std::uint32_t> arguments) {
    const py::gil_scoped_acquire gil;
    const OpenDoor door(caller, EXPIRED);
    py::list words;
    for (const std::uint32_t word : arguments) {
        words.append(word);
    }
    return handlers_.attr("call")(door.shared(), number, words).cast<std::uint32_t>();
}

void PythonCallHandler::on_fault(Caller& caller, const PageFault& fault, FaultResult why) {
    const py::gil_scoped_acquire gil;
    const OpenDoor door(caller, EXPIRED);
    handlers_.attr("page_fault")(door.shared(), fault.address.value, fault.error,
                                 static_cast<std::uint32_t>(fault.access), fault.eip.value,
                                 static_cast<std::uint32_t>(why));
}

void PythonCallHandler::on_exception(Caller& caller, std::uint8_t vector, std::uint32_t error) {
    const py::gil_scoped_acquire gil;
    const OpenDoor door(caller, EXPIRED);
    handlers_.attr("exception")(door.shared(), std::uint32_t{vector}, error);
}

}  // namespace vmlab
