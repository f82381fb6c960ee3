// SPDX-License-Identifier: GPL-2.0-only
// Open files on inodes: regular files and directories with a position, and devices.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "kernel/files/inode.hpp"
#include "kernel/files/open_file.hpp"

namespace vmlab {

/// Simulated time, for modification times.
using FileClock = std::function<std::uint64_t()>;
/// How large the current process may make a file.
using FileLimit = std::function<std::uint64_t()>;
/// Where /dev/random has its bytes from.
using RandomBytes = std::function<void(std::span<std::byte>)>;

class OpenRegularFile : public PositionedFile {
public:
    /// Requires: clock and limit outlive the file; nobody executes it, if it is to be written to under DenyWrite::AtOpen.
    OpenRegularFile(Ref<RegularFile> file, OpenMode mode, AppendMode append, std::string path, const FileClock& clock,
                    const FileLimit& limit, DenyWrite deny_write = DenyWrite::AtOpen)
        : PositionedFile(mode, append),
          file_(std::move(file)),
          path_(std::move(path)),
          clock_(clock),
          limit_(limit),
          deny_write_(deny_write) {
        if (counts_as_writer()) {
            file_->add_writer();
        }
    }
    OpenRegularFile(const OpenRegularFile&) = delete;
    OpenRegularFile& operator=(const OpenRegularFile&) = delete;
    ~OpenRegularFile() override {
        if (counts_as_writer()) {
            file_->remove_writer();
        }
    }

    FileCount read_at(ByteSink& to, std::uint32_t count, std::uint64_t position) override;
    /// Fails with TextBusy while it is executed.
    FileCount write_at(ByteSource& from, std::uint32_t count, std::uint64_t position) override;
    Result<Done, FileError> resize(std::uint64_t bytes) override;
    [[nodiscard]] std::optional<std::uint64_t> unread_bytes() const override { return bytes_from_position(); }
    [[nodiscard]] Inode* inode() const override { return file_.get(); }
    [[nodiscard]] FileStatus status() const override { return file_->status(); }
    [[nodiscard]] Ref<VmObject> object() const override { return file_->object(); }
    [[nodiscard]] std::string path() const override { return path_; }

protected:
    [[nodiscard]] std::uint64_t size() const override { return file_->object()->bytes(); }
    [[nodiscard]] std::uint64_t write_place(std::uint64_t position) const override {
        return append() == AppendMode::Yes ? size() : position;
    }

private:
    [[nodiscard]] bool counts_as_writer() const { return writable() && deny_write_ == DenyWrite::AtOpen; }

    Ref<RegularFile> file_;
    std::string path_;
    const FileClock& clock_;
    const FileLimit& limit_;
    DenyWrite deny_write_;
};

class OpenDirectory : public PositionedFile {
public:
    explicit OpenDirectory(Ref<Directory> directory)
        : PositionedFile(OpenMode::Read, AppendMode::No), directory_(std::move(directory)) {}

    FileCount read_at(ByteSink&, std::uint32_t, std::uint64_t) override { return Failure(FileError::IsDirectory); }
    Result<std::optional<DirectoryEntry>, FileError> entry() const override;
    [[nodiscard]] Inode* inode() const override { return directory_.get(); }
    [[nodiscard]] FileStatus status() const override { return directory_->status(); }
    [[nodiscard]] std::string path() const override { return directory_->path(); }

protected:
    [[nodiscard]] std::uint64_t size() const override { return 0; }

private:
    Ref<Directory> directory_;
};

/// A file of any type, or a link itself, that is only named. Elsewhere: FMODE_PATH (Linux).
class OpenPlace : public OpenFile {
public:
    OpenPlace(Ref<Inode> inode, std::string path)
        : OpenFile(OpenMode::Place, AppendMode::No), inode_(std::move(inode)), path_(std::move(path)) {}

    FileCount read(ByteSink&, std::uint32_t) override { return Failure(FileError::BadDescriptor); }
    FileCount write(ByteSource&, std::uint32_t) override { return Failure(FileError::BadDescriptor); }
    [[nodiscard]] Inode* inode() const override { return inode_.get(); }
    [[nodiscard]] FileStatus status() const override { return inode_->status(); }
    [[nodiscard]] std::string path() const override {
        return is_directory(inode_) ? as_directory(inode_)->path() : path_;
    }

private:
    Ref<Inode> inode_;
    std::string path_;
};

/// /dev/null, /dev/zero, /dev/full and the random numbers.
class OpenDevice : public OpenFile {
public:
    /// Requires: `random` outlives the file.
    OpenDevice(Ref<Device> device, OpenMode mode, std::string path, const RandomBytes& random)
        : OpenFile(mode, AppendMode::No), device_(std::move(device)), path_(std::move(path)), random_(random) {}

    FileCount read(ByteSink& to, std::uint32_t count) override;
    FileCount write(ByteSource& from, std::uint32_t count) override;
    FileCount read_at(ByteSink& to, std::uint32_t count, std::uint64_t) override { return read(to, count); }
    FileCount write_at(ByteSource& from, std::uint32_t count, std::uint64_t) override { return write(from, count); }
    Result<std::uint64_t, FileError> seek(std::int64_t, SeekFrom) override { return std::uint64_t{0}; }
    [[nodiscard]] Inode* inode() const override { return device_.get(); }
    [[nodiscard]] FileStatus status() const override { return device_->status(); }
    [[nodiscard]] bool maps_zeros() const override { return device_->kind() == DeviceKind::Zero; }
    [[nodiscard]] std::string path() const override { return path_; }

private:
    Ref<Device> device_;
    std::string path_;
    const RandomBytes& random_;
};

/// A text made when it was opened, as the files of /proc are.
class OpenText : public PositionedFile {
public:
    OpenText(std::string text, std::string path, Ref<Inode> inode, OpenMode mode = OpenMode::Read)
        : PositionedFile(mode, AppendMode::No),
          text_(std::move(text)),
          path_(std::move(path)),
          inode_(std::move(inode)) {}

    FileCount read_at(ByteSink& to, std::uint32_t count, std::uint64_t position) override;
    [[nodiscard]] Inode* inode() const override { return inode_.get(); }
    [[nodiscard]] FileStatus status() const override { return inode_->status(); }
    [[nodiscard]] std::string path() const override { return path_; }

protected:
    [[nodiscard]] std::uint64_t size() const override { return text_.size(); }

private:
    std::string text_;
    std::string path_;
    Ref<Inode> inode_;
};

}  // namespace vmlab
