// SPDX-License-Identifier: GPL-2.0-only
#include "bindings/register_process.hpp"

#include <pybind11/stl.h>

#include "bindings/bytes.hpp"
#include "bindings/object_records.hpp"

namespace py = pybind11;

namespace vmlab {

namespace {

std::vector<std::uint32_t> pids(LabCore& lab) {
    std::vector<std::uint32_t> result;
    for (const auto& process : lab.look().processes()) {
        result.push_back(process->pid());
    }
    return result;
}

/// Asks a living process's address space, or what was kept of an ended one.
template <typename FromSpace, typename FromEnded>
auto ask(LabCore& lab, std::uint32_t pid, const FromSpace& from_space, const FromEnded& from_ended) {
    Process& process = lab.process(pid);
    if (process.alive()) {
        return from_space(process);
    }
    const EndedProcess* ended = lab.find_ended(pid);
    if (ended == nullptr) {
        throw py::value_error("process " + std::to_string(pid) +
                              " ended long ago, and many after it: its memory is no "
                              "longer kept");
    }
    return from_ended(*ended);
}

std::vector<EntryRecord> entries(LabCore& lab, std::uint32_t pid) {
    return ask(
        lab, pid,
        [&](Process& process) {
            Machine& machine = lab.look().machine();
            return record_entries(machine.memory(), process.space().pmap().root(), machine.mmu().large_pages(),
                                  process.space().layout().end);
        },
        [](const EndedProcess& ended) { return ended.entries(); });
}

Walk walk(LabCore& lab, std::uint32_t pid, std::uint32_t address) {
    return ask(
        lab, pid,
        [&](Process& process) {
            return lab.look().machine().mmu().walk(VirtAddr(address), process.space().pmap().root());
        },
        [&](const EndedProcess& ended) { return ended.walk(VirtAddr(address)); });
}

py::bytes read_memory(LabCore& lab, std::uint32_t pid, std::uint32_t address, std::size_t size) {
    std::vector<std::byte> bytes(size);
    const bool there = ask(
        lab, pid, [&](Process& process) { return process.space().peek(VirtAddr(address), bytes); },
        [&](const EndedProcess& ended) { return ended.peek(VirtAddr(address), bytes); });
    if (!there) {
        throw py::value_error("not all of these addresses have memory behind them");
    }
    return to_python(bytes);
}

void write_memory(LabCore& lab, std::uint32_t pid, std::uint32_t address, const py::bytes& bytes) {
    Process& process = lab.process(pid);
    const bool written = lab.change().write_memory(process, VirtAddr(address), from_python(bytes));
    lab.raise_policy_failure();
    if (!written) {
        throw py::value_error("not all of these addresses have memory behind them");
    }
}

}  // namespace

void register_process(py::class_<LabCore>& lab) {
    lab.def("pids", &pids)
        .def(
            "name", [](LabCore& self, std::uint32_t pid) { return self.process(pid).name(); }, py::arg("pid"))
        .def(
            "state", [](LabCore& self, std::uint32_t pid) { return self.process(pid).state(); }, py::arg("pid"))
        .def(
            "parent", [](LabCore& self, std::uint32_t pid) { return self.process(pid).parent(); }, py::arg("pid"),
            "pid of the process that forked it; 0 for none.")
        .def(
            "exit_status",
            [](LabCore& self, std::uint32_t pid) { return static_cast<std::int32_t>(self.process(pid).exit_status()); },
            py::arg("pid"))
        .def(
            "exit_signal",
            [](LabCore& self, std::uint32_t pid) {
                return static_cast<std::uint32_t>(self.process(pid).exit_signal());
            },
            py::arg("pid"))
        .def(
            "output", [](LabCore& self, std::uint32_t pid) { return py::bytes(self.process(pid).console()->output()); },
            py::arg("pid"))
        .def(
            "error_output",
            [](LabCore& self, std::uint32_t pid) { return py::bytes(self.process(pid).console()->error_output()); },
            py::arg("pid"))
        .def(
            "counters",
            [](LabCore& self, std::uint32_t pid) {
                self.look().vm().count_tlb();
                return self.process(pid).counters();
            },
            py::arg("pid"))
        .def(
            "instructions", [](LabCore& self, std::uint32_t pid) { return self.process(pid).executed_instructions; },
            py::arg("pid"))
        .def(
            "peak_resident_pages",
            [](LabCore& self, std::uint32_t pid) { return self.process(pid).peak_resident_pages(); }, py::arg("pid"))
        .def(
            "registers",
            [](LabCore& self, std::uint32_t pid) {
                return ask(
                    self, pid, [&](Process& process) { return self.look().registers(process); },
                    [](const EndedProcess& ended) { return ended.registers(); });
            },
            py::arg("pid"))
        .def(
            "trap_frame",
            [](LabCore& self, std::uint32_t pid) {
                return ask(
                    self, pid, [](Process& process) { return process.trap_frame(); },
                    [](const EndedProcess& ended) { return ended.trap_frame(); });
            },
            py::arg("pid"))
        .def(
            "stack_slot",
            [](LabCore& self, std::uint32_t pid) -> std::optional<std::uint32_t> {
                const Process& process = self.process(pid);
                return process.alive() && !process.stack_in_memory() ? std::optional(process.stack_slot().value)
                                                                     : std::nullopt;
            },
            py::arg("pid"), "The swap slot that its kernel stack is in, or None.")
        .def(
            "mappings",
            [](LabCore& self, std::uint32_t pid) {
                return ask(
                    self, pid, [](Process& process) { return record_mappings(process.space()); },
                    [](const EndedProcess& ended) { return ended.mappings(); });
            },
            py::arg("pid"))
        .def(
            "mapping_uses",
            [](LabCore& self, std::uint32_t pid) {
                return ask(
                    self, pid, [](Process& process) { return record_uses(process.space()); },
                    [](const EndedProcess& ended) { return ended.uses(); });
            },
            py::arg("pid"), "What smaps tells of each of its mappings.")
        .def(
            "objects",
            [](LabCore& self, std::uint32_t pid) {
                return ask(
                    self, pid, [](Process& process) { return record_objects(process.space()); },
                    [](const EndedProcess& ended) { return ended.objects(); });
            },
            py::arg("pid"), "The objects that its mappings reach.")
        .def(
            "usage",
            [](LabCore& self, std::uint32_t pid) {
                return ask(
                    self, pid, [](Process& process) { return process.space().usage(); },
                    [](const EndedProcess& ended) { return ended.usage(); });
            },
            py::arg("pid"))
        .def("entries", &entries, py::arg("pid"))
        .def("walk", &walk, py::arg("pid"), py::arg("address"))
        .def("read", &read_memory, py::arg("pid"), py::arg("address"), py::arg("size"))
        .def("write", &write_memory, py::arg("pid"), py::arg("address"), py::arg("bytes"));
}

}  // namespace vmlab
