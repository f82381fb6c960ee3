// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/proc_tree.hpp"

#include <algorithm>
#include <charconv>
#include <cinttypes>
#include <cstdarg>
#include <cstdio>

#include "kernel/kernel.hpp"

namespace vmlab {

std::string proc_text(const char* format, ...) {
    std::array<char, 1024> text{};
    std::va_list arguments;
    va_start(arguments, format);
    const int length = std::vsnprintf(text.data(), text.size(), format, arguments);
    va_end(arguments);
    return {text.data(), std::min(static_cast<std::size_t>(std::max(length, 0)), text.size() - 1)};
}

std::string proc_kilobytes(const char* name, std::uint64_t bytes) {
    return proc_text("%-16s%8" PRIu64 " kB\n", name, bytes / 1024);
}

namespace {

/// Whose directory it is, and where it is.
struct ProcPlace {
    Kernel& kernel;
    std::uint32_t pid;  ///< 0: nobody's; whoever asks is meant

    /// Null when there is nobody, or nobody any more.
    [[nodiscard]] Process* process() const {
        Process* const found = kernel.find_process(pid != 0 ? pid : kernel.vm().current_pid());
        return found != nullptr && !found->reaped() ? found : nullptr;
    }
};

/// A file whose text is made when it is opened; writing to it changes a setting.
class ProcFile : public MadeFile {
public:
    ProcFile(const ProcPlace& place, const ProcName& name, std::uint64_t number)
        : MadeFile(number, name.permissions), place_(place), name_(name) {}

    Result<Ref<OpenFile>, FileError> open(OpenMode mode, const std::string& path) override;

private:
    ProcPlace place_;
    const ProcName& name_;
};

/// A setting: read as it was when it was opened, written at once.
class OpenSetting : public OpenText {
public:
    using Setter = Result<Done, FileError> (*)(Kernel& kernel, std::string_view text);
    OpenSetting(Kernel& kernel, Setter set, OpenMode mode, std::string text, std::string path, Ref<Inode> inode)
        : OpenText(std::move(text), std::move(path), std::move(inode), mode), kernel_(kernel), set_(set) {}

    FileCount write_at(ByteSource& from, std::uint32_t count, std::uint64_t) override {
        std::string text(std::min(count, PAGE_SIZE - 1), '\0');
        const std::uint32_t given = from.get(std::as_writable_bytes(std::span(text)));
        if (given < text.size()) {
            return Failure(FileError::BadAddress);
        }
        const auto set = set_(kernel_, text);
        return set ? FileCount(count) : FileCount(Failure(set.error()));
    }
    Result<Done, FileError> resize(std::uint64_t) override { return Done{}; }

private:
    Kernel& kernel_;
    Setter set_;
};

Result<Ref<OpenFile>, FileError> ProcFile::open(OpenMode mode, const std::string& path) {
    Process* const process = place_.process();
    if (process == nullptr) {
        return Failure(FileError::NotFound);
    }
    const Ref<Inode> self(this);
    if (name_.open != nullptr) {
        return name_.open(place_.kernel, *process, self, path);
    }
    if (mode != OpenMode::Read && name_.set == nullptr) {
        return Failure(FileError::InputOutput);
    }
    std::string text = name_.text != nullptr ? name_.text(place_.kernel, *process) : std::string();
    return name_.set != nullptr
               ? Ref<OpenFile>(make_ref<OpenSetting>(place_.kernel, name_.set, mode, std::move(text), path, self))
               : Ref<OpenFile>(make_ref<OpenText>(std::move(text), path, self));
}

/// A link that leads to a file itself, also to one without a name.
class ProcLink : public SymbolicLink {
public:
    ProcLink(LinkJump jump, std::uint64_t number) : SymbolicLink(number, jump.text), jump_(std::move(jump)) {
        add_link();
    }
    [[nodiscard]] const LinkJump* jump() const override { return jump_.inode || jump_.file ? &jump_ : nullptr; }

private:
    LinkJump jump_;
};

/// Names from a table and numbers from a list; an inode for each is made when it is asked for.
class ProcDirectory : public Directory {
public:
    ProcDirectory(const ProcPlace& place, const ProcListing& listing, Ref<Directory> above, std::string name,
                  std::uint64_t number)
        : Directory(number, listing.permissions),
          place_(place),
          listing_(listing),
          above_(std::move(above)),
          name_(std::move(name)) {
        set_parent(above_ ? above_.get() : this);
        add_link();
        add_link();
    }

