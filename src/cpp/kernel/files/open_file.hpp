// SPDX-License-Identifier: GPL-2.0-only
// OpenFile: what a descriptor refers to: a file with a position, a console stream, a device.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ref.hpp"
#include "base/result.hpp"
#include "kernel/files/wait_channel.hpp"
#include "vm/vm_object.hpp"

namespace vmlab {

/// Why a file operation failed; the abi turns it into its own number.
enum class FileError : std::uint8_t {
    NotFound,
    NotDirectory,
    IsDirectory,
    Exists,
    NotEmpty,
    BadDescriptor,
    TooManyOpen,
    Invalid,
    NotSeekable,
    TooBig,
    NoMemory,
    TooManyLinks,
    NameTooLong,
    NoDevice,
    InputOutput,      ///< the disk failed
    BadAddress,       ///< the memory to copy from or to is not there
    WouldBlock,       ///< nothing can be done before somebody else does something
    BrokenPipe,       ///< nobody can ever read what is written
    NoSpace,          ///< the device is full
    Busy,             ///< it is in use
    NotPermitted,     ///< not even to the superuser
    TextBusy,         ///< it is executed, or written to
    OtherFilesystem,  ///< a name there cannot stand for a file here
    PastLimit,        ///< the process may not make files as large
    NotExecutable,    ///< no regular file, or one without the right to execute it
    NotSupported,     ///< this filesystem cannot do it
    NotConnected,     ///< the socket has nobody at its other end
    Connected,        ///< and here it has
    Refused,          ///< nobody listens there
    Reset,            ///< who was there has gone, and did not read all
    AddressInUse,     ///< another socket has the name
    OtherKind,        ///< the socket there is of another kind
    MessageTooLong,   ///< more than goes into one
    Unheard,          ///< as BrokenPipe, but nobody is sent a signal for it
};

/// Nothing: there is no file behind it at all, only what is open.
enum class FileType : std::uint8_t { Regular, Directory, SymbolicLink, CharacterDevice, Pipe, Socket, Nothing };

/// What stat(2) tells, in no ABI's layout.
struct FileStatus {
    FileType type = FileType::Regular;
    std::uint32_t permissions = 0644;
    std::uint64_t inode = 0;
    std::uint32_t links = 1;
    std::uint64_t size = 0;
    std::uint32_t device = 0;  ///< of a CharacterDevice: major << 8 | minor
    std::uint32_t user = 0;
    std::uint32_t group = 0;
    std::int64_t accessed = 0;  ///< simulated times
    std::int64_t modified = 0;
    std::int64_t changed = 0;
};

/// One name in a directory.
struct DirectoryEntry {
    std::string name;
    std::uint64_t inode = 0;
    FileType type = FileType::Regular;
    std::uint64_t next_position = 0;  ///< where the entry after it is found
};

/// Data and Hole: the next byte of the file, and the end of what it holds.
enum class SeekFrom : std::uint8_t { Start, Current, End, Data, Hole };
/// Place: only to name the file and what is below it; what is in it is out of reach. Elsewhere: O_PATH (Linux).
enum class OpenMode : std::uint8_t { Read, Write, ReadWrite, Place };
enum class AppendMode : std::uint8_t { No, Yes };
/// Whether who can do nothing waits, or is told so.
enum class BlockMode : std::uint8_t { Wait, Refuse };

/// When a program's file is kept from being written while it is executed: who opens it to write is refused, and nobody
/// executes what such a one has open; or it may be opened, and writing to it is refused for as long; or neither is.
enum class DenyWrite : std::uint8_t { AtOpen, AtWrite, Never };

/// What of a file need not be waited for.
struct Readiness {
    bool input = true;
    bool output = true;
    bool hangup = false;   ///< who wrote has gone
    bool error = false;    ///< who read has gone
    bool closing = false;  ///< who writes writes no more
    /// How a personality that has several words for one thing calls input and output.
    enum class Words : std::uint8_t { Usual, Bare, Socket } words = Words::Usual;
};
enum class Direction : std::uint8_t { Input, Output };

/// Where read() puts bytes: a system call's user memory.
class ByteSink {
public:
    virtual ~ByteSink() = default;
    /// How many it took, from the first on: fewer than offered when the memory behind it ends.
    [[nodiscard]] virtual std::uint32_t put(std::span<const std::byte> bytes) = 0;
};

/// Where write() gets bytes.
class ByteSource {
public:
    virtual ~ByteSource() = default;
    /// How many it gave: fewer than asked when the memory behind it ends.
    [[nodiscard]] virtual std::uint32_t get(std::span<std::byte> bytes) = 0;
};

/// Who hears what is news of a file, and of its end.
/// Elsewhere: wait_queue_entry_t with a function of its own (Linux), knote (BSD).
class FileWatcher {
public:
    virtual ~FileWatcher() = default;
    /// What of it may be otherwise than before; with WakeWho::All it may be anything.
    virtual void noticed(WaitChannel::What what, WakeWho who) = 0;
    /// Nobody has it open any more. Ends the watch.
    virtual void closed() = 0;
};

using FileCount = Result<std::uint32_t, FileError>;

class Inode;
class Terminal;

/// Elsewhere: struct file (Linux, xv6).
/// Owner: counted by the descriptors that refer to it; after dup they share the position.
class OpenFile : public RefCounted {
public:
    OpenFile(OpenMode mode, AppendMode append);
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile() override;

