// SPDX-License-Identifier: GPL-2.0-only
// RamFilesystem: the guest's files, in memory; a regular file's bytes live in its VmObject's pages.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ref.hpp"
#include "base/result.hpp"
#include "kernel/files/executed_file.hpp"
#include "kernel/files/inode.hpp"
#include "kernel/files/open_file.hpp"
#include "kernel/files/open_inode.hpp"
#include "kernel/files/pipe.hpp"
#include "kernel/files/socket_list.hpp"
#include "kernel/files/terminal.hpp"
#include "kernel/files/timer_file.hpp"
#include "kernel/files/watch_list.hpp"
#include "vm/virtual_memory.hpp"

namespace vmlab {

enum class CreateFile : std::uint8_t { No, IfAbsent, MustBeNew };
enum class TruncateFile : std::uint8_t { No, Yes };
enum class FollowLinks : std::uint8_t {
    Yes,
    NotTheLast,  ///< but a slash behind it asks for what it leads to
    NotTheName   ///< the last name itself counts, whatever is behind it: it is to be made, moved or removed
};

/// Whether what is executed must have the right for it, or this system's files have no rights.
enum class ExecuteRight : std::uint8_t { Needed, Unknown };

struct OpenRequest {
    OpenMode mode = OpenMode::Read;
    CreateFile create = CreateFile::No;
    TruncateFile truncate = TruncateFile::No;
    AppendMode append = AppendMode::No;
    FollowLinks follow = FollowLinks::Yes;
    enum class Kind : std::uint8_t { Any, DirectoryOnly } kind = Kind::Any;
    BlockMode block_mode = BlockMode::Wait;
    DenyWrite deny_write = DenyWrite::AtOpen;
    std::uint32_t permissions = 0644;
};

/// What a filesystem has from the start and how much it holds: a system's way with files.
struct FilesystemShape {
    /// Unix: /tmp, /dev with its devices, and /proc. Bare: nothing.
    enum class Tree : std::uint8_t { Unix, Bare } tree = Tree::Unix;
    std::string console = "/dev/console";  ///< the machine's console, in a bare tree anywhere; "": it has no name
    std::string programs = "/bin/";        ///< before the name of a program that the user starts
    std::uint32_t inodes = 0;      ///< files at most, and their numbers; 0: any, and each with a number of its own
    std::uint32_t pipe_bytes = 0;  ///< what a pipe holds; 0: 16 buffers of a page each
    Directory::Places places = Directory::Places::Behind;
};

/// What a rename does with what has the new name.
enum class RenameMode : std::uint8_t { Replace, KeepTarget, Exchange };

/// Owner: the Kernel. Paths are absolute, or relative to `directory`, which is an absolute path.
/// The guest is its superuser: nothing is forbidden.
class RamFilesystem {
public:
    static constexpr std::size_t NAME_LIMIT = 255;

    explicit RamFilesystem(VirtualMemory& vm, FilesystemShape shape = {});
    RamFilesystem(const RamFilesystem&) = delete;
    RamFilesystem& operator=(const RamFilesystem&) = delete;
    ~RamFilesystem();

