// SPDX-License-Identifier: GPL-2.0-only
// Inode: a file itself, whatever its names: regular file, directory, symbolic link or device.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ref.hpp"
#include "kernel/files/open_file.hpp"
#include "kernel/files/record_locks.hpp"
#include "vm/vm_object.hpp"

namespace vmlab {

class Inode;

/// The numbers of a filesystem that holds so many files at most: one that is free again is given to the next file, the lowest
/// first. Owner: counted by its filesystem and by the inodes that have one.
class InodeNumbers : public RefCounted {
public:
    /// From 1 to `count`.
    explicit InodeNumbers(std::uint32_t count) : inodes_(count) {}
    /// Nothing when all are taken.
    [[nodiscard]] std::optional<std::uint64_t> find_free() const;
    /// Requires: its number is free.
    void add(Inode& inode);
    void remove(std::uint64_t number) { inodes_.at(number - 1) = nullptr; }
    /// By their numbers; null where one is free.
    [[nodiscard]] const std::vector<Inode*>& inodes() const { return inodes_; }

private:
    std::vector<Inode*> inodes_;
};

/// Elsewhere: inode (xv6, Linux), vnode (BSD, weenix).
/// Owner: counted by the directory entries that name it and the open files on it.
class Inode : public RefCounted {
public:
    Inode(FileType type, std::uint64_t number, std::uint32_t permissions)
        : type_(type), number_(number), permissions_(permissions) {}
    Inode(const Inode&) = delete;
    Inode& operator=(const Inode&) = delete;
    ~Inode() override {
        if (numbers_) {
            numbers_->remove(number_);
        }
    }

    [[nodiscard]] FileType type() const { return type_; }
    [[nodiscard]] std::uint64_t number() const { return number_; }
    /// Whether it is made of something else when it is looked at, as in /proc: names cannot be added or removed there.
    [[nodiscard]] virtual bool is_made() const { return false; }
    [[nodiscard]] FileStatus status() const;
    [[nodiscard]] std::uint32_t permissions() const { return permissions_; }
    void set_permissions(std::uint32_t permissions) { permissions_ = permissions; }
    void set_user(std::uint32_t user) { user_ = user; }
    void set_group(std::uint32_t group) { group_ = group; }
    void set_created(std::uint64_t time) { accessed_ = modified_ = changed_ = static_cast<std::int64_t>(time); }
    /// The content has changed.
    void set_modified(std::uint64_t time) { modified_ = changed_ = static_cast<std::int64_t>(time); }
    /// Something about it has changed.
    void set_changed(std::uint64_t time) { changed_ = static_cast<std::int64_t>(time); }
    /// What utimes() asks for: nanoseconds from 1970 on.
    void set_access_time(std::int64_t time) { accessed_ = time; }
    void set_modification_time(std::int64_t time) { modified_ = time; }

    /// Locks of processes on parts of it, by fcntl(); and of open files on all of it, by flock(). Neither sees the other.
    [[nodiscard]] RecordLocks& record_locks() { return record_locks_; }
    [[nodiscard]] RecordLocks& whole_locks() { return whole_locks_; }

