// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/inode.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <ranges>

#include "vm/file_pager.hpp"

namespace vmlab {

namespace {

FileError error_of(FaultResult why) {
    return why == FaultResult::OutOfMemory ? FileError::NoMemory : FileError::InputOutput;
}

}  // namespace

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

// The bytes go through a buffer: what copies to user memory may itself need frames, and the file's page with them.
FileCount RegularFile::read_at(ByteSink& to, std::uint32_t count, std::uint64_t position) {
    std::array<std::byte, PAGE_SIZE> buffer;
    std::uint32_t done = 0;
    while (done < count && position < size()) {
        const auto offset = static_cast<std::uint32_t>(position % PAGE_SIZE);
        const std::uint64_t rest = std::min<std::uint64_t>(count - done, size() - position);
        const auto bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(PAGE_SIZE - offset, rest));
        const auto obtained = object_->obtain_page(PageIndex(static_cast<std::uint32_t>(position >> PAGE_SHIFT)));
        if (obtained.page == nullptr) {
            return done > 0 ? FileCount(done) : FileCount(Failure(error_of(obtained.result)));
        }
        const auto frame = object_->vm().memory().frame(obtained.page->frame());
        std::memcpy(buffer.data(), frame.data() + offset, bytes);
        const std::uint32_t taken = to.put(std::span(buffer).first(bytes));
        done += taken;
        position += taken;
        if (taken < bytes) {
            return done > 0 ? FileCount(done) : FileCount(Failure(FileError::BadAddress));
        }
    }
    return done;
}

FileCount RegularFile::write_at(ByteSource& from, std::uint32_t count, std::uint64_t position) {
    if (count > 0 && is_sealed(FileSeals::WRITE | FileSeals::FUTURE_WRITE)) {
        return Failure(FileError::NotPermitted);
    }
    if (count > 0 && position >= MAX_BYTES) {
        return Failure(FileError::TooBig);
    }
    count = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, MAX_BYTES - std::min(position, MAX_BYTES)));
    std::array<std::byte, PAGE_SIZE> buffer;
    std::uint32_t done = 0;
    while (done < count) {
        const auto room = static_cast<std::uint32_t>(PAGE_SIZE - position % PAGE_SIZE);
        const std::uint32_t bytes = std::min(count - done, room);
        const std::uint32_t given = from.get(std::span(buffer).first(bytes));
        if (given == 0) {
            return done > 0 ? FileCount(done) : FileCount(Failure(FileError::BadAddress));
        }
        const auto written = write_piece(position, std::span(buffer).first(given));
        if (!written) {
            return done > 0 ? FileCount(done) : FileCount(Failure(written.error()));
        }
        done += given;
        position += given;
        if (given < bytes) {
            return done;
        }
    }
    return done;
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
    const auto obtained = object_->obtain_page(PageIndex(static_cast<std::uint32_t>(position >> PAGE_SHIFT)));
    if (obtained.page == nullptr) {
        object_->resize(bytes_before);
        return Failure(error_of(obtained.result));
    }
    const auto frame = object_->vm().memory().writable_frame(obtained.page->frame());
    std::memcpy(frame.data() + position % PAGE_SIZE, piece.data(), piece.size());
    obtained.page->mark_dirty();
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
