// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/inode.hpp"

#include <algorithm>
#include <ranges>

#include "kernel/files/object_pages.hpp"
#include "vm/file_pager.hpp"

namespace vmlab {

std::optional<std::uint64_t> InodeNumbers::find_free() const {
    const auto free = std::ranges::find(inodes_, nullptr);
    return free == inodes_.end() ? std::nullopt : std::optional(static_cast<std::uint64_t>(free - inodes_.begin()) + 1);
}

void InodeNumbers::add(Inode& inode) {
    Inode*& place = inodes_.at(inode.number() - 1);
    require(place == nullptr, "a file's number is no other's");
    place = &inode;
    inode.numbers_ = Ref<InodeNumbers>(this);
}

FileStatus Inode::status() const {
    return {.type = type_,
            .permissions = permissions_,
            .inode = number_,
            .links = links_,
            .size = size(),
            .device = device(),
            .user = user_,
            .group = group_,
            .accessed = accessed_,
            .modified = modified_,
            .changed = changed_};
}

RegularFile::RegularFile(VirtualMemory& vm, std::uint64_t number, std::uint32_t permissions, std::string content)
    : Inode(FileType::Regular, number, permissions) {
    const std::uint64_t bytes = content.size();
    object_ = VmObject::create_file(vm, std::make_unique<FilePager>(std::move(content), vm.file_disk()), bytes);
}

FileCount RegularFile::read_at(ByteSink& to, std::uint32_t count, std::uint64_t position) {
    return read_object(*object_, to, count, position);
}

FileCount RegularFile::write_at(ByteSource& from, std::uint32_t count, std::uint64_t position) {
    if (count > 0 && is_sealed(FileSeals::WRITE | FileSeals::FUTURE_WRITE)) {
        return Failure(FileError::NotPermitted);
    }
    if (count > 0 && position >= MAX_BYTES) {
        return Failure(FileError::TooBig);
    }
    count = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, MAX_BYTES - std::min(position, MAX_BYTES)));
    return write_by_pages(from, count, position, [this](std::uint64_t at, std::span<const std::byte> piece) {
        return write_piece(at, piece);
    });
}

/// Requires: the piece lies in one page.
Result<Done, FileError> RegularFile::write_piece(std::uint64_t position, std::span<const std::byte> piece) {
    const std::uint64_t bytes_before = size();
    if (position + piece.size() > bytes_before) {
        if (is_sealed(FileSeals::GROW)) {
            return Failure(FileError::NotPermitted);
        }
        object_->resize(position + piece.size());
    }
    const auto written = write_in_page(*object_, position, piece);
    if (!written) {
        object_->resize(bytes_before);
        return Failure(written.error());
    }
    written.value()->mark_dirty();
    return Done{};
}

Ref<Inode> Directory::find(std::string_view name) const {
    const auto found = entries_.find(name);
    return found == entries_.end() ? Ref<Inode>() : found->second.inode;
}

void Directory::add(const std::string& name, Ref<Inode> inode) {
    inode->add_link();
    const std::uint64_t position = choose_position();
    by_position_.emplace(position, name);
    const bool added = entries_.emplace(name, Entry{std::move(inode), position}).second;
    require(added, "a directory holds a name once");
}

std::uint64_t Directory::choose_position() {
    if (places_ == Places::Behind || by_position_.size() + 2 == next_position_) {
        return next_position_++;
    }
    std::uint64_t free = 2;
    for (const auto& [position, name] : by_position_) {
        if (position != free) {
            break;
        }
        ++free;
    }
    return free;
}

void Directory::remove(const std::string& name) {
    const auto found = entries_.find(name);
    require(found != entries_.end(), "the name to remove is in the directory");
    found->second.inode->drop_link();
    by_position_.erase(found->second.position);
    entries_.erase(found);
}

std::vector<std::string> Directory::names() const {
    const auto names = std::views::keys(entries_);
    return {names.begin(), names.end()};
}

std::optional<DirectoryEntry> Directory::entry_at(std::uint64_t position) const {
    if (position == 0) {
        return DirectoryEntry{".", number(), FileType::Directory, 1};
    }
    if (position == 1) {
        const std::uint64_t above = parent_ != nullptr ? parent_->number() : number();
        return DirectoryEntry{"..", above, FileType::Directory, 2};
    }
    const auto place = by_position_.lower_bound(position);
    if (place == by_position_.end()) {
        return std::nullopt;
    }
    const Inode& inode = *entries_.find(place->second)->second.inode;
    return DirectoryEntry{place->second, inode.number(), inode.type(), place->first + 1};
}

std::string Directory::path() const {
    if (parent_ == this) {
        return "/";
    }
    if (parent_ == nullptr) {
        return "";
    }
    const std::string above = parent_->path();
    for (const auto& [name, entry] : parent_->entries_) {
        if (entry.inode.get() == this) {
            return (above == "/" ? "" : above) + "/" + name;
        }
    }
    throw Panic("a directory is not among its parent's entries");
}

}  // namespace vmlab