    [[nodiscard]] std::uint32_t links() const { return links_; }
    void add_link() {
        ++links_;
        may_get_first_name_ = false;
    }
    void drop_link() { --links_; }
    /// Of a file without a name: whether it may get one. What had one and lost it does not. Elsewhere: I_LINKABLE (Linux).
    [[nodiscard]] bool may_get_first_name() const { return may_get_first_name_; }
    void allow_first_name() { may_get_first_name_ = true; }

protected:
    [[nodiscard]] virtual std::uint64_t size() const { return 0; }
    [[nodiscard]] virtual std::uint32_t device() const { return 0; }

private:
    friend class InodeNumbers;
    FileType type_;
    std::uint64_t number_;
    Ref<InodeNumbers> numbers_;  ///< that its number goes back to
    std::uint32_t permissions_;
    std::uint32_t links_ = 0;
    bool may_get_first_name_ = false;
    std::uint32_t user_ = 0;
    std::uint32_t group_ = 0;
    std::int64_t accessed_ = 0;
    std::int64_t modified_ = 0;
    std::int64_t changed_ = 0;
    RecordLocks record_locks_;
    RecordLocks whole_locks_;
};

/// What may not be done to a file any more, by the bits that Linux's F_SEAL_ gives them.
struct FileSeals {
    static constexpr std::uint32_t SEAL = 0x01, SHRINK = 0x02, GROW = 0x04, WRITE = 0x08, FUTURE_WRITE = 0x10;
    static constexpr std::uint32_t EXEC = 0x20, ALL = 0x3F;
};

/// A regular file: its bytes are the pages of its object, which read(), write() and mmap() share.
class RegularFile : public Inode {
public:
    static constexpr std::uint64_t MAX_BYTES = (std::uint64_t{1} << 32) - PAGE_SIZE;

    RegularFile(VirtualMemory& vm, std::uint64_t number, std::uint32_t permissions, std::string content);

    [[nodiscard]] const Ref<VmObject>& object() const { return object_; }
    /// Requires: no seal forbids it.
    void resize(std::uint64_t bytes) { object_->truncate(bytes); }
    /// Nothing where a file takes none.
    [[nodiscard]] std::optional<std::uint32_t> seals() const { return seals_; }
    void set_seals(std::uint32_t seals) { seals_ = seals; }
    /// Whether one of these was set.
    [[nodiscard]] bool is_sealed(std::uint32_t seals) const { return (seals_.value_or(0) & seals) != 0; }
    /// Whether its seals let it have so many bytes.
    [[nodiscard]] bool may_have(std::uint64_t bytes) const {
        return !is_sealed(bytes < size() ? FileSeals::SHRINK : FileSeals::GROW) || bytes == size();
    }
    /// Both fail with NoMemory when no frame is left, BadAddress when nothing could be copied; write_at with TooBig, and
    /// NotPermitted where a seal forbids it.
    [[nodiscard]] FileCount read_at(ByteSink& to, std::uint32_t count, std::uint64_t position);
    [[nodiscard]] FileCount write_at(ByteSource& from, std::uint32_t count, std::uint64_t position);

    /// How many have it open for writing, and how many execute it: one of them is 0.
    [[nodiscard]] std::uint32_t writers() const { return writers_; }
    [[nodiscard]] std::uint32_t executers() const { return executers_; }
    void add_writer() {
        require(executers_ == 0, "nobody writes to a file that is executed");
        ++writers_;
    }
    void remove_writer() { --writers_; }
    void add_executer() {
        require(writers_ == 0, "nobody executes a file that is written to");
        ++executers_;
    }
    void remove_executer() { --executers_; }

protected:
    [[nodiscard]] std::uint64_t size() const override { return object_->bytes(); }

private:
    [[nodiscard]] Result<Done, FileError> write_piece(std::uint64_t position, std::span<const std::byte> piece);

    Ref<VmObject> object_;
    std::optional<std::uint32_t> seals_;
    std::uint32_t writers_ = 0;
    std::uint32_t executers_ = 0;
};

/// Null when the inode is something else, or made when it is opened.
[[nodiscard]] inline RegularFile* as_regular_file(Inode* inode) {
    const bool regular = inode != nullptr && inode->type() == FileType::Regular && !inode->is_made();
    return regular ? static_cast<RegularFile*>(inode) : nullptr;
}

/// Names and what they stand for.
/// Invariants: "." and ".." are not among the entries; parent is this for the root, and null once it was removed.
class Directory : public Inode {
public:
    /// Where a new name goes: behind all others, or in the first place that a removed one has left.
    enum class Places : std::uint8_t { Behind, FirstFree };

    Directory(std::uint64_t number, std::uint32_t permissions, Places places = Places::Behind)
        : Inode(FileType::Directory, number, permissions), places_(places) {}

