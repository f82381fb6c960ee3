// SPDX-License-Identifier: GPL-2.0-only
#include "bindings/register_xv6.hpp"

#include <string>
#include <vector>

#include "abi/xv6/frames.hpp"
#include "abi/xv6/process_size.hpp"
#include "bindings/bytes.hpp"
#include "bindings/kernel_calls.hpp"

namespace py = pybind11;

namespace vmlab {

namespace {

/// Calls one of them in the process's memory.
template <typename Call>
std::uint32_t call_on(LabCore& lab, const std::string& name, std::vector<std::uint64_t> numbers, const Call& call) {
    return call_in_memory(lab, "xv6", name, std::move(numbers), call);
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

std::uint32_t kalloc(LabCore& lab) {
    Kernel& kernel = lab.change();
    journal_call(kernel, "xv6", "kalloc", {});
    const std::uint32_t page = xv6_abi::kalloc(kernel);
    lab.raise_policy_failure();
    return page;
}

void kfree(LabCore& lab, std::uint32_t page) {
    Kernel& kernel = lab.change();
    journal_call(kernel, "xv6", "kfree", {page});
    if (!xv6_abi::kfree(kernel, page)) {
        throw py::value_error(
            "kfree: kalloc did not give this page, or it was freed or mapped since: xv6 stops with a panic");
    }
}

std::uint32_t link_free_pages(LabCore& lab) { return xv6_abi::link_free_pages(lab.look()); }

py::bytes peek(LabCore& lab, std::uint32_t address, std::uint32_t size) {
    const Machine& machine = lab.look().machine();
    const std::uint64_t start = std::uint64_t{address} - machine.kernel_window().value;
    if (address < machine.kernel_window().value || start + size > machine.memory().size()) {
        throw py::value_error("peek: the kernel maps RAM from 0x80000000 on, and there is nothing else to read");
    }
    std::vector<std::byte> bytes(size);
    machine.memory().read(PhysAddr(static_cast<std::uint32_t>(start)), bytes);
    return to_python(bytes);
}

std::int32_t mappages(LabCore& lab, std::uint32_t pid, std::uint32_t va, std::uint32_t size, std::uint32_t physical,
                      std::uint32_t rights) {
    using xv6_abi::Mapped;
    const auto mapped =
        static_cast<Mapped>(call_on(lab, "mappages", {pid, va, size, physical, rights}, [=](Kernel&, Process& process) {
            return static_cast<std::uint32_t>(xv6_abi::mappages(process.space(), va, size, physical, rights));
        }));
    if (mapped == Mapped::Remap) {
        throw py::value_error("mappages: a page is mapped there already: xv6 stops with the panic \"remap\"");
    }
    if (mapped == Mapped::NotOurs) {
        throw py::value_error("mappages: it maps frames that kalloc gave, to addresses below KERNBASE");
    }
    return mapped == Mapped::Done ? 0 : -1;
}

}  // namespace

void register_xv6(py::class_<LabCore>& lab) {
    lab.def("xv6_growproc", &growproc, py::arg("pid"), py::arg("change"))
        .def("xv6_allocuvm", &allocuvm, py::arg("pid"), py::arg("old_size"), py::arg("new_size"))
        .def("xv6_deallocuvm", &deallocuvm, py::arg("pid"), py::arg("old_size"), py::arg("new_size"))
        .def("xv6_ensure_table", &ensure_table, py::arg("pid"), py::arg("address"),
             "Makes a page table for an address, if there is none; False without a frame for it.")
        .def("xv6_kalloc", &kalloc)
        .def("xv6_kfree", &kfree, py::arg("page"))
        .def("xv6_link_free_pages", &link_free_pages)
        .def("xv6_peek", &peek, py::arg("address"), py::arg("size"))
        .def("xv6_mappages", &mappages, py::arg("pid"), py::arg("va"), py::arg("size"), py::arg("physical"),
             py::arg("rights"))
        .def(
            "xv6_size",
            [](LabCore& self, std::uint32_t pid) { return living_process(self, pid).space().heap_end().value; },
            py::arg("pid"), "The process's sz.");
}

}  // namespace vmlab
