// SPDX-License-Identifier: GPL-2.0-only
// Names of the in-memory filesystem: made, linked, removed and moved.
#include "kernel/files/ram_filesystem.hpp"

namespace vmlab {

void RamFilesystem::enter(const Place& place, const Ref<Inode>& inode) {
    place.directory->set_modified(now_());
    place.directory->add(place.name, inode);
}

void RamFilesystem::add_entry(const Place& place, const Ref<Inode>& inode) {
    inode->set_created(now_());
    if (numbers_) {
        numbers_->add(*inode);
    }
    enter(place, inode);
}

void RamFilesystem::remove_entry(const Place& place) {
    place.directory->set_modified(now_());
    place.inode->set_changed(now_());
    place.directory->remove(place.name);
}

// A directory's own "." and its children's ".." count as links, as in every Unix.
Result<Done, FileError> RamFilesystem::add_directory(const Place& place, std::uint32_t permissions) {
    const auto number = take_number();
    if (!number) {
        return Failure(FileError::NoSpace);
    }
    auto made = make_ref<Directory>(*number, permissions, shape_.places);
    made->set_parent(place.directory.get());
    made->add_link();
    place.directory->add_link();
    add_entry(place, made);
    return Done{};
}

Result<Done, FileError> RamFilesystem::make_directory(std::string_view directory, std::string_view path,
                                                      std::uint32_t permissions) {
    const auto place = walk_to_free_name(directory, path);
    if (!place) {
        return Failure(place.error());
    }
    return add_directory(place.value(), permissions);
}

Result<Done, FileError> RamFilesystem::make_device(DeviceKind kind, std::string_view directory, std::string_view path) {
    const auto place = walk_to_free_name(directory, path);
    if (!place) {
        return Failure(place.error());
    }
    const auto number = take_number();
    if (!number || place.value().ending == Place::Ending::Slash) {
        return Failure(number ? FileError::NotFound : FileError::NoSpace);
    }
    add_entry(place.value(), make_ref<Device>(*number, kind));
    return Done{};
}

Result<Done, FileError> RamFilesystem::make_symbolic_link(std::string_view target, std::string_view directory,
                                                          std::string_view path) {
    const auto place = walk_to_free_name(directory, path);
    if (!place) {
        return Failure(place.error());
    }
    if (target.empty() || place.value().ending == Place::Ending::Slash) {
        return Failure(FileError::NotFound);
    }
    const auto number = take_number();
    if (!number) {
        return Failure(FileError::NoSpace);
    }
    add_entry(place.value(), make_ref<SymbolicLink>(*number, std::string(target)));
    return Done{};
}

Result<Done, FileError> RamFilesystem::unlink(std::string_view directory, std::string_view path) {
    const auto place = walk(directory, path, FollowLinks::NotTheName);
    if (!place) {
        return Failure(place.error());
    }
    if (!place.value().inode) {
        return Failure(FileError::NotFound);
    }
    if (is_directory(place.value().inode)) {
        return Failure(FileError::IsDirectory);
    }
    if (place.value().ending == Place::Ending::Slash) {
        return Failure(FileError::NotDirectory);
    }
    if (place.value().directory->is_made()) {
        return Failure(FileError::NotPermitted);
    }
    remove_entry(place.value());
    return Done{};
}

Result<Done, FileError> RamFilesystem::remove(std::string_view directory, std::string_view path) {
    const auto removed = unlink(directory, path);
    const bool is_directory = !removed && removed.error() == FileError::IsDirectory;
    return is_directory ? remove_directory(directory, path) : removed;
}

Result<Done, FileError> RamFilesystem::remove_directory(std::string_view directory, std::string_view path) {
    const auto place = walk(directory, path, FollowLinks::NotTheName);
    if (!place) {
        return Failure(place.error());
    }
    const Place& at = place.value();
    if (!at.inode) {
        return Failure(FileError::NotFound);
    }
    if (!is_directory(at.inode)) {
        return Failure(FileError::NotDirectory);
    }
    if (at.name.empty()) {
        return Failure(at.last == Place::Last::DotDot ? FileError::NotEmpty
                       : at.last == Place::Last::Dot  ? FileError::Invalid
                                                      : FileError::Busy);
    }
    if (at.inode->is_made()) {
        return Failure(at.directory->is_made() ? FileError::NotPermitted : FileError::Busy);
    }
    const auto removed = as_directory(at.inode);
    if (!removed->empty()) {
        return Failure(FileError::NotEmpty);
    }
    remove_entry(at);
    removed->set_parent(nullptr);
    removed->drop_link();
    at.directory->drop_link();
    return Done{};
}

Result<Done, FileError> RamFilesystem::make_node(FileType type, std::string_view directory, std::string_view path,
                                                 std::uint32_t permissions) {
    const auto place = walk_to_free_name(directory, path);
    if (!place) {
        return Failure(place.error());
    }
    if (place.value().ending == Place::Ending::Slash) {
        return Failure(FileError::NotFound);
    }
    const auto number = take_number();
    if (!number) {
        return Failure(FileError::NoSpace);
    }
    if (type == FileType::Pipe) {
        add_entry(place.value(), make_ref<Pipe>(*number, permissions, wake_));
    } else if (type == FileType::Socket) {
        add_entry(place.value(), make_ref<SocketNode>(*number, permissions));
    } else {
        require(type == FileType::Regular, "a node is a regular file or a FIFO");
        add_entry(place.value(), make_ref<RegularFile>(vm_, *number, permissions, std::string()));
    }
    return Done{};
}

Result<Done, FileError> RamFilesystem::bind(Socket& socket, std::string_view directory, const std::string& path,
                                            std::uint32_t permissions) {
    const auto made = make_node(FileType::Socket, directory, path, permissions);
    if (!made) {
        return made.error() == FileError::Exists ? Failure(FileError::AddressInUse) : made;
    }
    const Ref<Inode> node = find(directory, path, FollowLinks::NotTheLast).value();
    socket.set_name(path, Ref<SocketNode>(static_cast<SocketNode*>(node.get())));
    return Done{};
}

Result<Done, FileError> RamFilesystem::link(Ref<Inode> inode, std::string_view directory, std::string_view path) {
    const auto place = walk_to_free_name(directory, path);
    if (!place) {
        return Failure(place.error());
    }
    if (place.value().ending == Place::Ending::Slash) {
        return Failure(FileError::NotFound);
    }
    const bool is_open_only = inode->type() == FileType::Nothing || dynamic_cast<const Socket*>(inode.get()) != nullptr;
    if (inode->is_made() || is_open_only) {
        return Failure(FileError::OtherFilesystem);
    }
    if (is_directory(inode)) {
        return Failure(FileError::NotPermitted);
    }
    if (inode->links() == 0 && !inode->may_get_first_name()) {
        return Failure(FileError::NotFound);
    }
    inode->set_changed(now_());
    enter(place.value(), inode);
    return Done{};
}

Result<Done, FileError> RamFilesystem::rename(std::string_view from_directory, std::string_view from,
                                              std::string_view to_directory, std::string_view to, RenameMode mode) {
    const auto source = walk(from_directory, from, FollowLinks::NotTheName);
    const auto target = walk(to_directory, to, FollowLinks::NotTheName);
    if (!source || !target) {
        return Failure(source ? target.error() : source.error());
    }
    if (const auto error = forbids_rename(source.value(), target.value(), mode)) {
        return Failure(*error);
    }
    if (source.value().inode == target.value().inode) {
        return Done{};
    }
    if (mode == RenameMode::Exchange) {
        exchange(source.value(), target.value());
        return Done{};
    }
    if (target.value().inode) {
        const auto removed = remove_replaced(source.value(), target.value());
        if (!removed) {
            return removed;
        }
    }
    move_entry(source.value(), target.value());
    return Done{};
}

namespace {

/// Whether `directory` is `inode` or lies below it.
bool is_below(const Directory& directory, const Inode* inode) {
    for (const Directory* at = &directory;; at = at->parent()) {
        if (at == inode) {
            return true;
        }
        if (at->parent() == nullptr || at->parent() == at) {
            return false;
        }
    }
}

}  // namespace

/// In the order in which Linux looks at these things.
std::optional<FileError> RamFilesystem::forbids_rename(const Place& source, const Place& target, RenameMode mode) {
    if (source.name.empty()) {
        return FileError::Busy;
    }
    if (target.name.empty()) {
        return mode == RenameMode::KeepTarget ? FileError::Exists : FileError::Busy;
    }
    if (!source.inode) {
        return FileError::NotFound;
    }
    if (source.inode->is_made() || source.directory->is_made() || target.directory->is_made()) {
        const bool from = source.directory->is_made(), to = target.directory->is_made();
        return from && to ? FileError::NotFound : from || to ? FileError::OtherFilesystem : FileError::Busy;
    }
    if (mode == RenameMode::KeepTarget && target.inode) {
        return FileError::Exists;
    }
    if (mode == RenameMode::Exchange && !target.inode) {
        return FileError::NotFound;
    }
    const bool target_has_slash = target.ending == Place::Ending::Slash;
    if (mode == RenameMode::Exchange ? target_has_slash && !is_directory(target.inode)
                                     : target_has_slash && !is_directory(source.inode)) {
        return FileError::NotDirectory;
    }
    if (source.ending == Place::Ending::Slash && !is_directory(source.inode)) {
        return FileError::NotDirectory;
    }
    if (is_directory(source.inode) && is_below(*target.directory, source.inode.get())) {
        return FileError::Invalid;
    }
    if (is_directory(target.inode) && is_below(*source.directory, target.inode.get())) {
        return mode == RenameMode::Exchange ? FileError::Invalid : FileError::NotEmpty;
    }
    return std::nullopt;
}

Result<Done, FileError> RamFilesystem::remove_replaced(const Place& source, const Place& target) {
    const bool moves_directory = is_directory(source.inode);
    if (moves_directory != is_directory(target.inode)) {
        return Failure(moves_directory ? FileError::NotDirectory : FileError::IsDirectory);
    }
    const std::string above = target.directory->path();
    return moves_directory ? remove_directory(above, target.name) : unlink(above, target.name);
}

void RamFilesystem::move_entry(const Place& source, const Place& target) {
    remove_entry(source);
    enter(target, source.inode);
    if (is_directory(source.inode)) {
        as_directory(source.inode)->set_parent(target.directory.get());
        source.directory->drop_link();
        target.directory->add_link();
    }
}

void RamFilesystem::exchange(const Place& one, const Place& other) {
    remove_entry(one);
    const Place free{.directory = one.directory, .name = one.name, .last = Place::Last::Name};
    move_entry(other, free);
    other.directory->add(other.name, one.inode);
    if (is_directory(one.inode)) {
        as_directory(one.inode)->set_parent(other.directory.get());
        one.directory->drop_link();
        other.directory->add_link();
    }
}

}  // namespace vmlab
