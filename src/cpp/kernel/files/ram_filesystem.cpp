// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/ram_filesystem.hpp"

#include <algorithm>

#include "kernel/files/frame_buffer.hpp"

namespace vmlab {

namespace {

std::string path_in(const Directory& directory, const std::string& name) {
    const std::string above = directory.path();
    return (above == "/" ? "" : above) + "/" + name;
}

}  // namespace

RamFilesystem::RamFilesystem(VirtualMemory& vm) : vm_(vm), root_(make_ref<Directory>(std::uint64_t{1}, 0755U)) {
    root_->set_parent(root_.get());
    for (const char* const path : {"/dev", "/tmp"}) {
        require(make_directory("/", path, 0755).ok(), "an empty filesystem takes a directory");
    }
    const auto add_device = [this](const char* path, DeviceKind kind) {
        add_entry(walk("/", path, FollowLinks::Yes).value(), make_ref<Device>(next_inode_++, kind));
    };
    add_device("/dev/null", DeviceKind::Null);
    add_device("/dev/zero", DeviceKind::Zero);
    add_device("/dev/tty", DeviceKind::Terminal);
}

RamFilesystem::~RamFilesystem() = default;

void RamFilesystem::add_frame_buffer(Ref<VmObject> object) {
    add_entry(walk("/", "/dev/fb0", FollowLinks::Yes).value(), make_ref<FrameBuffer>(next_inode_++, std::move(object)));
}

void RamFilesystem::add_entry(const Place& place, Ref<Inode> inode) {
    inode->set_modified(now_());
    place.directory->set_modified(now_());
    place.directory->add(place.name, std::move(inode));
}

void RamFilesystem::remove_entry(const Place& place) {
    place.directory->set_modified(now_());
    place.directory->remove(place.name);
}

// A directory's own "." and its children's ".." count as links, as in every Unix.
void RamFilesystem::add_directory(const Place& place, std::uint32_t permissions) {
    auto made = make_ref<Directory>(next_inode_++, permissions);
    made->set_parent(place.directory.get());
    made->add_link();
    place.directory->add_link();
    add_entry(place, made);
}

Result<Done, FileError> RamFilesystem::add_file(std::string_view path, std::string content, std::uint32_t permissions) {
    for (std::size_t slash = path.find('/', 1); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
        const auto made = make_directory("/", path.substr(0, slash), 0755);
        if (!made && made.error() != FileError::Exists) {
            return Failure(made.error());
        }
    }
    const auto place = walk("/", path, FollowLinks::Yes);
    if (!place) {
        return Failure(place.error());
    }
    if (place.value().name.empty() || place.value().ending == Place::Ending::Slash ||
        is_directory(place.value().inode)) {
        return Failure(FileError::IsDirectory);
    }
    if (content.size() > RegularFile::MAX_BYTES) {
        return Failure(FileError::TooBig);
    }
    if (place.value().inode) {
        remove_entry(place.value());
    }
    add_entry(place.value(), make_ref<RegularFile>(vm_, next_inode_++, permissions, std::move(content)));
    return Done{};
}

Result<Ref<OpenFile>, FileError> RamFilesystem::open(std::string_view directory, std::string_view path,
                                                     const OpenRequest& request) {
    const auto follow = request.create == CreateFile::MustBeNew ? FollowLinks::NotTheLast : request.follow;
    const auto place = walk(directory, path, follow);
    if (!place) {
        return Failure(place.error());
    }
    return open_place(place.value(), request);
}

Result<Ref<OpenFile>, FileError> RamFilesystem::open_place(const Place& place, const OpenRequest& request) {
    if (place.inode) {
        return request.create == CreateFile::MustBeNew ? Failure(FileError::Exists) : open_existing(place, request);
    }
    if (request.create == CreateFile::No) {
        return Failure(FileError::NotFound);
    }
    if (place.ending == Place::Ending::Slash) {
        return Failure(FileError::IsDirectory);
    }
    auto file = make_ref<RegularFile>(vm_, next_inode_++, request.permissions, std::string());
    add_entry(place, file);
    return Ref<OpenFile>(make_ref<OpenRegularFile>(std::move(file), request.mode, request.append,
                                                   path_in(*place.directory, place.name), now_));
}

Result<Ref<OpenFile>, FileError> RamFilesystem::open_existing(const Place& place, const OpenRequest& request) {
    const FileType type = place.inode->type();
    if (type == FileType::SymbolicLink) {
        return Failure(FileError::TooManyLinks);
    }
    if (type == FileType::Directory) {
        if (request.mode != OpenMode::Read || request.create != CreateFile::No) {
            return Failure(FileError::IsDirectory);
        }
        return Ref<OpenFile>(make_ref<OpenDirectory>(as_directory(place.inode)));
    }
    if (request.kind == OpenRequest::Kind::DirectoryOnly) {
        return Failure(FileError::NotDirectory);
    }
    const std::string path = path_in(*place.directory, place.name);
    if (type == FileType::CharacterDevice) {
        Ref<Device> device(static_cast<Device*>(place.inode.get()));
        if (device->kind() == DeviceKind::Terminal) {
            return Failure(FileError::NoDevice);
        }
        if (device->kind() == DeviceKind::FrameBuffer) {
            Ref<FrameBuffer> buffer(static_cast<FrameBuffer*>(device.get()));
            return Ref<OpenFile>(make_ref<OpenFrameBuffer>(std::move(buffer), request.mode, path));
        }
        return Ref<OpenFile>(make_ref<OpenDevice>(std::move(device), request.mode, path));
    }
    Ref<RegularFile> file(static_cast<RegularFile*>(place.inode.get()));
    if (request.truncate == TruncateFile::Yes) {
        file->resize(0);
        file->set_modified(now_());
    }
    return Ref<OpenFile>(make_ref<OpenRegularFile>(std::move(file), request.mode, request.append, path, now_));
}

Result<FileStatus, FileError> RamFilesystem::status(std::string_view directory, std::string_view path,
                                                    FollowLinks follow) const {
    const auto inode = find(directory, path, follow);
    if (!inode) {
        return Failure(inode.error());
    }
    return inode.value()->status();
}

Result<std::string, FileError> RamFilesystem::read_link(std::string_view directory, std::string_view path) const {
    const auto inode = find(directory, path, FollowLinks::NotTheLast);
    if (!inode) {
        return Failure(inode.error());
    }
    if (inode.value()->type() != FileType::SymbolicLink) {
        return Failure(FileError::Invalid);
    }
    return static_cast<const SymbolicLink&>(*inode.value()).target();
}

Result<std::string, FileError> RamFilesystem::directory_path(std::string_view directory, std::string_view path) const {
    const auto inode = find(directory, path, FollowLinks::Yes);
    if (!inode) {
        return Failure(inode.error());
    }
    if (!is_directory(inode.value())) {
        return Failure(FileError::NotDirectory);
    }
    return as_directory(inode.value())->path();
}

Result<Done, FileError> RamFilesystem::make_directory(std::string_view directory, std::string_view path,
                                                      std::uint32_t permissions) {
    const auto place = walk_to_free_name(directory, path);
    if (!place) {
        return Failure(place.error());
    }
    add_directory(place.value(), permissions);
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
    add_entry(place.value(), make_ref<SymbolicLink>(next_inode_++, std::string(target)));
    return Done{};
}

Result<Done, FileError> RamFilesystem::unlink(std::string_view directory, std::string_view path) {
    const auto place = walk(directory, path, FollowLinks::NotTheLast);
    if (!place) {
        return Failure(place.error());
    }
    if (!place.value().inode) {
        return Failure(FileError::NotFound);
    }
    if (is_directory(place.value().inode)) {
        return Failure(FileError::IsDirectory);
    }
    remove_entry(place.value());
    return Done{};
}

Result<Done, FileError> RamFilesystem::remove_directory(std::string_view directory, std::string_view path) {
    const auto place = walk(directory, path, FollowLinks::NotTheLast);
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
        return Failure(path.ends_with("..") ? FileError::NotEmpty : FileError::Invalid);
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

Result<Done, FileError> RamFilesystem::rename(std::string_view from_directory, std::string_view from,
                                              std::string_view to_directory, std::string_view to) {
    const auto source = walk(from_directory, from, FollowLinks::NotTheLast);
    const auto target = walk(to_directory, to, FollowLinks::NotTheLast);
    if (!source || !target) {
        return Failure(source ? target.error() : source.error());
    }
    if (!source.value().inode) {
        return Failure(FileError::NotFound);
    }
    if (source.value().name.empty() || target.value().name.empty()) {
        return Failure(FileError::Invalid);
    }
    if (source.value().inode == target.value().inode) {
        return Done{};
    }
    return replace(source.value(), target.value());
}

Result<Done, FileError> RamFilesystem::replace(const Place& source, const Place& target) {
    const bool moves_directory = is_directory(source.inode);
    if (moves_directory) {
        for (const Directory* at = target.directory.get(); at->parent() != at; at = at->parent()) {
            if (at == source.inode.get()) {
                return Failure(FileError::Invalid);
            }
        }
    } else if (target.ending == Place::Ending::Slash) {
        return Failure(FileError::NotDirectory);
    }
    if (target.inode) {
        if (moves_directory != is_directory(target.inode)) {
            return Failure(moves_directory ? FileError::NotDirectory : FileError::IsDirectory);
        }
        const std::string path = path_in(*target.directory, target.name);
        const auto removed = moves_directory ? remove_directory("/", path) : unlink("/", path);
        if (!removed) {
            return removed;
        }
    }
    remove_entry(source);
    add_entry(target, source.inode);
    if (moves_directory) {
        as_directory(source.inode)->set_parent(target.directory.get());
        source.directory->drop_link();
        target.directory->add_link();
    }
    return Done{};
}

Result<Ref<VmObject>, FileError> RamFilesystem::object_of(std::string_view path) const {
    const auto inode = find("/", path, FollowLinks::Yes);
    if (!inode) {
        return Failure(inode.error());
    }
    if (inode.value()->type() != FileType::Regular) {
        return Failure(FileError::IsDirectory);
    }
    return static_cast<const RegularFile&>(*inode.value()).object();
}

}  // namespace vmlab
