// SPDX-License-Identifier: GPL-2.0-only
#include "bindings/register_terminal.hpp"

#include <string>

#include "bindings/bytes.hpp"

namespace py = pybind11;

namespace vmlab {

namespace {

struct TerminalRecord {
    py::bytes screen;
    WindowSize window;
    std::uint32_t session;
    std::uint32_t foreground;
    TerminalSettings settings;
};

}  // namespace

void register_terminal(py::module_& module, py::class_<LabCore>& lab) {
    py::class_<TerminalRecord>(module, "TerminalRecord", "The lab's terminal.")
        .def_readonly("screen", &TerminalRecord::screen)
        .def_property_readonly("rows", [](const TerminalRecord& self) { return self.window.rows; })
        .def_property_readonly("columns", [](const TerminalRecord& self) { return self.window.columns; })
        .def_readonly("session", &TerminalRecord::session)
        .def_readonly("foreground", &TerminalRecord::foreground)
        .def_property_readonly(
            "canonical", [](const TerminalRecord& self) { return self.settings.has_local(TerminalSettings::ICANON); })
        .def_property_readonly(
            "echo", [](const TerminalRecord& self) { return self.settings.has_local(TerminalSettings::ECHO); });
    lab.def(
           "type", [](LabCore& self, const py::bytes& text) { self.change().type(std::string(text)); }, py::arg("text"))
        .def("terminal", [](LabCore& self) {
            const Terminal& terminal = self.look().terminal();
            return TerminalRecord{py::bytes(terminal.screen()), terminal.window(), terminal.session,
                                  terminal.foreground, terminal.settings()};
        });
}

}  // namespace vmlab
