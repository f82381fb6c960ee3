// SPDX-License-Identifier: GPL-2.0-only
// The room trace in Python: the schema of events, the log, the journal.
#include <pybind11/native_enum.h>
#include <pybind11/stl.h>

#include "bindings/bytes.hpp"
#include "bindings/register.hpp"
#include "trace/journal.hpp"
#include "trace/tracer.hpp"

namespace py = pybind11;

namespace vmlab {

namespace {

template <typename T>
std::vector<T> to_vector(std::span<const T> items) {
    return {items.begin(), items.end()};
}

/// One record as it lies in the log: header, then fields.
py::bytes record_bytes(const EventView& event) {
    std::string bytes(sizeof event.header + event.fields.size_bytes(), '\0');
    std::memcpy(bytes.data(), &event.header, sizeof event.header);
    std::memcpy(bytes.data() + sizeof event.header, event.fields.data(), event.fields.size_bytes());
    return bytes;
}

/// The records of one kind as rows of equal size: index (64 bits), then the record.
py::bytes rows_of_kind(const Tracer& tracer, EventKind kind) {
    std::string rows;
    for (const std::uint64_t index : tracer.of_kind(kind)) {
        const EventView event = tracer.at(index);
        rows.append(reinterpret_cast<const char*>(&index), sizeof index);
        rows.append(reinterpret_cast<const char*>(&event.header), sizeof event.header);
        rows.append(reinterpret_cast<const char*>(event.fields.data()), event.fields.size_bytes());
    }
    return rows;
}

EventView view_at(const Tracer& tracer, std::uint64_t index) {
    if (index >= tracer.count()) {
        throw py::index_error("the log has no record with this index");
    }
    return tracer.at(index);
}

EventKind kind_of(std::size_t kind) {
    if (kind >= EVENT_KINDS) {
        throw py::index_error("there is no such kind of event");
    }
    return static_cast<EventKind>(kind);
}

void register_schema(py::module_& module) {
    py::native_enum<FieldType>(module, "FieldType", "enum.Enum", "How a field of an event is shown.")
        .value("NUMBER", FieldType::Number)
        .value("SIGNED", FieldType::Signed)
        .value("ADDRESS", FieldType::Address)
        .value("HEX", FieldType::Hex)
        .value("ENUM", FieldType::Enum)
        .finalize();
    py::class_<FieldSchema>(module, "FieldSchema", "One field of an event.")
        .def_readonly("name", &FieldSchema::name)
        .def_readonly("doc", &FieldSchema::doc)
        .def_readonly("type", &FieldSchema::type)
        .def_readonly("enum_name", &FieldSchema::enum_name);
    py::class_<EventSchema>(module, "EventSchema", "One kind of event.")
        .def_readonly("name", &EventSchema::name)
        .def_readonly("doc", &EventSchema::doc)
        .def_property_readonly("fields", [](const EventSchema& event) { return to_vector(event.fields); });
    py::class_<EnumValueSchema>(module, "EnumValueSchema", "One word of a vocabulary.")
        .def_readonly("name", &EnumValueSchema::name)
        .def_readonly("doc", &EnumValueSchema::doc);
    py::class_<EnumSchema>(module, "EnumSchema", "One vocabulary that fields of events speak in.")
        .def_readonly("name", &EnumSchema::name)
        .def_readonly("doc", &EnumSchema::doc)
        .def_property_readonly("values", [](const EnumSchema& words) { return to_vector(words.values); });
    module.def("event_schema", [] { return to_vector(event_schema()); }, "The kinds of events, in the log's order.");
    module.def("enum_schema", [] { return to_vector(enum_schema()); }, "The vocabularies of their fields.");
}

void register_tracer(py::module_& module) {
    py::class_<Tracer, std::shared_ptr<Tracer>>(module, "Tracer", "The event log of one Lab, append-only.")
        .def("count", &Tracer::count, "How many records there are.")
        .def(
            "record", [](const Tracer& tracer, std::uint64_t index) { return record_bytes(view_at(tracer, index)); },
            py::arg("index"), "One record's bytes: header, then fields.")
        .def(
            "of_kind", [](const Tracer& tracer, std::size_t kind) { return tracer.of_kind(kind_of(kind)); },
            py::arg("kind"), "The indices of the records of one kind, in order.")
        .def(
            "rows", [](const Tracer& tracer, std::size_t kind) { return rows_of_kind(tracer, kind_of(kind)); },
            py::arg("kind"), "The records of one kind, each as its index and its bytes.")
        .def("to_bytes", [](const Tracer& tracer) { return to_python(tracer.to_bytes()); }, "All records.");
}

void register_journal(py::module_& module) {
    py::native_enum<InputKind>(module, "InputKind", "enum.Enum", "What came into a Lab from outside.")
        .value("CONFIGURE", InputKind::Configure)
        .value("FILE", InputKind::File)
        .value("SPAWN", InputKind::Spawn)
        .value("RUN", InputKind::Run)
        .value("HANDLER_ALLOCATE", InputKind::HandlerAllocate)
        .value("HANDLER_MAP", InputKind::HandlerMap)
        .value("HANDLER_ANSWER", InputKind::HandlerAnswer)
        .value("WRITE_MEMORY", InputKind::WriteMemory)
        .value("WRITE_REGISTERS", InputKind::WriteRegisters)
        .value("KNOB", InputKind::Knob)
        .value("HANDLER_WRITE", InputKind::HandlerWrite)
        .value("LOG_HASH", InputKind::LogHash)
        .value("POLICY_VICTIM", InputKind::PolicyVictim)
        .value("POLICY_TICK", InputKind::PolicyTick)
        .value("POLICY_RAISED", InputKind::PolicyRaised)
        .value("TYPE", InputKind::Type)
        .value("OWN_ABI_STEP", InputKind::OwnAbiStep)
        .value("OWN_ABI_ANSWER", InputKind::OwnAbiAnswer)
        .value("DISK", InputKind::Disk)
        .value("DIRECTORY", InputKind::Directory)
        .value("LINK", InputKind::Link)
        .finalize();
    py::class_<Input>(module, "Input", "One input in a journal.")
        .def_readonly("kind", &Input::kind)
        .def_readonly("numbers", &Input::numbers)
        .def_property_readonly("texts", [](const Input& input) {
            std::vector<py::bytes> texts(input.texts.begin(), input.texts.end());
            return texts;
        });
    module.def(
        "read_journal",
        [](const py::bytes& bytes) {
            return to_vector(value_or_raise(Journal::from_bytes(std::string_view(bytes))).inputs());
        },
        py::arg("bytes"), "The inputs in a saved journal; a ValueError says what is wrong with the bytes.");
}

}  // namespace

void register_trace(py::module_& module) {
    register_schema(module);
    register_tracer(module);
    register_journal(module);
}

}  // namespace vmlab