    [[nodiscard]] OpenMode mode() const { return mode_; }
    [[nodiscard]] bool readable() const { return mode_ == OpenMode::Read || mode_ == OpenMode::ReadWrite; }
    [[nodiscard]] bool writable() const { return mode_ == OpenMode::Write || mode_ == OpenMode::ReadWrite; }
    [[nodiscard]] AppendMode append() const { return append_; }
    void set_append(AppendMode append) { append_ = append; }
    [[nodiscard]] BlockMode block_mode() const { return block_mode_; }
    void set_block_mode(BlockMode mode) { block_mode_ = mode; }
    /// What else the personality keeps of the way it was opened, as a word of its own.
    std::uint32_t open_flags = 0;

    /// It has a lock of its own on the file, on all or a part of it, until it is closed for good.
    void note_own_lock(Ref<Inode> inode);
    /// The watcher is told when it is closed. Requires: it lasts until then, or remove_watcher().
    void add_watcher(FileWatcher& watcher) { watchers_.push_back(&watcher); }
    void remove_watcher(const FileWatcher& watcher) { std::erase(watchers_, &watcher); }

    /// Reads at the position and advances it; 0 at the end. Fails with BadAddress when the sink took nothing, with
    /// WouldBlock whatever the mode.
    /// Requires: readable().
    [[nodiscard]] virtual FileCount read(ByteSink& to, std::uint32_t count) = 0;
    /// Requires: writable().
    [[nodiscard]] virtual FileCount write(ByteSource& from, std::uint32_t count) = 0;
    /// The same at a place of their own; the position stays.
    [[nodiscard]] virtual FileCount read_at(ByteSink& to, std::uint32_t count, std::uint64_t position);
    [[nodiscard]] virtual FileCount write_at(ByteSource& from, std::uint32_t count, std::uint64_t position);
    [[nodiscard]] virtual Result<std::uint64_t, FileError> seek(std::int64_t offset, SeekFrom from);
    /// Cuts or grows the file.
    [[nodiscard]] virtual Result<Done, FileError> resize(std::uint64_t bytes);
    /// The directory's entry at the position, which seek() moves; nothing at the end.
    [[nodiscard]] virtual Result<std::optional<DirectoryEntry>, FileError> entry() const;

    [[nodiscard]] virtual Readiness readiness() const { return {}; }
    /// Where a process waits for it to be ready; nothing where it always is.
    [[nodiscard]] virtual std::optional<WaitChannel> wait_channel(Direction) const { return std::nullopt; }
    /// Where a process waits until it is open at all, as a FIFO is once both ends are; nothing when it is.
    [[nodiscard]] virtual std::optional<WaitChannel> opening() const { return std::nullopt; }
    /// How many bytes could be read at once; nothing where that cannot be asked.
    [[nodiscard]] virtual std::optional<std::uint64_t> unread_bytes() const { return std::nullopt; }

    /// Where it is one; null otherwise. Valid while this is.
    [[nodiscard]] virtual Terminal* terminal() const { return nullptr; }
    /// The file itself; null where there is none. Valid while this is.
    [[nodiscard]] virtual Inode* inode() const { return nullptr; }
    [[nodiscard]] virtual FileStatus status() const = 0;
    /// The object whose pages mmap() shows; empty where the file cannot be mapped.
    [[nodiscard]] virtual Ref<VmObject> object() const { return nullptr; }
    /// Whether mmap() of it gives fresh zeroed memory, as /dev/zero does.
    [[nodiscard]] virtual bool maps_zeros() const { return false; }
    /// The path it was opened by, for /proc and maps.
    [[nodiscard]] virtual std::string path() const = 0;

protected:
    /// Tells the watchers that it is closed, which its end does otherwise.
    void end_watches();

private:
    OpenMode mode_;
    AppendMode append_;
    BlockMode block_mode_ = BlockMode::Wait;
    Ref<Inode> locked_;  ///< the file on which it has locks of its own
    std::vector<FileWatcher*> watchers_;
};

/// An open file with a position: reads and writes there what read_at() and write_at() do anywhere.
class PositionedFile : public OpenFile {
public:
    using OpenFile::OpenFile;

    FileCount read(ByteSink& to, std::uint32_t count) final;
    FileCount write(ByteSource& from, std::uint32_t count) final;
    Result<std::uint64_t, FileError> seek(std::int64_t offset, SeekFrom from) final;

protected:
    [[nodiscard]] std::uint64_t position() const { return position_; }
    [[nodiscard]] std::uint64_t bytes_from_position() const { return size() - std::min(size(), position_); }
    /// Where its end is, for seek().
    [[nodiscard]] virtual std::uint64_t size() const = 0;
    /// Where a write begins that is meant for this place.
    [[nodiscard]] virtual std::uint64_t write_place(std::uint64_t position) const { return position; }

private:
    std::uint64_t position_ = 0;
};

/// The new position of a seek in a file of `size` bytes that stands at `position`.
[[nodiscard]] Result<std::uint64_t, FileError> seek_target(std::uint64_t position, std::uint64_t size,
                                                           std::int64_t offset, SeekFrom from);

}  // namespace vmlab
