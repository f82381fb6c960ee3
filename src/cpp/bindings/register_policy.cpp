// SPDX-License-Identifier: GPL-2.0-only
// Replacement policies in Python: those of the core by name, pages for policies written in Python, and simulations.
#include <pybind11/native_enum.h>
#include <pybind11/stl.h>

#include "bindings/bytes.hpp"
#include "bindings/python_policy.hpp"
#include "bindings/reference_string.hpp"
#include "bindings/register.hpp"
#include "vm/simulate.hpp"

namespace py = pybind11;

namespace vmlab {

namespace {

std::vector<std::string_view> options_of(const PolicyInfo& policy) {
    std::vector<std::string_view> options;
    for (const std::string_view option : policy.options) {
        if (!option.empty()) {
            options.push_back(option);
        }
    }
    return options;
}

void look_for_signals() {
    const py::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0) {
        throw py::error_already_set();
    }
}

Simulation run(const References& references, SimulationConfig config, ReplacementPolicy& policy) {
    config.poll = &look_for_signals;
    const py::gil_scoped_release released;
    return simulate(references, config, policy);
}

Simulation simulate_named(const ReferenceString& string, const SimulationConfig& config, std::string_view name,
                          const PolicyOptions& options) {
    const References references = string.references();
    const auto policy = value_or_raise(make_policy_for(name, options, references));
    return run(references, config, *policy);
}

Simulation simulate_python(const ReferenceString& string, const SimulationConfig& config, py::object policy) {
    PythonPolicy bridge(std::move(policy));
    return run(string.references(), config, bridge);
}

void register_pages(py::module_& module) {
    py::class_<PolicyPage, std::shared_ptr<PolicyPage>>(
        module, "PolicyPage",
        "A page in memory, as a replacement policy written in Python sees it. It takes attributes of your own.",
        py::dynamic_attr())
        .def_property_readonly(
            "frame", [](const PolicyPage& page) { return page.frame().value; }, "Number of the frame that holds it.")
        .def_property_readonly(
            "identity",
            [](const PolicyPage& page) { return std::pair(page.identity().object, page.identity().index.value); },
            "Number of the memory object it belongs to, and its index there.")
        .def_property_readonly("number", &PolicyPage::number,
                               "Its identity as one number; in a simulation the page number.")
        .def_property_readonly("accessed", &PolicyPage::accessed, "The A bit.")
        .def_property_readonly("modified", &PolicyPage::modified, "The D bit: to evict it needs a write.")
        .def("test_and_clear_accessed", &PolicyPage::test_and_clear_accessed, "The A bit, which is clear afterwards.")
        .def("__repr__", [](const PolicyPage& page) { return "<" + page.description() + ">"; });
}

void register_policies(py::module_& module) {
    py::native_enum<PolicyNeeds>(module, "PolicyNeeds", "enum.Enum", "What a policy must be told.")
        .value("ACCESS_BITS", PolicyNeeds::AccessBits)
        .value("EVERY_ACCESS", PolicyNeeds::EveryAccess)
        .finalize();
    py::class_<PolicyInfo>(module, "PolicyInfo", "One replacement policy of the core.")
        .def_readonly("name", &PolicyInfo::name)
        .def_readonly("needs", &PolicyInfo::needs)
        .def_property_readonly("options", &options_of);
    module.def(
        "policies", [] { return std::vector<PolicyInfo>(policies().begin(), policies().end()); },
        "The replacement policies, in the order of the docs.");
    py::class_<PolicyOptions>(module, "PolicyOptions", "What some policies need to know.")
        .def(py::init<>())
        .def_readwrite("seed", &PolicyOptions::seed)
        .def_readwrite("tau", &PolicyOptions::tau)
        .def_readwrite("hand_spread", &PolicyOptions::hand_spread)
        .def_readwrite("tick", &PolicyOptions::tick);
}

void register_simulation(py::module_& module) {
    py::native_enum<Tracing>(module, "Tracing", "enum.Enum", "Whether a simulation keeps its steps.")
        .value("OFF", Tracing::Off)
        .value("ON", Tracing::On)
        .finalize();
    py::class_<SimulationStep>(module, "SimulationStep", "What one reference came to.")
        .def_readonly("frame", &SimulationStep::frame)
        .def_readonly("hit", &SimulationStep::hit)
        .def_readonly("victim", &SimulationStep::victim);
    py::class_<Simulation>(module, "Simulation", "What a simulation came to.")
        .def_readonly("hits", &Simulation::hits)
        .def_readonly("cold_misses", &Simulation::cold_misses)
        .def_readonly("capacity_misses", &Simulation::capacity_misses)
        .def_readonly("evictions", &Simulation::evictions)
        .def_readonly("writebacks", &Simulation::writebacks)
        .def_readonly("trace", &Simulation::trace);
    py::class_<ReferenceString>(module, "ReferenceString", "Page numbers and write flags, looked at in place.")
        .def(py::init<const py::object&, const py::object&>(), py::arg("pages"), py::arg("writes"));
    py::class_<SimulationConfig>(module, "SimulationConfig", "How a simulation runs.")
        .def(py::init([](std::uint64_t frames, std::uint64_t tick, Tracing tracing) {
                 return SimulationConfig{.frames = frames, .tick = tick, .tracing = tracing};
             }),
             py::arg("frames"), py::arg("tick"), py::arg("tracing"));
    module.def("simulate", &simulate_named, py::arg("references"), py::arg("config"), py::arg("policy"),
               py::arg("options"), "Runs a policy of the core.");
    module.def("simulate", &simulate_python, py::arg("references"), py::arg("config"), py::arg("policy"),
               "Runs an instance of vmlab.ReplacementPolicy.");
}

void translate_policy_error(std::exception_ptr thrown) {
    try {
        std::rethrow_exception(std::move(thrown));
    } catch (const PolicyError& error) {
        py::set_error(py::module_::import("vmlab.errors").attr("PolicyError"), error.what());
    }
}

}  // namespace

void register_policy(py::module_& module) {
    py::register_exception_translator(&translate_policy_error);
    register_pages(module);
    register_policies(module);
    register_simulation(module);
}

}  // namespace vmlab