    [[nodiscard]] const FilesystemShape& shape() const { return shape_; }
    /// Those that there are, if it holds so many at most; also what has no name any more and is still open.
    [[nodiscard]] std::vector<Inode*> inodes() const;
    /// Puts a file there with this content, making the directories above it; one that is there gives way.
    [[nodiscard]] Result<Done, FileError> add_file(std::string_view path, std::string content,
                                                   std::uint32_t permissions);
    /// The same of a directory; one that is there stays as it is.
    [[nodiscard]] Result<Done, FileError> add_directory(std::string_view path, std::uint32_t permissions);
    /// The same as add_file of a symbolic link.
    [[nodiscard]] Result<Done, FileError> add_link(std::string_view path, std::string_view target);
    /// Puts a directory that makes what is in it at "/name".
    void mount(const std::string& name, Ref<Directory> directory);
    /// Adds the node /dev/fb0 for a device's frames.
    void add_frame_buffer(Ref<VmObject> object);
    [[nodiscard]] Result<Ref<OpenFile>, FileError> open(std::string_view directory, std::string_view path,
                                                        const OpenRequest& request);
    /// Opens a regular file to execute it. Fails with NotExecutable, and with TextBusy while it is open for writing under
    /// DenyWrite::AtOpen.
    [[nodiscard]] Result<Ref<ExecutedFile>, FileError> open_to_execute(std::string_view directory,
                                                                       std::string_view path,
                                                                       ExecuteRight right = ExecuteRight::Needed,
                                                                       FollowLinks follow = FollowLinks::Yes) const;
    /// The same for a file that was found before.
    [[nodiscard]] static Result<Ref<ExecutedFile>, FileError> execute(const Ref<Inode>& inode, std::string path,
                                                                      ExecuteRight right = ExecuteRight::Needed);
    /// A pipe without a name, with both its ends: the one to read, the one to write.
    struct PipeEnds {
        Ref<OpenPipe> read;
        Ref<OpenPipe> write;
    };
    [[nodiscard]] PipeEnds make_pipe();
    /// One that is alone.
    [[nodiscard]] Ref<OpenSocket> make_socket(SocketKind kind);
    /// Names it by a path, which is a new file. Fails: AddressInUse.
    [[nodiscard]] Result<Done, FileError> bind(Socket& socket, std::string_view directory, const std::string& path,
                                               std::uint32_t permissions);
    [[nodiscard]] SocketList& sockets() { return sockets_; }
    /// For what is open and no file.
    [[nodiscard]] Ref<Inode> make_nothing();
    /// One that is not set.
    [[nodiscard]] Ref<TimerFile> make_timer() { return make_ref<TimerFile>(make_nothing(), timers_, now_, wake_); }
    [[nodiscard]] TimerFiles& timers() { return timers_; }
    /// A regular file without a name, open for reading and writing, which may be executed all the while.
    [[nodiscard]] Ref<OpenFile> make_unnamed_file(const std::string& path, std::uint32_t permissions);
    /// A regular file in this directory that has no name yet: it may get its first by link(), unless it must be new.
    /// Fails with NotSupported where the directory makes its files itself. Elsewhere: O_TMPFILE (Linux).
    [[nodiscard]] Result<Ref<OpenFile>, FileError> open_nameless(std::string_view directory, std::string_view path,
                                                                 const OpenRequest& request);
    /// What a path names, to look at it and to change what is kept about it.
    [[nodiscard]] Result<Ref<Inode>, FileError> find(std::string_view directory, std::string_view path,
                                                     FollowLinks follow) const;
    [[nodiscard]] Result<FileStatus, FileError> status(std::string_view directory, std::string_view path,
                                                       FollowLinks follow) const;
    /// Fails with Invalid when it is no symbolic link.
    [[nodiscard]] Result<std::string, FileError> read_link(std::string_view directory, std::string_view path) const;
    [[nodiscard]] Result<Ref<Directory>, FileError> find_directory(std::string_view directory,
                                                                   std::string_view path) const;
    [[nodiscard]] Result<Done, FileError> make_directory(std::string_view directory, std::string_view path,
                                                         std::uint32_t permissions);
    [[nodiscard]] Result<Done, FileError> make_symbolic_link(std::string_view target, std::string_view directory,
                                                             std::string_view path);
    /// An empty regular file, a FIFO, or a socket's node that no socket has.
    [[nodiscard]] Result<Done, FileError> make_node(FileType type, std::string_view directory, std::string_view path,
                                                    std::uint32_t permissions);
    [[nodiscard]] Result<Done, FileError> make_device(DeviceKind kind, std::string_view directory,
                                                      std::string_view path);
    /// Another name for a file. Fails with NotPermitted on a directory.
    [[nodiscard]] Result<Done, FileError> link(Ref<Inode> inode, std::string_view directory, std::string_view path);
    /// Fails with IsDirectory on a directory.
    [[nodiscard]] Result<Done, FileError> unlink(std::string_view directory, std::string_view path);
    [[nodiscard]] Result<Done, FileError> remove_directory(std::string_view directory, std::string_view path);
    /// Either, whichever it is.
    [[nodiscard]] Result<Done, FileError> remove(std::string_view directory, std::string_view path);
    /// As rename(2) says.
    [[nodiscard]] Result<Done, FileError> rename(std::string_view from_directory, std::string_view from,
                                                 std::string_view to_directory, std::string_view to,
                                                 RenameMode mode = RenameMode::Replace);

