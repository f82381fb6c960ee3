// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/program_file.hpp"

namespace vmlab {

Result<Ref<RegularFile>, StartFailure> find_program_file(const RamFilesystem& filesystem, std::string_view directory,
                                                         const std::string& path) {
    const auto inode = filesystem.find(directory, path, FollowLinks::Yes);
    if (!inode) {
        return Failure(StartFailure{StartFailure::Why::File, "there is no file " + path, inode.error()});
    }
    RegularFile* const file = as_regular_file(inode.value().get());
    if (file == nullptr) {
        return Failure(StartFailure{StartFailure::Why::BadProgram, path + " is no regular file", {}});
    }
    return Ref<RegularFile>(file);
}

}  // namespace vmlab
