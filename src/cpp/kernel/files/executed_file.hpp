// SPDX-License-Identifier: GPL-2.0-only
// ExecutedFile: a regular file that is executed, and that nobody may write to for so long.
#pragma once

#include <string>

#include "kernel/files/inode.hpp"

namespace vmlab {

/// Elsewhere: mm->exe_file with deny_write_access (Linux), VV_TEXT (FreeBSD).
/// Owner: counted by the processes that run it, and by who starts it.
class ExecutedFile : public RefCounted {
public:
    /// Requires: nobody writes to it.
    ExecutedFile(Ref<RegularFile> file, std::string path) : file_(std::move(file)), path_(std::move(path)) {
        file_->add_executer();
    }
    ExecutedFile(const ExecutedFile&) = delete;
    ExecutedFile& operator=(const ExecutedFile&) = delete;
    ~ExecutedFile() override { file_->remove_executer(); }

    [[nodiscard]] const Ref<VmObject>& object() const { return file_->object(); }
    [[nodiscard]] Ref<Inode> inode() const { return file_; }
    /// Absolute and without links, as it was when it was opened.
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    Ref<RegularFile> file_;
    std::string path_;
};

}  // namespace vmlab
