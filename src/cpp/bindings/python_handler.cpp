// SPDX-License-Identifier: GPL-2.0-only
#include "bindings/python_handler.hpp"

namespace py = pybind11;

namespace vmlab {

HandlerAnswer PythonFaultHandler::on_fault(HandlerKernel& kernel, const PageFault& fault) {
    const py::gil_scoped_acquire gil;
    const OpenDoor door(kernel,
                        "this kernel handle has expired: it is valid only until the page-fault handler returns");
    return callable_(door.shared(), fault.address.value, fault.error, static_cast<std::uint32_t>(fault.access),
                     fault.eip.value)
        .cast<HandlerAnswer>();
}

}  // namespace vmlab
