// SPDX-License-Identifier: GPL-2.0-only
// DescriptorTable: a process's small numbers for its open files.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel/files/open_file.hpp"

namespace vmlab {

/// Owner: its Process. The lowest free number is handed out first.
class DescriptorTable {
public:
    static constexpr std::uint32_t LIMIT = 1024;

    [[nodiscard]] Result<std::uint32_t, FileError> install(Ref<OpenFile> file, std::uint32_t lowest = 0);
    /// Puts a file at a number, closing what was there.
    [[nodiscard]] Result<Done, FileError> install_at(Ref<OpenFile> file, std::uint32_t descriptor);
    [[nodiscard]] Result<Ref<OpenFile>, FileError> get(std::uint32_t descriptor) const;
    [[nodiscard]] Result<Done, FileError> close(std::uint32_t descriptor);
    void close_all() { files_.clear(); }

private:
    std::vector<Ref<OpenFile>> files_;
};

}  // namespace vmlab
