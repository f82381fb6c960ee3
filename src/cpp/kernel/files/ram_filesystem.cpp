// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/ram_filesystem.hpp"

#include <algorithm>

#include "kernel/files/frame_buffer.hpp"

namespace vmlab {

namespace {

std::string path_in(const Directory& directory, const std::string& name, const std::string& jumped_to = "") {
    if (!jumped_to.empty()) {
        return jumped_to;
    }
    const std::string above = directory.path();
    return (above == "/" ? "" : above) + "/" + name;
}

}  // namespace

/// Numbers of what has no name, where numbers_ gives the others theirs: no file's number is as large.
constexpr std::uint64_t FIRST_UNNAMED = std::uint64_t{1} << 32;

RamFilesystem::RamFilesystem(VirtualMemory& vm, FilesystemShape shape)
    : vm_(vm),
      shape_(std::move(shape)),
      numbers_(shape_.inodes > 0 ? make_ref<InodeNumbers>(shape_.inodes) : nullptr),
      root_(make_ref<Directory>(std::uint64_t{1}, 0755U, shape_.places)),
      next_inode_(shape_.inodes > 0 ? FIRST_UNNAMED : 2) {
    root_->set_parent(root_.get());
    if (numbers_) {
        numbers_->add(*root_);
    }
    if (shape_.tree == FilesystemShape::Tree::Unix) {
        add_unix_tree();
    }
    if (shape_.tree == FilesystemShape::Tree::Bare && !shape_.console.empty()) {
        require(make_device(DeviceKind::Console, "/", shape_.console).ok(), "a new filesystem takes a device");
    }
}

void RamFilesystem::add_unix_tree() {
    constexpr std::uint32_t FOR_ALL = 01777;  // but each may only remove what is their own
    for (const auto& [path, permissions] : {std::pair("/dev", 0755U), {"/tmp", FOR_ALL}, {"/dev/shm", FOR_ALL}}) {
        require(make_directory("/", path, permissions).ok(), "an empty filesystem takes a directory");
    }
    for (const auto& [path, kind] : {std::pair("/dev/null", DeviceKind::Null),
                                     {"/dev/zero", DeviceKind::Zero},
                                     {"/dev/tty", DeviceKind::Terminal},
                                     {"/dev/console", DeviceKind::Console},
                                     {"/dev/full", DeviceKind::Full},
                                     {"/dev/random", DeviceKind::Random},
                                     {"/dev/urandom", DeviceKind::UnlimitedRandom}}) {
        require(make_device(kind, "/", path).ok(), "a new filesystem takes a device");
    }
}

RamFilesystem::~RamFilesystem() = default;

void RamFilesystem::mount(const std::string& name, Ref<Directory> directory) {
    directory->set_parent(root_.get());
    root_->add_link();
    root_->add(name, std::move(directory));
    for (const auto& [path, target] : {std::pair("/dev/fd", "/proc/self/fd"),
                                       {"/dev/stdin", "/proc/self/fd/0"},
                                       {"/dev/stdout", "/proc/self/fd/1"},
                                       {"/dev/stderr", "/proc/self/fd/2"}}) {
        require(make_symbolic_link(target, "/", path).ok(), "a new filesystem takes a link");
    }
}

void RamFilesystem::add_frame_buffer(Ref<VmObject> object) {
    add_entry(walk("/", "/dev/fb0", FollowLinks::Yes).value(), make_ref<FrameBuffer>(next_inode_++, std::move(object)));
}

Result<Done, FileError> RamFilesystem::add_parents(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    if (slash == 0 || slash == std::string_view::npos) {
        return Done{};
    }
    const std::string_view parent = path.substr(0, slash);
    return find_directory("/", parent) ? Done{} : add_directory(parent, 0755);
}

Result<Done, FileError> RamFilesystem::add_directory(std::string_view path, std::uint32_t permissions) {
    if (const auto made = add_parents(path); !made) {
        return made;
    }
    const auto made = make_directory("/", path, permissions);
    if (made || made.error() != FileError::Exists) {
        return made;
    }
    const auto there = find_directory("/", path);
    return there ? Result<Done, FileError>(Done{}) : Failure(there.error());
}

Result<Done, FileError> RamFilesystem::add_link(std::string_view path, std::string_view target) {
    if (const auto made = add_parents(path); !made) {
        return made;
    }
    const auto old = unlink("/", path);
    return old || old.error() == FileError::NotFound ? make_symbolic_link(target, "/", path) : old;
}

Result<Done, FileError> RamFilesystem::add_file(std::string_view path, std::string content, std::uint32_t permissions) {
    if (const auto made = add_parents(path); !made) {
        return made;
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
    if (place.value().directory->is_made()) {
        return Failure(FileError::NotPermitted);
    }
    if (place.value().inode) {
        remove_entry(place.value());
    }
    const auto number = take_number();
    if (!number) {
        return Failure(FileError::NoSpace);
    }
    add_entry(place.value(), make_ref<RegularFile>(vm_, *number, permissions, std::move(content)));
    return Done{};
}

Result<Ref<OpenFile>, FileError> RamFilesystem::open(std::string_view directory, std::string_view path,
                                                     const OpenRequest& request) {
    // What is to be made is a file, whatever stands there: its name cannot end as a directory's may.
    const bool makes_directory = request.create != CreateFile::No && path.ends_with('/');
    const auto follow = makes_directory                           ? FollowLinks::NotTheName
                        : request.create == CreateFile::MustBeNew ? FollowLinks::NotTheLast
                                                                  : request.follow;
    const auto place = walk(directory, path, follow);
    if (!place) {
        return Failure(place.error());
    }
    if (makes_directory && place.value().last == Place::Last::Name) {
        return Failure(FileError::IsDirectory);
    }
    return open_place(place.value(), request);
}

Result<Ref<OpenFile>, FileError> RamFilesystem::open_place(const Place& place, const OpenRequest& request) {
    if (request.mode == OpenMode::Place && place.inode) {
        if (request.kind == OpenRequest::Kind::DirectoryOnly && !is_directory(place.inode)) {
            return Failure(FileError::NotDirectory);
        }
        return Ref<OpenFile>(make_ref<OpenPlace>(place.inode, path_in(*place.directory, place.name, place.path)));
    }
    if (place.jumped) {
        return place.jumped;
    }
    if (place.inode) {
        return request.create == CreateFile::MustBeNew ? Failure(FileError::Exists) : open_existing(place, request);
    }
    if (request.create == CreateFile::No || place.directory->is_made()) {
        return Failure(FileError::NotFound);
    }
    const auto number = take_number();
    if (!number) {
        return Failure(FileError::NoSpace);
    }
    auto file = make_ref<RegularFile>(vm_, *number, request.permissions, std::string());
    add_entry(place, file);
    return Ref<OpenFile>(make_ref<OpenRegularFile>(std::move(file), request.mode, request.append,
                                                   path_in(*place.directory, place.name), now_, limit_,
                                                   request.deny_write));
}

Result<Ref<OpenFile>, FileError> RamFilesystem::open_existing(const Place& place, const OpenRequest& request) {
    const FileType type = place.inode->type();
    if (type == FileType::SymbolicLink) {
        const bool wants_directory = request.kind == OpenRequest::Kind::DirectoryOnly;
        return Failure(wants_directory ? FileError::NotDirectory : FileError::TooManyLinks);
    }
    if (type == FileType::Directory) {
        if (request.mode != OpenMode::Read || request.create != CreateFile::No ||
            request.truncate == TruncateFile::Yes) {
            return Failure(FileError::IsDirectory);
        }
        return Ref<OpenFile>(make_ref<OpenDirectory>(as_directory(place.inode)));
    }
    if (request.kind == OpenRequest::Kind::DirectoryOnly) {
        return Failure(FileError::NotDirectory);
    }
    const std::string path = path_in(*place.directory, place.name, place.path);
    if (place.inode->is_made()) {
        return static_cast<MadeFile&>(*place.inode).open(request.mode, path);
    }
    if (type == FileType::CharacterDevice) {
        return open_device(Ref<Device>(static_cast<Device*>(place.inode.get())), request.mode, path);
    }
    if (type == FileType::Socket || type == FileType::Nothing) {
        return Failure(FileError::NoDevice);
    }
    if (type == FileType::Pipe) {
        return open_fifo(Ref<Pipe>(static_cast<Pipe*>(place.inode.get())), request, path);
    }
    Ref<RegularFile> file(static_cast<RegularFile*>(place.inode.get()));
    const bool changes = request.mode != OpenMode::Read || request.truncate == TruncateFile::Yes;
    const bool refused = request.deny_write == DenyWrite::AtOpen || request.truncate == TruncateFile::Yes;
    if (changes && refused && file->executers() > 0) {
        return Failure(FileError::TextBusy);
    }
    if (request.truncate == TruncateFile::Yes && !file->may_have(0)) {
        return Failure(FileError::NotPermitted);
    }
    if (request.truncate == TruncateFile::Yes) {
        file->resize(0);
        file->set_modified(now_());
    }
    return Ref<OpenFile>(make_ref<OpenRegularFile>(std::move(file), request.mode, request.append, path, now_, limit_,
                                                   request.deny_write));
}

// The superuser may execute what anybody may execute.
Result<Ref<ExecutedFile>, FileError> RamFilesystem::open_to_execute(std::string_view directory, std::string_view path,
                                                                    ExecuteRight right, FollowLinks follow) const {
    const auto place = walk(directory, path, follow);
    if (!place || !place.value().inode) {
        return Failure(place ? FileError::NotFound : place.error());
    }
    if (place.value().inode->type() == FileType::SymbolicLink) {
        return Failure(FileError::TooManyLinks);
    }
    return execute(place.value().inode, path_in(*place.value().directory, place.value().name, place.value().path),
                   right);
}

Result<Ref<ExecutedFile>, FileError> RamFilesystem::execute(const Ref<Inode>& inode, std::string path,
                                                            ExecuteRight right) {
    constexpr std::uint32_t MAY_EXECUTE = 0111;
    const bool may = right == ExecuteRight::Unknown || (inode->permissions() & MAY_EXECUTE) != 0;
    if (inode->type() != FileType::Regular || inode->is_made() || !may) {
        return Failure(FileError::NotExecutable);
    }
    Ref<RegularFile> file(static_cast<RegularFile*>(inode.get()));
    if (file->writers() > 0) {
        return Failure(FileError::TextBusy);
    }
    return make_ref<ExecutedFile>(std::move(file), std::move(path));
}

Result<Ref<OpenFile>, FileError> RamFilesystem::open_device(const Ref<Device>& device, OpenMode mode,
                                                            const std::string& path) const {
    if (device->kind() == DeviceKind::Terminal || device->kind() == DeviceKind::Console) {
        auto terminal = terminal_(device->kind());
        return terminal ? Result<Ref<OpenFile>, FileError>(make_ref<OpenTerminal>(std::move(terminal), mode, path))
                        : Failure(FileError::NoDevice);
    }
    if (device->kind() == DeviceKind::FrameBuffer) {
        Ref<FrameBuffer> buffer(static_cast<FrameBuffer*>(device.get()));
        return Ref<OpenFile>(make_ref<OpenFrameBuffer>(std::move(buffer), mode, path));
    }
    return Ref<OpenFile>(make_ref<OpenDevice>(device, mode, path, random_));
}

Result<Ref<OpenFile>, FileError> RamFilesystem::open_fifo(const Ref<Pipe>& pipe, const OpenRequest& request,
                                                          const std::string& path) const {
    if (request.mode == OpenMode::Write && request.block_mode == BlockMode::Refuse && pipe->readers() == 0) {
        return Failure(FileError::NoDevice);
    }
    return Ref<OpenFile>(make_ref<OpenPipe>(pipe, request.mode, path));
}

RamFilesystem::PipeEnds RamFilesystem::make_pipe() {
    const auto pipe = make_ref<Pipe>(next_inode_++, 0600U, wake_);
    pipe->add_link();
    pipe->set_created(now_());
    if (shape_.pipe_bytes > 0) {
        pipe->limit_bytes(shape_.pipe_bytes);
    }
    const std::string name = OpenPipe::name_of(*pipe);
    auto read = make_ref<OpenPipe>(pipe, OpenMode::Read, name);
    return {std::move(read), make_ref<OpenPipe>(pipe, OpenMode::Write, name)};
}

Ref<OpenSocket> RamFilesystem::make_socket(SocketKind kind) {
    const auto socket = make_ref<Socket>(kind, next_inode_++, wake_);
    socket->add_link();
    socket->set_created(now_());
    return make_ref<OpenSocket>(socket, sockets_);
}

Ref<Inode> RamFilesystem::make_nothing() {
    auto inode = make_ref<Inode>(FileType::Nothing, next_inode_++, 0600U);
    inode->add_link();
    return inode;
}

void RamFilesystem::set_waker(FileWaker wake) {
    wake_ = [this, wake = std::move(wake)](const WaitChannel& channel, WakeWho who) {
        watches_.notice(channel, who);
        wake(channel, who);
    };
}

Ref<OpenFile> RamFilesystem::make_unnamed_file(const std::string& path, std::uint32_t permissions) {
    auto file = make_ref<RegularFile>(vm_, next_inode_++, permissions, std::string());
    file->set_created(now_());
    return make_ref<OpenRegularFile>(std::move(file), OpenMode::ReadWrite, AppendMode::No, path, now_, limit_,
                                     DenyWrite::Never);
}

Result<Ref<OpenFile>, FileError> RamFilesystem::open_nameless(std::string_view directory, std::string_view path,
                                                              const OpenRequest& request) {
    const auto place = walk(directory, path, request.follow);
    if (!place || !place.value().inode) {
        return Failure(place ? FileError::NotFound : place.error());
    }
    if (!is_directory(place.value().inode)) {
        return Failure(FileError::NotDirectory);
    }
    if (place.value().inode->is_made()) {
        return Failure(FileError::NotSupported);
    }
    const auto number = take_number();
    if (!number) {
        return Failure(FileError::NoSpace);
    }
    auto file = make_ref<RegularFile>(vm_, *number, request.permissions, std::string());
    file->set_created(now_());
    if (request.create != CreateFile::MustBeNew) {
        file->allow_first_name();
    }
    const std::string name = path_in(*as_directory(place.value().inode), "#" + std::to_string(*number)) + " (deleted)";
    return Ref<OpenFile>(make_ref<OpenRegularFile>(std::move(file), request.mode, request.append, name, now_, limit_));
}

std::optional<std::uint64_t> RamFilesystem::take_number() {
    return numbers_ ? numbers_->find_free() : std::optional(next_inode_++);
}

std::vector<Inode*> RamFilesystem::inodes() const {
    std::vector<Inode*> there;
    if (numbers_) {
        std::ranges::copy_if(numbers_->inodes(), std::back_inserter(there), [](const Inode* one) { return one; });
    }
    return there;
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

Result<Ref<Directory>, FileError> RamFilesystem::find_directory(std::string_view directory,
                                                                std::string_view path) const {
    const auto inode = find(directory, path, FollowLinks::Yes);
    if (!inode) {
        return Failure(inode.error());
    }
    if (!is_directory(inode.value())) {
        return Failure(FileError::NotDirectory);
    }
    return as_directory(inode.value());
}

Result<Ref<VmObject>, FileError> RamFilesystem::object_of(std::string_view path) const {
    const auto inode = find("/", path, FollowLinks::Yes);
    if (!inode) {
        return Failure(inode.error());
    }
    if (inode.value()->type() != FileType::Regular || inode.value()->is_made()) {
        return Failure(FileError::IsDirectory);
    }
    return static_cast<const RegularFile&>(*inode.value()).object();
}

}  // namespace vmlab
