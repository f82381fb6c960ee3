// SPDX-License-Identifier: GPL-2.0-only
// Where a path of the in-memory filesystem leads: name by name, through symbolic links.
// Elsewhere: namei (BSD, xv6), path_walk and link_path_walk (Linux).
#include <vector>

#include "kernel/files/ram_filesystem.hpp"

namespace vmlab {

namespace {

constexpr std::uint32_t LINK_LIMIT = 40;

}  // namespace

/// One walk along a path; symbolic links put their target in front of what is left.
class RamFilesystem::Walk {
public:
    Walk(const Ref<Directory>& root, std::string_view path) : root_(root), at_(root) { push(path); }

    Result<Place, FileError> run(FollowLinks follow) {
        Place place{.directory = at_, .name = "", .inode = at_};
        while (!names_.empty()) {
            const std::string name = std::move(names_.back());
            names_.pop_back();
            if (!at_) {
                return Failure(FileError::NotDirectory);
            }
            if (name.size() > NAME_LIMIT) {
                return Failure(FileError::NameTooLong);
            }
            if (const auto error = step(name, follow, place)) {
                return Failure(*error);
            }
        }
        place.ending = slash_at_end_ ? Place::Ending::Slash : Place::Ending::Plain;
        if (slash_at_end_ && follow != FollowLinks::NotTheName && place.inode && !is_directory(place.inode)) {
            return Failure(FileError::NotDirectory);
        }
        return place;
    }

private:
    std::optional<FileError> step(const std::string& name, FollowLinks follow, Place& place) {
        if (name == "." || name == "..") {
            at_ = name == ".." ? Ref<Directory>(at_->parent()) : at_;
            place = Place{.directory = at_,
                          .name = "",
                          .inode = at_,
                          .last = name == ".." ? Place::Last::DotDot : Place::Last::Dot};
            return std::nullopt;
        }
        const Ref<Inode> found = at_->find(name);
        const bool last = names_.empty();
        if (!found && !last) {
            return FileError::NotFound;
        }
        const bool follows_last = follow == FollowLinks::Yes || (follow == FollowLinks::NotTheLast && slash_at_end_);
        if (found && found->type() == FileType::SymbolicLink && (!last || follows_last)) {
            return follow_link(static_cast<const SymbolicLink&>(*found), place);
        }
        place = Place{.directory = at_, .name = name, .inode = found, .last = Place::Last::Name};
        at_ = is_directory(found) ? as_directory(found) : Ref<Directory>();
        return std::nullopt;
    }

    std::optional<FileError> follow_link(const SymbolicLink& link, Place& place) {
        if (++links_followed_ > LINK_LIMIT) {
            return FileError::TooManyLinks;
        }
        if (const LinkJump* const jump = link.jump()) {
            at_ = is_directory(jump->inode) ? as_directory(jump->inode) : Ref<Directory>();
            place = Place{.directory = at_ ? at_ : root_,
                          .name = at_ ? "" : jump->text,
                          .inode = jump->inode,
                          .last = Place::Last::Name,
                          .jumped = jump->file,
                          .path = jump->text};
            return std::nullopt;
        }
        if (link.target().front() == '/') {
            at_ = root_;
            place = Place{.directory = root_, .name = "", .inode = root_};
        }
        push(link.target());
        return std::nullopt;
    }

    void push(std::string_view path) {
        if (names_.empty()) {
            slash_at_end_ = slash_at_end_ || path.ends_with('/');
        }
        std::size_t end = path.size();
        while (end > 0) {
            const std::size_t slash = path.rfind('/', end - 1);
            const std::size_t start = slash == std::string_view::npos ? 0 : slash + 1;
            if (start < end) {
                names_.emplace_back(path.substr(start, end - start));
            }
            end = slash == std::string_view::npos ? 0 : slash;
        }
    }

    Ref<Directory> root_;
    Ref<Directory> at_;               ///< empty when the last name led to no directory
    std::vector<std::string> names_;  ///< still to go, the next one last
    std::uint32_t links_followed_ = 0;
    bool slash_at_end_ = false;
};

Result<RamFilesystem::Place, FileError> RamFilesystem::walk(std::string_view directory, std::string_view path,
                                                            FollowLinks follow) const {
    if (path.empty() || directory.empty()) {
        return Failure(FileError::NotFound);
    }
    const std::string whole =
        path.front() == '/' ? std::string(path) : std::string(directory) + "/" + std::string(path);
    return Walk(root_, whole).run(follow);
}

Result<RamFilesystem::Place, FileError> RamFilesystem::walk_to_free_name(std::string_view directory,
                                                                         std::string_view path) const {
    auto place = walk(directory, path, FollowLinks::NotTheName);
    if (place && place.value().inode) {
        return Failure(FileError::Exists);
    }
    if (place && place.value().directory->is_made()) {
        return Failure(FileError::NotFound);  // as Linux says of /proc
    }
    return place;
}

Result<Ref<Inode>, FileError> RamFilesystem::find(std::string_view directory, std::string_view path,
                                                  FollowLinks follow) const {
    const auto place = walk(directory, path, follow);
    if (!place) {
        return Failure(place.error());
    }
    if (!place.value().inode) {
        return Failure(FileError::NotFound);
    }
    return place.value().inode;
}

}  // namespace vmlab