    [[nodiscard]] bool is_made() const override { return true; }
    [[nodiscard]] Ref<Inode> find(std::string_view name) const override;
    [[nodiscard]] std::optional<DirectoryEntry> entry_at(std::uint64_t position) const override;
    [[nodiscard]] std::string path() const override {
        const std::string above = above_ ? above_->path() : "";
        return (above == "/" ? "" : above) + "/" + name_;
    }

protected:
    [[nodiscard]] std::uint64_t size() const override { return 0; }

private:
    static constexpr std::uint64_t FIRST_NAME = 2, FIRST_NUMBER = 256;
    /// Numbers of the inodes of what is in it: of names, then of numbers.
    [[nodiscard]] std::uint64_t inode_number(std::uint64_t position) const {
        constexpr std::uint64_t SPREAD = 0x9E3779B1, PROC = 0x8000'0000;  // they fit 32 bits, above those of files
        return PROC | ((number() * SPREAD + position) & (PROC - 1));
    }
    [[nodiscard]] Ref<Inode> make(const ProcName& row, std::uint64_t position) const;
    [[nodiscard]] Ref<Inode> make(std::uint32_t number, Process& process) const;
    [[nodiscard]] std::vector<std::uint32_t> numbers() const {
        Process* const process = place_.process();
        return listing_.numbers != nullptr && process != nullptr ? listing_.numbers->list(place_.kernel, *process)
                                                                 : std::vector<std::uint32_t>();
    }

    ProcPlace place_;
    const ProcListing& listing_;
    Ref<Directory> above_;  ///< empty: the parent is told by set_parent()
    std::string name_;
};

Ref<Inode> ProcDirectory::make(const ProcName& row, std::uint64_t position) const {
    const std::uint64_t number = inode_number(position);
    if (row.listing != nullptr) {
        Ref<Directory> self(const_cast<ProcDirectory*>(this));
        return make_ref<ProcDirectory>(place_, *row.listing(), std::move(self), std::string(row.name), number);
    }
    if (row.link == nullptr) {
        return make_ref<ProcFile>(place_, row, number);
    }
    Process* const process = place_.process();
    LinkJump jump = process != nullptr ? row.link(place_.kernel, *process) : LinkJump{};
    return jump.text.empty() ? Ref<Inode>() : Ref<Inode>(make_ref<ProcLink>(std::move(jump), number));
}

Ref<Inode> ProcDirectory::make(std::uint32_t number, Process& process) const {
    const ProcNumbers& kind = *listing_.numbers;
    const std::uint64_t inode = inode_number(FIRST_NUMBER + number);
    if (kind.link != nullptr) {
        return make_ref<ProcLink>(kind.link(process, number), inode);
    }
    Ref<Directory> self(const_cast<ProcDirectory*>(this));
    return make_ref<ProcDirectory>(ProcPlace{place_.kernel, number}, *kind.listing(), std::move(self),
                                   std::to_string(number), inode);
}

Ref<Inode> ProcDirectory::find(std::string_view name) const {
    for (std::size_t at = 0; at < listing_.names.size(); ++at) {
        if (listing_.names[at].name == name) {
            return make(listing_.names[at], FIRST_NAME + at);
        }
    }
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    const bool canonical =
        error == std::errc() && end == name.data() + name.size() && (name == "0" || !name.starts_with('0'));
    const std::vector<std::uint32_t> all = canonical ? numbers() : std::vector<std::uint32_t>();
    return std::ranges::binary_search(all, number) ? make(number, *place_.process()) : nullptr;
}

std::optional<DirectoryEntry> ProcDirectory::entry_at(std::uint64_t position) const {
    if (position < FIRST_NAME) {
        return DirectoryEntry{position == 0 ? "." : "..", position == 0 ? number() : parent()->number(),
                              FileType::Directory, position + 1};
    }
    for (; position - FIRST_NAME < listing_.names.size(); ++position) {
        const ProcName& row = listing_.names[position - FIRST_NAME];
        if (const Ref<Inode> inode = make(row, position)) {
            return DirectoryEntry{std::string(row.name), inode->number(), inode->type(), position + 1};
        }
    }
    const std::vector<std::uint32_t> all = numbers();
    const auto next = std::ranges::lower_bound(all, position - std::min(position, FIRST_NUMBER));
    if (next == all.end()) {
        return std::nullopt;
    }
    return DirectoryEntry{std::to_string(*next), inode_number(FIRST_NUMBER + *next), listing_.numbers->type,
                          FIRST_NUMBER + *next + 1};
}

}  // namespace

Ref<Directory> make_proc_tree(Kernel& kernel) {
    constexpr std::uint64_t ROOT_NUMBER = 0x8000'0000;
    return make_ref<ProcDirectory>(ProcPlace{kernel, 0}, *proc_listing(), nullptr, "proc", ROOT_NUMBER);
}

}  // namespace vmlab
