// SPDX-License-Identifier: GPL-2.0-only
// FileRecord: a file of the guest's as a value, for the view lab.files.
#pragma once

#include <pybind11/pybind11.h>

#include <optional>
#include <string>
#include <vector>

#include "bindings/lab_core.hpp"
#include "kernel/files/ram_filesystem.hpp"

namespace vmlab {

struct FileRecord {
    std::string path;  ///< absolute; bytes, as a guest may name files as it likes
    FileStatus status;
    std::string target;  ///< of a symbolic link
};

/// The root directory and all below it, each directory before what it holds, names in the order of their bytes.
[[nodiscard]] std::vector<FileRecord> record_files(const RamFilesystem& files);

/// What Python does with the guest's files: adds one, lists them, reads one.
void register_files(pybind11::module_& module, pybind11::class_<LabCore>& lab);

}  // namespace vmlab
