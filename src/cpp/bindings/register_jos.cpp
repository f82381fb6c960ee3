// SPDX-License-Identifier: GPL-2.0-only
#include "bindings/register_jos.hpp"

#include <pybind11/stl.h>

#include "abi/jos/pages.hpp"
#include "bindings/kernel_calls.hpp"

namespace py = pybind11;

namespace vmlab {

namespace {

using jos_abi::HeldPages;

constexpr std::int32_t NO_MEMORY = -4;  ///< -E_NO_MEM

[[noreturn]] void refuse_unknown(const char* function) {
    throw py::value_error(std::string(function) + ": no page of page_alloc's or of an environment is at this address");
}

std::optional<std::uint32_t> page_alloc(LabCore& lab) {
    Kernel& kernel = lab.change();
    journal_call(kernel, "jos", "page_alloc", {});
    const auto page = lab.held_pages().allocate(kernel);
    lab.raise_policy_failure();
    return page ? std::optional(page->value) : std::nullopt;
}

void page_free(LabCore& lab, std::uint32_t page) {
    Kernel& kernel = lab.change();
    journal_call(kernel, "jos", "page_free", {page});
    switch (lab.held_pages().free(kernel, PhysAddr(page))) {
        case HeldPages::Freed::Done:
            return;
        case HeldPages::Freed::Mapped:
            throw py::value_error("page_free: an environment has this page, pp_ref is not 0: JOS stops with a panic");
        case HeldPages::Freed::Unknown:
            refuse_unknown("page_free");
    }
}

std::int32_t page_insert(LabCore& lab, std::uint32_t pid, std::uint32_t page, std::uint32_t va, std::uint32_t rights) {
    if (!jos_abi::is_page_for_calls(VirtAddr(va)) || !jos_abi::are_permissions(rights)) {
        throw py::value_error(
            "page_insert: va is a page's first byte below UTOP (0xeec00000), perm is PTE_P and PTE_U, perhaps with "
            "PTE_W "
            "and the bits of PTE_AVAIL");
    }
    const auto inserted = static_cast<HeldPages::Inserted>(
        call_in_memory(lab, "jos", "page_insert", {pid, page, va, rights}, [&](Kernel& kernel, Process& process) {
            return static_cast<std::uint32_t>(
                lab.held_pages().insert(kernel, process.space(), PhysAddr(page), VirtAddr(va), rights));
        }));
    if (inserted == HeldPages::Inserted::Unknown) {
        refuse_unknown("page_insert");
    }
    return inserted == HeldPages::Inserted::Done ? 0 : NO_MEMORY;
}

void page_remove(LabCore& lab, std::uint32_t pid, std::uint32_t va) {
    if (!jos_abi::is_page_for_calls(VirtAddr(va))) {
        throw py::value_error("page_remove: va is a page's first byte below UTOP (0xeec00000)");
    }
    static_cast<void>(call_in_memory(lab, "jos", "page_remove", {pid, va}, [va](Kernel&, Process& process) {
        jos_abi::remove_page(process.space(), VirtAddr(va));
        return 0U;
    }));
}

std::optional<std::uint32_t> page_lookup(LabCore& lab, std::uint32_t pid, std::uint32_t va) {
    const auto page = jos_abi::look_up_page(living_process(lab, pid).space(), VirtAddr(va));
    return page ? std::optional(page->value) : std::nullopt;
}

void env_run(LabCore& lab, std::uint32_t pid) {
    Process& process = living_process(lab, pid);
    Kernel& kernel = lab.change();
    if (!kernel.is_runnable(process)) {
        throw py::value_error("env_run: the environment is not runnable: it waits");
    }
    journal_call(kernel, "jos", "env_run", {pid});
    kernel.run_next(process);
}

}  // namespace

void register_jos(py::class_<LabCore>& lab) {
    lab.def("jos_page_alloc", &page_alloc)
        .def("jos_page_free", &page_free, py::arg("page"))
        .def("jos_page_insert", &page_insert, py::arg("pid"), py::arg("page"), py::arg("va"), py::arg("rights"))
        .def("jos_page_remove", &page_remove, py::arg("pid"), py::arg("va"))
        .def("jos_page_lookup", &page_lookup, py::arg("pid"), py::arg("va"))
        .def("jos_env_run", &env_run, py::arg("pid"));
}

}  // namespace vmlab