    /// The object with a regular file's pages, for the loader.
    [[nodiscard]] Result<Ref<VmObject>, FileError> object_of(std::string_view path) const;

    /// The simulated time that new modification times carry.
    void set_clock(FileClock now) { now_ = std::move(now); }
    [[nodiscard]] std::uint64_t now() const { return now_(); }
    void set_limit(FileLimit limit) { limit_ = std::move(limit); }
    /// Who wakes processes; watchers hear of it before.
    void set_waker(FileWaker wake);
    [[nodiscard]] const FileWaker& waker() const { return wake_; }
    [[nodiscard]] WatchList& watches() { return watches_; }
    void set_random(RandomBytes random) { random_ = std::move(random); }
    /// What stands behind /dev/console, and behind /dev/tty for the process that runs; null where it has none.
    using TerminalFinder = std::function<Ref<Terminal>(DeviceKind)>;
    void set_terminal(TerminalFinder terminal) { terminal_ = std::move(terminal); }

private:
    /// Where a path leads: its last name in a directory, and what stands there, if anything.
    struct Place {
        Ref<Directory> directory;
        std::string name;  ///< "" when the path ends in a directory by itself: "/", ".", ".."
        Ref<Inode> inode;
        enum class Ending : std::uint8_t { Plain, Slash } ending = Ending::Plain;
        enum class Last : std::uint8_t { Name, Root, Dot, DotDot } last = Last::Root;
        Ref<OpenFile> jumped{};  ///< what a link of /proc led to, where that is open
        std::string path{};      ///< and by which path; "" when no such link was the last
    };
    class Walk;
    [[nodiscard]] Result<Done, FileError> add_parents(std::string_view path);
    [[nodiscard]] Result<Place, FileError> walk(std::string_view directory, std::string_view path,
                                                FollowLinks follow) const;
    /// The same for a name that is to be made, which must be free.
    [[nodiscard]] Result<Place, FileError> walk_to_free_name(std::string_view directory, std::string_view path) const;
    [[nodiscard]] Result<Ref<OpenFile>, FileError> open_place(const Place& place, const OpenRequest& request);
    [[nodiscard]] Result<Ref<OpenFile>, FileError> open_existing(const Place& place, const OpenRequest& request);
    [[nodiscard]] Result<Ref<OpenFile>, FileError> open_device(const Ref<Device>& device, OpenMode mode,
                                                               const std::string& path) const;
    [[nodiscard]] Result<Ref<OpenFile>, FileError> open_fifo(const Ref<Pipe>& pipe, const OpenRequest& request,
                                                             const std::string& path) const;
    [[nodiscard]] static std::optional<FileError> forbids_rename(const Place& source, const Place& target,
                                                                 RenameMode mode);
    [[nodiscard]] Result<Done, FileError> remove_replaced(const Place& source, const Place& target);
    void move_entry(const Place& source, const Place& target);
    void exchange(const Place& one, const Place& other);
    /// Gives an inode the name that the place has.
    void enter(const Place& place, const Ref<Inode>& inode);
    /// For a new file.
    void add_entry(const Place& place, const Ref<Inode>& inode);
    void remove_entry(const Place& place);
    [[nodiscard]] Result<Done, FileError> add_directory(const Place& place, std::uint32_t permissions);
    void add_unix_tree();
    /// For a file that gets a name. Nothing when there are as many as there may be.
    [[nodiscard]] std::optional<std::uint64_t> take_number();

    VirtualMemory& vm_;
    FilesystemShape shape_;
    Ref<InodeNumbers> numbers_;  ///< null when there may be any number of files
    Ref<Directory> root_;
    std::uint64_t next_inode_;  ///< of those without one of numbers_
    FileClock now_ = [] { return std::uint64_t{0}; };
    FileLimit limit_ = [] { return ~std::uint64_t{0}; };
    FileWaker wake_ = [](const WaitChannel&, WakeWho) {};
    TerminalFinder terminal_ = [](DeviceKind) { return Ref<Terminal>(); };
    RandomBytes random_ = [](std::span<std::byte>) {};
    WatchList watches_;
    TimerFiles timers_;
    SocketList sockets_;
};

}  // namespace vmlab