    /// Empty when there is no such name.
    [[nodiscard]] virtual Ref<Inode> find(std::string_view name) const;
    /// Requires: the name is free.
    void add(const std::string& name, Ref<Inode> inode);
    /// Requires: the name is there.
    void remove(const std::string& name);
    [[nodiscard]] bool empty() const { return entries_.empty(); }
    /// In the order of their bytes.
    [[nodiscard]] std::vector<std::string> names() const;
    /// The first entry at or after a position; names keep their position while they last.
    [[nodiscard]] virtual std::optional<DirectoryEntry> entry_at(std::uint64_t position) const;
    /// One past the highest position that a name has had.
    [[nodiscard]] std::uint64_t end_position() const { return next_position_; }

    [[nodiscard]] Directory* parent() const { return parent_; }
    void set_parent(Directory* parent) { parent_ = parent; }
    /// Absolute; "" once it was removed.
    [[nodiscard]] virtual std::string path() const;

protected:
    [[nodiscard]] std::uint64_t size() const override { return PAGE_SIZE; }

private:
    struct Entry {
        Ref<Inode> inode;
        std::uint64_t position;
    };
    [[nodiscard]] std::uint64_t choose_position();

    Places places_;
    std::map<std::string, Entry, std::less<>> entries_;
    std::map<std::uint64_t, std::string> by_position_;
    std::uint64_t next_position_ = 2;  ///< 0 and 1 are "." and ".."
    Directory* parent_ = nullptr;
};

[[nodiscard]] inline bool is_directory(const Ref<Inode>& inode) {
    return inode && inode->type() == FileType::Directory;
}
/// Requires: is_directory(inode).
[[nodiscard]] inline Ref<Directory> as_directory(const Ref<Inode>& inode) {
    return Ref<Directory>(static_cast<Directory*>(inode.get()));
}

/// A regular file whose content is made when it is opened.
class MadeFile : public Inode {
public:
    MadeFile(std::uint64_t number, std::uint32_t permissions) : Inode(FileType::Regular, number, permissions) {
        add_link();
    }
    [[nodiscard]] bool is_made() const final { return true; }
    /// Fails: NotFound when what it is made of is gone, InputOutput when it cannot be written to.
    [[nodiscard]] virtual Result<Ref<OpenFile>, FileError> open(OpenMode mode, const std::string& path) = 0;
};

/// What a link leads to without a walk along its text: a file, or where that has no inode of its own, what is open of it.
struct LinkJump {
    std::string text;
    Ref<Inode> inode{};
    Ref<OpenFile> file{};
};

class SymbolicLink : public Inode {
public:
    SymbolicLink(std::uint64_t number, std::string target)
        : Inode(FileType::SymbolicLink, number, 0777), target_(std::move(target)) {}
    [[nodiscard]] const std::string& target() const { return target_; }
    /// Null when the text is to be followed.
    [[nodiscard]] virtual const LinkJump* jump() const { return nullptr; }

protected:
    [[nodiscard]] std::uint64_t size() const override { return target_.size(); }

private:
    std::string target_;
};

/// Numbers as on Linux: major << 8 | minor.
enum class DeviceKind : std::uint32_t {
    Missing = 0,  ///< a node that no device stands behind
    Null = 0x103,
    Zero = 0x105,
    Full = 0x107,
    Random = 0x108,
    UnlimitedRandom = 0x109,
    Terminal = 0x500,  ///< the one that a process has
    Console = 0x501,
    FrameBuffer = 0x1D00
};

class Device : public Inode {
public:
    Device(std::uint64_t number, DeviceKind kind) : Inode(FileType::CharacterDevice, number, 0666), kind_(kind) {}
    [[nodiscard]] DeviceKind kind() const { return kind_; }

protected:
    [[nodiscard]] std::uint32_t device() const override { return static_cast<std::uint32_t>(kind_); }

private:
    DeviceKind kind_;
};

}  // namespace vmlab
