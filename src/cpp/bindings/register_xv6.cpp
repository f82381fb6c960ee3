// SPDX-License-Identifier: GPL-2.0-only
#include "bindings/register_xv6.hpp"

#include <string>
#include <vector>

#include "abi/xv6/process_size.hpp"

namespace py = pybind11;

namespace vmlab {

namespace {

Process& living(LabCore& lab, std::uint32_t pid) {
    Process& process = lab.process(pid);
    if (!process.alive()) {
        throw py::value_error("process " + std::to_string(pid) + " has ended: it has no memory any more");
    }
    return process;
}

/// Calls one of them in the process's memory. Each call is in the journal: it changes the run.
template <typename Call>
std::uint32_t call_on(LabCore& lab, const std::string& name, std::vector<std::uint64_t> numbers, const Call& call) {
    Process& process = living(lab, static_cast<std::uint32_t>(numbers.front()));
    Kernel& kernel = lab.change();
    kernel.journal().record(Input{InputKind::Knob, std::move(numbers), {"xv6", name}});
    std::uint32_t result = 0;
    kernel.in_memory_of(process, [&] { result = call(kernel, process); });
    lab.raise_policy_failure();
    return result;
}

std::int32_t growproc(LabCore& lab, std::uint32_t pid, std::int32_t change) {
    const bool grown =
        call_on(lab, "growproc", {pid, static_cast<std::uint32_t>(change)}, [change](Kernel& kernel, Process& process) {
            return xv6_abi::growproc(kernel, process, change) ? 1U : 0U;
        }) != 0;
    return grown ? 0 : -1;
}

std::uint32_t allocuvm(LabCore& lab, std::uint32_t pid, std::uint32_t old_size, std::uint32_t new_size) {
    return call_on(lab, "allocuvm", {pid, old_size, new_size}, [=](Kernel& kernel, Process& process) {
        return xv6_abi::allocuvm(kernel, process.space(), old_size, new_size);
    });
}

std::uint32_t deallocuvm(LabCore& lab, std::uint32_t pid, std::uint32_t old_size, std::uint32_t new_size) {
    return call_on(lab, "deallocuvm", {pid, old_size, new_size},
                   [=](Kernel&, Process& process) { return xv6_abi::deallocuvm(process.space(), old_size, new_size); });
}

bool ensure_table(LabCore& lab, std::uint32_t pid, std::uint32_t address) {
    return call_on(lab, "walkpgdir", {pid, address}, [=](Kernel&, Process& process) {
               return xv6_abi::ensure_table(process.space(), VirtAddr(address)) ? 1U : 0U;
           }) != 0;
}

}  // namespace

void register_xv6(py::class_<LabCore>& lab) {
    lab.def("xv6_growproc", &growproc, py::arg("pid"), py::arg("change"))
        .def("xv6_allocuvm", &allocuvm, py::arg("pid"), py::arg("old_size"), py::arg("new_size"))
        .def("xv6_deallocuvm", &deallocuvm, py::arg("pid"), py::arg("old_size"), py::arg("new_size"))
        .def("xv6_ensure_table", &ensure_table, py::arg("pid"), py::arg("address"),
             "Makes a page table for an address, if there is none; False without a frame for it.")
        .def(
            "xv6_size", [](LabCore& self, std::uint32_t pid) { return living(self, pid).space().heap_end().value; },
            py::arg("pid"), "The process's sz.");
}

}  // namespace vmlab
