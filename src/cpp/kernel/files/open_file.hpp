// SPDX-License-Identifier: GPL-2.0-only
// OpenFile: what a descriptor refers to: a file with a position, a console stream, a device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/ref.hpp"
#include "base/result.hpp"
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
    NotPermitted,
    ReadOnly,
    Invalid,
    NotSeekable,
    NoSpace,
    NoMemory,
    TooManyLinks,
    NameTooLong,
    NotTerminal,
    NoDevice,
    BrokenPipe,
};

enum class FileType : std::uint8_t { Regular, Directory, SymbolicLink, CharacterDevice, Pipe };

/// What stat(2) tells, in no ABI's layout.
struct FileStatus {
    FileType type = FileType::Regular;
    std::uint32_t permissions = 0644;
    std::uint64_t inode = 0;
    std::uint32_t links = 1;
    std::uint64_t size = 0;
    std::uint32_t device = 0;    ///< of a CharacterDevice: major << 8 | minor
    std::uint64_t modified = 0;  ///< simulated time
};

enum class SeekFrom : std::uint8_t { Start, Current, End };
enum class OpenMode : std::uint8_t { Read, Write, ReadWrite };

/// Elsewhere: struct file (Linux, xv6).
/// Owner: counted by the descriptors that refer to it; after dup they share the position.
class OpenFile : public RefCounted {
public:
    /// Reads at the position and advances it; 0 at the end.
    [[nodiscard]] virtual Result<std::uint32_t, FileError> read(std::span<std::byte> destination) = 0;
    [[nodiscard]] virtual Result<std::uint32_t, FileError> write(std::span<const std::byte> source) = 0;
    [[nodiscard]] virtual Result<std::uint64_t, FileError> seek(std::int64_t offset, SeekFrom from) = 0;
    [[nodiscard]] virtual FileStatus status() const = 0;
    /// The object whose pages mmap() shows; empty where the file cannot be mapped.
    [[nodiscard]] virtual Ref<VmObject> object() const { return nullptr; }
    [[nodiscard]] virtual OpenMode mode() const = 0;
    [[nodiscard]] virtual bool is_terminal() const { return false; }
    /// The path it was opened by, for /proc and maps.
    [[nodiscard]] virtual std::string path() const = 0;
};

}  // namespace vmlab
