// SPDX-License-Identifier: GPL-2.0-only
#include <pybind11/native_enum.h>
#include <pybind11/stl.h>

#include "bindings/bytes.hpp"
#include "bindings/file_records.hpp"
#include "bindings/object_records.hpp"

namespace py = pybind11;

namespace vmlab {

namespace {

void record_below(const Ref<Inode>& inode, const std::string& path, std::vector<FileRecord>& records) {
    if (inode->is_made()) {
        return;  // /proc is what the lab itself tells
    }
    const bool is_link = inode->type() == FileType::SymbolicLink;
    records.push_back({path.empty() ? "/" : path, inode->status(),
                       is_link ? static_cast<const SymbolicLink&>(*inode).target() : std::string()});
    if (is_directory(inode)) {
        const auto directory = as_directory(inode);
        for (const std::string& name : directory->names()) {
            record_below(directory->find(name), path + "/" + name, records);
        }
    }
}

Ref<VmObject> object_of(LabCore& lab, const std::string& path) {
    auto object = lab.look().filesystem().object_of(path);
    if (!object) {
        throw py::key_error(path);
    }
    return std::move(object).take();
}

}  // namespace

std::vector<FileRecord> record_files(const RamFilesystem& files) {
    std::vector<FileRecord> records;
    record_below(files.find("/", "/", FollowLinks::Yes).value(), "", records);
    return records;
}

void register_files(py::module_& module, py::class_<LabCore>& lab) {
    py::native_enum<FileType>(module, "FileType", "enum.Enum", "What kind of file it is.")
        .value("file", FileType::Regular)
        .value("directory", FileType::Directory)
        .value("link", FileType::SymbolicLink)
        .value("device", FileType::CharacterDevice)
        .value("fifo", FileType::Pipe)
        .value("socket", FileType::Socket)
        .finalize();
    py::class_<FileRecord>(module, "FileRecord", "A file of the guest's.")
        .def_property_readonly("path", [](const FileRecord& self) { return py::bytes(self.path); })
        .def_property_readonly("kind", [](const FileRecord& self) { return self.status.type; })
        .def_property_readonly("permissions", [](const FileRecord& self) { return self.status.permissions; })
        .def_property_readonly("inode", [](const FileRecord& self) { return self.status.inode; })
        .def_property_readonly("links", [](const FileRecord& self) { return self.status.links; })
        .def_property_readonly("size", [](const FileRecord& self) { return self.status.size; })
        .def_property_readonly("modified", [](const FileRecord& self) { return self.status.modified; })
        .def_property_readonly("target", [](const FileRecord& self) { return py::bytes(self.target); });
    lab.def(
           "add_file",
           [](LabCore& self, const std::string& path, const py::bytes& bytes, std::uint32_t permissions) {
               static_cast<void>(value_or_raise(self.change().add_file(path, bytes, permissions)));
           },
           py::arg("path"), py::arg("bytes"), py::arg("permissions"))
        .def(
            "add_directory",
            [](LabCore& self, const std::string& path, std::uint32_t permissions) {
                static_cast<void>(value_or_raise(self.change().add_directory(path, permissions)));
            },
            py::arg("path"), py::arg("permissions"))
        .def(
            "add_link",
            [](LabCore& self, const std::string& path, const std::string& target) {
                static_cast<void>(value_or_raise(self.change().add_link(path, target)));
            },
            py::arg("path"), py::arg("target"))
        .def_property_readonly("knows_links", [](LabCore& self) { return self.look().personality().knows_links(); })
        .def("file_records", [](LabCore& self) { return record_files(self.look().filesystem()); })
        .def(
            "file_bytes",
            [](LabCore& self, const py::bytes& path) { return all_bytes(*object_of(self, std::string(path))); },
            py::arg("path"));
}

}  // namespace vmlab
