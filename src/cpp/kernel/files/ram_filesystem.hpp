// SPDX-License-Identifier: GPL-2.0-only
// RamFilesystem: the guest's files, in memory; a regular file's bytes live in its VmObject's pages.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/ref.hpp"
#include "base/result.hpp"
#include "kernel/files/open_file.hpp"
#include "vm/virtual_memory.hpp"

namespace vmlab {

class Inode;

enum class CreateFile : std::uint8_t { No, IfAbsent, MustBeNew };
enum class TruncateFile : std::uint8_t { No, Yes };
enum class FollowLinks : std::uint8_t { Yes, NotTheLast };
enum class AppendMode : std::uint8_t { No, Yes };

struct OpenRequest {
    OpenMode mode = OpenMode::Read;
    CreateFile create = CreateFile::No;
    TruncateFile truncate = TruncateFile::No;
    AppendMode append = AppendMode::No;
    enum class Kind : std::uint8_t { Any, DirectoryOnly } kind = Kind::Any;
    std::uint32_t permissions = 0644;
};

/// Owner: the Kernel. Paths are absolute, or relative to `directory`, which is an absolute path.
/// Holds /dev/null, /dev/zero, /dev/tty and /tmp from the start.
class RamFilesystem {
public:
    explicit RamFilesystem(VirtualMemory& vm);
    ~RamFilesystem();

    /// Puts a file there with this content, making the directories above it.
    [[nodiscard]] Result<Done, FileError> add_file(std::string_view path, std::string content,
                                                   std::uint32_t permissions);
    [[nodiscard]] Result<Ref<OpenFile>, FileError> open(std::string_view directory, std::string_view path,
                                                        const OpenRequest& request);
    [[nodiscard]] Result<FileStatus, FileError> status(std::string_view directory, std::string_view path,
                                                       FollowLinks follow) const;
    [[nodiscard]] Result<std::string, FileError> read_link(std::string_view directory, std::string_view path) const;
    [[nodiscard]] Result<Done, FileError> make_directory(std::string_view directory, std::string_view path,
                                                         std::uint32_t permissions);
    [[nodiscard]] Result<Done, FileError> unlink(std::string_view directory, std::string_view path);

    /// The object with a regular file's pages, for the loader.
    [[nodiscard]] Result<Ref<VmObject>, FileError> object_of(std::string_view path) const;

    /// The simulated time that new modification times carry.
    void set_clock(std::function<std::uint64_t()> now) { now_ = std::move(now); }

private:
    [[nodiscard]] Result<Ref<Inode>, FileError> find(std::string_view directory, std::string_view path,
                                                     FollowLinks follow) const;

    VirtualMemory& vm_;
    Ref<Inode> root_;
    std::uint64_t next_inode_ = 2;
    std::function<std::uint64_t()> now_;
};

}  // namespace vmlab
