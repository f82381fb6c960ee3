// SPDX-License-Identifier: GPL-2.0-only
// An ABI of the user's own in Python: its description, and what its handlers may do for a process.
#include <pybind11/native_enum.h>
#include <pybind11/stl.h>

#include <variant>

#include "abi/own/description.hpp"
#include "bindings/bytes.hpp"
#include "bindings/python_abi.hpp"
#include "bindings/register.hpp"

namespace py = pybind11;

namespace vmlab {

namespace {

std::optional<py::bytes> as_bytes(const std::optional<std::string>& content) {
    return content ? std::optional<py::bytes>(*content) : std::nullopt;
}

std::optional<VmError> error_of(const Result<Done, VmError>& result) {
    return result ? std::nullopt : std::optional(result.error());
}

std::variant<std::uint32_t, VmError> map(CallerDoor& door, std::uint64_t bytes, std::uint32_t rights,
                                         std::optional<std::uint32_t> address) {
    const auto place = address ? std::optional(VirtAddr(*address)) : std::nullopt;
    const auto mapped = door->map(place, bytes, Protection{rights});
    if (!mapped) {
        return mapped.error();
    }
    return mapped.value().value;
}

/// pid, whether it lives, its status, and the signal that ended it.
using ChildRecord = std::tuple<std::uint32_t, bool, std::int32_t, std::uint32_t>;

std::vector<ChildRecord> children(CallerDoor& door) {
    std::vector<ChildRecord> records;
    for (const Process* child : door->kernel().children_of(door->process())) {
        if (!child->reaped()) {
            records.emplace_back(child->pid(), child->alive(), static_cast<std::int32_t>(child->exit_status()),
                                 static_cast<std::uint32_t>(child->exit_signal()));
        }
    }
    return records;
}

void register_description(py::module_& module) {
    using NumberPlace = AbiDescription::NumberPlace;
    using Register = AbiDescription::ArgumentRegister;
    py::native_enum<NumberPlace>(module, "NumberPlace", "enum.Enum", "Where a call's number is.")
        .value("EAX", NumberPlace::Eax)
        .value("STACK", NumberPlace::Stack)
        .finalize();
    py::native_enum<Register>(module, "ArgumentRegister", "enum.Enum", "Where a call's argument may be.")
        .value("EBX", Register::Ebx)
        .value("ECX", Register::Ecx)
        .value("EDX", Register::Edx)
        .value("ESI", Register::Esi)
        .value("EDI", Register::Edi)
        .value("EBP", Register::Ebp)
        .finalize();
    py::class_<AbiDescription::Call>(module, "OwnCall", "One system call of an ABI of the user's own.")
        .def(py::init<std::uint32_t, std::string, std::string>(), py::arg("number"), py::arg("name"),
             py::arg("arguments"));
    py::class_<AbiDescription>(module, "AbiDescription", "What an ABI of the user's own says of itself.")
        .def(py::init([](std::string name, std::string profile, std::uint8_t vector, NumberPlace number,
                         std::optional<std::vector<Register>> arguments, std::uint32_t bad_address,
                         std::uint32_t lowest, std::uint32_t kernel_window, std::uint32_t stack_top,
                         std::uint32_t stack_bytes, std::vector<AbiDescription::Call> calls) {
                 return AbiDescription{.name = std::move(name),
                                       .profile = std::move(profile),
                                       .syscall_vector = vector,
                                       .number = number,
                                       .arguments = std::move(arguments),
                                       .bad_address = bad_address,
                                       .lowest = VirtAddr(lowest),
                                       .kernel_window = VirtAddr(kernel_window),
                                       .stack_top = VirtAddr(stack_top),
                                       .stack_bytes = stack_bytes,
                                       .calls = std::move(calls)};
             }),
             py::arg("name"), py::arg("profile"), py::arg("syscall_vector"), py::arg("number"), py::arg("arguments"),
             py::arg("bad_address"), py::arg("lowest"), py::arg("kernel_window"), py::arg("stack_top"),
             py::arg("stack_bytes"), py::arg("calls"));
}

void register_looks(py::class_<CallerDoor, std::shared_ptr<CallerDoor>>& door) {
    door.def_property_readonly("pid", [](CallerDoor& self) { return self->process().pid(); })
        .def_property_readonly("name", [](CallerDoor& self) { return self->process().name(); })
        .def_property_readonly("parent", [](CallerDoor& self) { return self->process().parent(); })
        .def_property_readonly("resumed", [](CallerDoor& self) { return self->process().resumed; })
        .def_property_readonly("registers", [](CallerDoor& self) { return self->process().registers(); })
        .def_property_readonly("children", &children)
        .def_property_readonly("heap_start",
                               [](CallerDoor& self) { return self->process().space().heap_start().value; })
        .def_property_readonly("heap_end", [](CallerDoor& self) { return self->process().space().heap_end().value; })
        .def_property_readonly("now", [](CallerDoor& self) { return self->kernel().now(); });
}

// In the journal each of these is a step of the same name with the same arguments.
void register_memory_steps(py::class_<CallerDoor, std::shared_ptr<CallerDoor>>& door) {
    door.def(
            "read",
            [](CallerDoor& self, std::uint32_t address, std::uint32_t bytes) {
                return as_bytes(self->read(VirtAddr(address), bytes));
            },
            py::arg("address"), py::arg("bytes"))
        .def(
            "read_string",
            [](CallerDoor& self, std::uint32_t address, std::uint32_t limit) {
                return as_bytes(self->read_string(VirtAddr(address), limit));
            },
            py::arg("address"), py::arg("limit"))
        .def(
            "write",
            [](CallerDoor& self, std::uint32_t address, const py::bytes& bytes) {
                return self->write(VirtAddr(address), std::string_view(bytes));
            },
            py::arg("address"), py::arg("bytes"))
        .def(
            "set_heap_end",
            [](CallerDoor& self, std::uint32_t end) { return error_of(self->set_heap_end(VirtAddr(end))); },
            py::arg("end"))
        .def("map", &map, py::arg("bytes"), py::arg("rights"), py::arg("address") = py::none())
        .def(
            "unmap",
            [](CallerDoor& self, std::uint32_t start, std::uint64_t end) {
                return error_of(self->unmap({VirtAddr(start), end}));
            },
            py::arg("start"), py::arg("end"))
        .def(
            "protect",
            [](CallerDoor& self, std::uint32_t start, std::uint64_t end, std::uint32_t rights) {
                return error_of(self->protect({VirtAddr(start), end}, Protection{rights}));
            },
            py::arg("start"), py::arg("end"), py::arg("rights"));
}

void register_process_steps(py::class_<CallerDoor, std::shared_ptr<CallerDoor>>& door) {
    door.def(
            "print", [](CallerDoor& self, const py::bytes& text) { self->print(std::string_view(text)); },
            py::arg("text"))
        .def(
            "read_console", [](CallerDoor& self, std::uint32_t bytes) { return as_bytes(self->read_console(bytes)); },
            py::arg("bytes"))
        .def("fork", [](CallerDoor& self) { return self->fork(); })
        .def(
            "wake", [](CallerDoor& self, std::uint32_t pid) { return self->wake(pid); }, py::arg("pid"))
        .def(
            "reap", [](CallerDoor& self, std::uint32_t pid) { return self->reap(pid); }, py::arg("pid"))
        .def("give_up_slice", [](CallerDoor& self) { self->give_up_slice(); })
        .def(
            "exit", [](CallerDoor& self, std::uint32_t status) { self->exit(status); }, py::arg("status"))
        .def("kill", [](CallerDoor& self) { self->kill(); })
        .def("wait", [](CallerDoor& self) { self->wait(); })
        .def("wait_for_child", [](CallerDoor& self) { self->wait_for_child(); })
        .def("wait_for_console", [](CallerDoor& self) { self->wait_for_console(); })
        .def("sleep_until", [](CallerDoor& self, std::uint64_t time) { self->sleep_until(time); }, py::arg("time"));
}

}  // namespace

void register_own_abi(py::module_& module) {
    register_description(module);
    py::class_<CallerDoor, std::shared_ptr<CallerDoor>> door(
        module, "CallerDoor",
        "What an ABI of the user's own may do for a process in a trap, until its handler returns.");
    register_looks(door);
    register_memory_steps(door);
    register_process_steps(door);
}

}  // namespace vmlab
