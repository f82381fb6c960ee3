// SPDX-License-Identifier: GPL-2.0-only
// RamFilesystem: the guest's files, in memory; a regular file's bytes live in its VmObject's pages.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/ref.hpp"
#include "base/result.hpp"
#include "kernel/files/inode.hpp"
#include "kernel/files/open_file.hpp"
#include "kernel/files/open_inode.hpp"
#include "vm/virtual_memory.hpp"

namespace vmlab {

enum class CreateFile : std::uint8_t { No, IfAbsent, MustBeNew };
enum class TruncateFile : std::uint8_t { No, Yes };
enum class FollowLinks : std::uint8_t { Yes, NotTheLast };

struct OpenRequest {
    OpenMode mode = OpenMode::Read;
    CreateFile create = CreateFile::No;
    TruncateFile truncate = TruncateFile::No;
    AppendMode append = AppendMode::No;
    FollowLinks follow = FollowLinks::Yes;
    enum class Kind : std::uint8_t { Any, DirectoryOnly } kind = Kind::Any;
    std::uint32_t permissions = 0644;
};

/// Owner: the Kernel. Paths are absolute, or relative to `directory`, which is an absolute path.
/// Holds /dev/null, /dev/zero, /dev/tty and /tmp from the start. The guest is its superuser: nothing is forbidden.
class RamFilesystem {
public:
    static constexpr std::size_t NAME_LIMIT = 255;

    explicit RamFilesystem(VirtualMemory& vm);
    RamFilesystem(const RamFilesystem&) = delete;
    RamFilesystem& operator=(const RamFilesystem&) = delete;
    ~RamFilesystem();

    /// Puts a file there with this content, making the directories above it; one that is there gives way.
    [[nodiscard]] Result<Done, FileError> add_file(std::string_view path, std::string content,
                                                   std::uint32_t permissions);
    /// Adds the node /dev/fb0 for a device's frames.
    void add_frame_buffer(Ref<VmObject> object);
    [[nodiscard]] Result<Ref<OpenFile>, FileError> open(std::string_view directory, std::string_view path,
                                                        const OpenRequest& request);
    [[nodiscard]] Result<FileStatus, FileError> status(std::string_view directory, std::string_view path,
                                                       FollowLinks follow) const;
    /// Fails with Invalid when it is no symbolic link.
    [[nodiscard]] Result<std::string, FileError> read_link(std::string_view directory, std::string_view path) const;
    /// The absolute path of a directory, without links and dots.
    [[nodiscard]] Result<std::string, FileError> directory_path(std::string_view directory,
                                                                std::string_view path) const;
    [[nodiscard]] Result<Done, FileError> make_directory(std::string_view directory, std::string_view path,
                                                         std::uint32_t permissions);
    [[nodiscard]] Result<Done, FileError> make_symbolic_link(std::string_view target, std::string_view directory,
                                                             std::string_view path);
    /// Fails with IsDirectory on a directory.
    [[nodiscard]] Result<Done, FileError> unlink(std::string_view directory, std::string_view path);
    [[nodiscard]] Result<Done, FileError> remove_directory(std::string_view directory, std::string_view path);
    /// What has the new name gives way, as rename(2) says.
    [[nodiscard]] Result<Done, FileError> rename(std::string_view from_directory, std::string_view from,
                                                 std::string_view to_directory, std::string_view to);

    /// The object with a regular file's pages, for the loader.
    [[nodiscard]] Result<Ref<VmObject>, FileError> object_of(std::string_view path) const;

    /// The simulated time that new modification times carry.
    void set_clock(FileClock now) { now_ = std::move(now); }

private:
    /// Where a path leads: its last name in a directory, and what stands there, if anything.
    struct Place {
        Ref<Directory> directory;
        std::string name;  ///< "" when the path ends in a directory by itself: "/", ".", ".."
        Ref<Inode> inode;
        enum class Ending : std::uint8_t { Plain, Slash } ending = Ending::Plain;
    };
    class Walk;
    [[nodiscard]] Result<Place, FileError> walk(std::string_view directory, std::string_view path,
                                                FollowLinks follow) const;
    /// The same for a name that is to be made, which must be free.
    [[nodiscard]] Result<Place, FileError> walk_to_free_name(std::string_view directory, std::string_view path) const;
    [[nodiscard]] Result<Ref<Inode>, FileError> find(std::string_view directory, std::string_view path,
                                                     FollowLinks follow) const;
    [[nodiscard]] Result<Ref<OpenFile>, FileError> open_place(const Place& place, const OpenRequest& request);
    [[nodiscard]] Result<Ref<OpenFile>, FileError> open_existing(const Place& place, const OpenRequest& request);
    [[nodiscard]] Result<Done, FileError> replace(const Place& source, const Place& target);
    void add_entry(const Place& place, Ref<Inode> inode);
    void remove_entry(const Place& place);
    void add_directory(const Place& place, std::uint32_t permissions);

    VirtualMemory& vm_;
    Ref<Directory> root_;
    std::uint64_t next_inode_ = 2;
    FileClock now_ = [] { return std::uint64_t{0}; };
};

}  // namespace vmlab
