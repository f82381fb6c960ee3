// SPDX-License-Identifier: GPL-2.0-only
// What a page-fault handler of the user's may do and answer, in Python.
#include <pybind11/native_enum.h>

#include "bindings/bytes.hpp"
#include "bindings/lab_core.hpp"
#include "bindings/register.hpp"

namespace py = pybind11;

namespace vmlab {

namespace {

[[noreturn]] void raise_vm_error(VmError error) {
    if (error == VmError::NoMemory) {
        py::set_error(PyExc_MemoryError, "no frame is left for a page table");
        throw py::error_already_set();
    }
    if (error == VmError::AccessDenied) {
        throw py::value_error("map_page: the mapping at this page does not allow such rights");
    }
    throw py::value_error(
        "map_page: the page cannot be mapped: the frame must come from allocate_frame(), and the page lie below the "
        "kernel's addresses");
}

std::uint32_t allocate_frame(HandlerDoor& door) {
    const std::optional<FrameNumber> frame = door->allocate_frame();
    if (!frame) {
        py::set_error(PyExc_MemoryError, "no frame is left");
        throw py::error_already_set();
    }
    return frame->value;
}

void map_page(HandlerDoor& door, std::uint32_t page, std::uint32_t frame, std::uint32_t protection) {
    const auto done = door->map_page(VirtAddr(page), FrameNumber(frame), Protection{protection});
    if (!done) {
        raise_vm_error(done.error());
    }
}

void write_frame(HandlerDoor& door, std::uint32_t frame, std::uint32_t offset, const py::bytes& bytes) {
    if (!door->write_frame(FrameNumber(frame), offset, from_python(bytes))) {
        throw py::value_error("write_frame: the bytes do not fit, or the frame is none that allocate_frame() gave");
    }
}

}  // namespace

void register_handler(py::module_& module) {
    py::native_enum<HandlerAnswer>(module, "HandlerAnswer", "enum.Enum", "What a page-fault handler answers.")
        .value("RETRY", HandlerAnswer::Retry)
        .value("DELIVER", HandlerAnswer::Deliver)
        .value("NOT_IMPLEMENTED", HandlerAnswer::NotImplemented)
        .finalize();
    py::class_<HandlerDoor, std::shared_ptr<HandlerDoor>>(
        module, "HandlerDoor", "What a page-fault handler may do to the kernel, until it returns.")
        .def("allocate_frame", &allocate_frame)
        .def("map_page", &map_page, py::arg("page"), py::arg("frame"), py::arg("protection"))
        .def("write_frame", &write_frame, py::arg("frame"), py::arg("offset"), py::arg("bytes"))
        .def_property_readonly("pid", [](HandlerDoor& door) { return door->process().pid(); });
}

}  // namespace vmlab
