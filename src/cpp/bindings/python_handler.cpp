// SPDX-License-Identifier: GPL-2.0-only
#include "bindings/python_handler.hpp"

#include <memory>

namespace py = pybind11;

namespace vmlab {

HandlerKernel& HandlerDoor::kernel() const {
    if (kernel_ == nullptr) {
        throw py::value_error("this kernel handle has expired: it is valid only until the page-fault handler returns");
    }
    return *kernel_;
}

HandlerAnswer PythonFaultHandler::on_fault(HandlerKernel& kernel, const PageFault& fault) {
    const py::gil_scoped_acquire gil;
    const auto door = std::make_shared<HandlerDoor>(kernel);
    struct Shut {
        HandlerDoor& door;
        ~Shut() { door.shut(); }
    } const shut{*door};
    return callable_(door, fault.address.value, fault.error, static_cast<std::uint32_t>(fault.access), fault.eip.value)
        .cast<HandlerAnswer>();
}

}  // namespace vmlab
