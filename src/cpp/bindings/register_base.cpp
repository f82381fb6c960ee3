// SPDX-License-Identifier: GPL-2.0-only
// The room base in Python: a bug of ours becomes vmlab.Panic. Addresses and frame numbers are ints there.
#include "base/panic.hpp"
#include "bindings/register.hpp"

namespace py = pybind11;

namespace vmlab {

namespace {

void translate_panic(std::exception_ptr thrown) {
    try {
        std::rethrow_exception(std::move(thrown));
    } catch (const Panic& panic) {
        py::set_error(py::module_::import("vmlab.errors").attr("Panic"), panic.what());
    }
}

}  // namespace

void register_base(py::module_&) { py::register_exception_translator(&translate_panic); }

}  // namespace vmlab
