// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include <set>

#include "kernel/file_fixture.hpp"

using namespace vmlab;
using vmlab_test::FileFixture;
using vmlab_test::FilesFixture;
using vmlab_test::read_all;
using vmlab_test::TextSink;
using vmlab_test::TextSource;
using vmlab_test::write_text;

TEST_CASE_FIXTURE(FilesFixture, "a new filesystem has its devices and /tmp") {
    CHECK(files.status("/", "/tmp", FollowLinks::Yes).value().type == FileType::Directory);
    CHECK(files.status("/", "/dev/zero", FollowLinks::Yes).value().device == 0x105);
    CHECK(failure("/dev/tty") == FileError::NoDevice);
    const auto null = open("/dev/null", {.mode = OpenMode::ReadWrite});
    CHECK(read_all(*null).empty());
    CHECK(write_text(*null, "gone").value() == 4);
    TextSink sink(10000);
    CHECK(open("/dev/zero")->read(sink, 0x7ffff000).value() == 10000);
    CHECK(sink.content == std::string(10000, '\0'));
    CHECK(open("/dev/zero")->maps_zeros());
}

TEST_CASE_FIXTURE(FilesFixture, "opening obeys create, exclusive, directory and link requests") {
    CHECK(failure("/none") == FileError::NotFound);
    CHECK(failure("") == FileError::NotFound);
    CHECK(failure("/none/x", {.create = CreateFile::IfAbsent}) == FileError::NotFound);
    CHECK(create("/new")->status().size == 0);
    CHECK(failure("/new", {.create = CreateFile::MustBeNew}) == FileError::Exists);
    CHECK(failure("/new", {.kind = OpenRequest::Kind::DirectoryOnly}) == FileError::NotDirectory);
    CHECK(failure("/new/") == FileError::NotDirectory);
    CHECK(failure("/new/x") == FileError::NotDirectory);
    CHECK(failure("/newer/", {.create = CreateFile::IfAbsent}) == FileError::IsDirectory);
    CHECK(failure("/tmp", {.mode = OpenMode::Write}) == FileError::IsDirectory);
    CHECK(failure("/tmp", {.create = CreateFile::IfAbsent}) == FileError::IsDirectory);
    CHECK(failure((std::string(256, 'n')).c_str()) == FileError::NameTooLong);
    CHECK(failure((std::string(255, 'n')).c_str()) == FileError::NotFound);
}

TEST_CASE_FIXTURE(FilesFixture, "paths may be relative, dotted and doubly slashed") {
    CHECK(files.add_file("/a/b/c", "deep", 0644).ok());
    CHECK(read_all(*files.open("/a", "b/c", {}).value()) == "deep");
    CHECK(read_all(*files.open("/a/b", "../b/./c", {}).value()) == "deep");
    CHECK(read_all(*open("//a///b//c")) == "deep");
    CHECK(read_all(*open("/../../a/b/c")) == "deep");
    CHECK(files.find_directory("/a", "b/../b/.").value()->path() == "/a/b");
    CHECK(files.find_directory("/", "a/b/c").error() == FileError::NotDirectory);
    CHECK(files.find_directory("/", "/").value()->path() == "/");
}

TEST_CASE_FIXTURE(FilesFixture, "symbolic links are followed, the last one only when asked") {
    CHECK(files.add_file("/real/file", "data", 0644).ok());
    CHECK(files.make_symbolic_link("/real", "/", "/link").ok());
    CHECK(files.make_symbolic_link("file", "/", "/real/alias").ok());
    CHECK(read_all(*open("/link/alias")) == "data");
    CHECK(open("/link/alias")->path() == "/real/file");
    CHECK(files.read_link("/", "/link").value() == "/real");
    CHECK(files.read_link("/", "/real/file").error() == FileError::Invalid);
    CHECK(files.status("/", "/link", FollowLinks::NotTheLast).value().type == FileType::SymbolicLink);
    CHECK(files.status("/", "/link", FollowLinks::Yes).value().type == FileType::Directory);
    CHECK(files.status("/", "/link/", FollowLinks::NotTheLast).value().type == FileType::Directory);
    CHECK(failure("/real/alias", {.follow = FollowLinks::NotTheLast}) == FileError::TooManyLinks);
    CHECK(files.make_symbolic_link("loop", "/", "/loop").ok());
    CHECK(failure("/loop") == FileError::TooManyLinks);
    CHECK(files.make_symbolic_link("/made", "/", "/dangling").ok());
    CHECK(failure("/dangling") == FileError::NotFound);
    CHECK(create("/dangling")->path() == "/made");
}

TEST_CASE_FIXTURE(FilesFixture, "an unlinked file lives on while it is open, then its frames go back") {
    const std::uint32_t frames_before = vm.page_frames();
    auto file = create("/f");
    CHECK(write_text(*file, "still here").ok());
    CHECK(files.unlink("/", "/f").ok());
    CHECK(failure("/f") == FileError::NotFound);
    CHECK(file->status().links == 0);
    CHECK(file->seek(0, SeekFrom::Start).ok());
    CHECK(read_all(*file) == "still here");
    CHECK(vm.page_frames() == frames_before + 1);
    file = nullptr;
    CHECK(vm.page_frames() == frames_before);
    CHECK(files.unlink("/", "/f").error() == FileError::NotFound);
    CHECK(files.unlink("/", "/tmp").error() == FileError::IsDirectory);
}

TEST_CASE_FIXTURE(FilesFixture, "directories are made, listed and removed") {
    CHECK(files.make_directory("/", "d", 0700).ok());
    CHECK(files.make_directory("/", "d", 0700).error() == FileError::Exists);
    CHECK(files.make_directory("/", "no/d", 0700).error() == FileError::NotFound);
    CHECK(files.make_directory("/d", "e/", 0700).ok());
    CHECK(files.status("/", "d", FollowLinks::Yes).value().links == 3);
    CHECK(files.add_file("/d/f", "", 0644).ok());
    const auto directory = open("/d");
    std::vector<std::string> names;
    while (const auto entry = directory->entry().value()) {
        names.push_back(entry->name);
        CHECK(directory->seek(static_cast<std::int64_t>(entry->next_position), SeekFrom::Start).ok());
    }
    CHECK(names == std::vector<std::string>{".", "..", "e", "f"});
    CHECK(files.remove_directory("/", "/d").error() == FileError::NotEmpty);
    CHECK(files.remove_directory("/", "/d/f").error() == FileError::NotDirectory);
    CHECK(files.remove_directory("/", "/d/e/.").error() == FileError::Invalid);
    CHECK(files.remove_directory("/", "/d/e/..").error() == FileError::NotEmpty);
    CHECK(files.remove_directory("/", "/d/e").ok());
    CHECK(files.unlink("/d", "f").ok());
    CHECK(files.remove_directory("/", "/d").ok());
    CHECK(directory->path().empty());
    TextSink sink;
    CHECK(directory->read(sink, 1).error() == FileError::IsDirectory);
}

TEST_CASE_FIXTURE(FilesFixture, "removing entries while listing skips none") {
    for (int i = 0; i < 10; ++i) {
        CHECK(files.add_file("/d/f" + std::to_string(i), "", 0644).ok());
    }
    const auto directory = open("/d");
    std::set<std::string> seen;
    while (const auto entry = directory->entry().value()) {
        CHECK(directory->seek(static_cast<std::int64_t>(entry->next_position), SeekFrom::Start).ok());
        if (entry->type == FileType::Regular) {
            seen.insert(entry->name);
            CHECK(files.unlink("/d", entry->name).ok());
        }
    }
    CHECK(seen.size() == 10);
    CHECK(files.remove_directory("/", "/d").ok());
}

TEST_CASE_FIXTURE(FilesFixture, "rename moves names, and directories with what is in them") {
    CHECK(files.add_file("/a/f", "one", 0644).ok());
    CHECK(files.add_file("/g", "two", 0644).ok());
    CHECK(files.rename("/", "/a/f", "/", "/g").ok());
    CHECK(read_all(*open("/g")) == "one");
    CHECK(failure("/a/f") == FileError::NotFound);
    CHECK(files.rename("/", "/g", "/a", "h").ok());
    const auto directory = open("/a");
    CHECK(files.rename("/", "/a", "/", "/tmp/b").ok());
    CHECK(read_all(*open("/tmp/b/h")) == "one");
    CHECK(directory->path() == "/tmp/b");
    CHECK(files.rename("/", "/tmp", "/", "/tmp/b/c").error() == FileError::Invalid);
    CHECK(files.rename("/", "/tmp/b/h", "/", "/tmp/b").error() == FileError::NotEmpty);
    CHECK(files.rename("/", "/tmp/b/h", "/", "/dev").error() == FileError::IsDirectory);
    CHECK(files.rename("/", "/tmp/b", "/", "/dev/null").error() == FileError::NotDirectory);
    CHECK(files.rename("/", "/dev", "/", "/tmp").error() == FileError::NotEmpty);
    CHECK(files.rename("/", "/none", "/", "/x").error() == FileError::NotFound);
    CHECK(files.rename("/", "/tmp/b/h", "/", "/tmp/b/h").ok());
}

TEST_CASE_FIXTURE(FilesFixture, "modification times are the simulated clock's") {
    std::uint64_t now = 5;
    files.set_clock([&now] { return now; });
    const auto file = create("/f");
    CHECK(file->status().modified == 5);
    now = 7;
    CHECK(write_text(*file, "x").ok());
    CHECK(file->status().modified == 7);
    now = 9;
    CHECK(read_all(*file).empty());
    CHECK(file->status().modified == 7);
    CHECK(file->resize(0).ok());
    CHECK(file->status().modified == 9);
}

TEST_CASE_FIXTURE(FileFixture, "a bare filesystem has its console's node and nothing else") {
    RamFilesystem files{vm, {.tree = FilesystemShape::Tree::Bare, .console = "/console"}};
    CHECK(files.find_directory("/", "/").value()->names() == std::vector<std::string>{"console"});
    RamFilesystem nameless{vm, {.tree = FilesystemShape::Tree::Bare, .console = ""}};
    CHECK(nameless.find_directory("/", "/").value()->empty());
}

TEST_CASE_FIXTURE(FileFixture, "a filesystem of so many files gives their numbers again, the lowest first") {
    RamFilesystem files{vm, {.tree = FilesystemShape::Tree::Bare, .console = "", .inodes = 5}};
    const OpenRequest create{.mode = OpenMode::ReadWrite, .create = CreateFile::IfAbsent};
    const auto number_of = [&](const char* path) { return files.status("/", path, FollowLinks::Yes).value().inode; };
    CHECK(files.add_file("/2", "two", 0644).ok());
    CHECK(files.make_directory("/", "/3", 0755).ok());
    CHECK(files.make_device(DeviceKind::Missing, "/", "/4").ok());
    auto fifth = files.open("/", "/5", create);
    REQUIRE(fifth.ok());
    for (const char* const path : {"/2", "/3", "/4", "/5"}) {
        CHECK(number_of(path) == static_cast<std::uint64_t>(path[1] - '0'));
    }
    CHECK(files.open("/", "/6", create).error() == FileError::NoSpace);
    CHECK(files.make_directory("/", "/6", 0755).error() == FileError::NoSpace);
    CHECK(files.make_device(DeviceKind::Missing, "/", "/6").error() == FileError::NoSpace);
    CHECK(files.make_node(FileType::Pipe, "/", "/6", 0644).error() == FileError::NoSpace);
    CHECK(files.make_symbolic_link("x", "/", "/6").error() == FileError::NoSpace);
    CHECK(files.add_file("/6", "", 0644).error() == FileError::NoSpace);
    CHECK(files.unlink("/", "/5").ok());
    CHECK(files.open("/", "/6", create).error() == FileError::NoSpace);  // it is still open
    CHECK(files.inodes().size() == 5);
    fifth = Failure(FileError::NotFound);
    CHECK(files.inodes().size() == 4);
    CHECK(files.remove_directory("/", "/3").ok());
    CHECK(files.make_directory("/", "/a", 0755).ok());
    CHECK(files.open("/", "/b", create).ok());
    CHECK(number_of("/a") == 3);
    CHECK(number_of("/b") == 5);
    CHECK(files.make_pipe().read->inode()->number() > 5);
}

TEST_CASE_FIXTURE(FileFixture, "a new name goes behind all others, or where one was removed") {
    for (const auto places : {Directory::Places::Behind, Directory::Places::FirstFree}) {
        RamFilesystem files{vm, {.tree = FilesystemShape::Tree::Bare, .console = "", .places = places}};
        for (const char* const path : {"/a", "/b", "/c"}) {
            CHECK(files.add_file(path, "", 0644).ok());
        }
        CHECK(files.unlink("/", "/a").ok());
        CHECK(files.unlink("/", "/b").ok());
        CHECK(files.add_file("/new", "", 0644).ok());
        CHECK(files.add_file("/newer", "", 0644).ok());
        const Ref<Directory> root = files.find_directory("/", "/").value();
        std::vector<std::string> listed;
        for (auto entry = root->entry_at(2); entry; entry = root->entry_at(entry->next_position)) {
            listed.push_back(entry->name);
        }
        const bool first_free = places == Directory::Places::FirstFree;
        CHECK(listed == (first_free ? std::vector<std::string>{"new", "newer", "c"}
                                    : std::vector<std::string>{"c", "new", "newer"}));
        CHECK(root->end_position() == (first_free ? 5 : 7));
    }
}

TEST_CASE_FIXTURE(FilesFixture, "a node that no device stands behind is opened, and neither read nor written") {
    CHECK(files.make_device(DeviceKind::Missing, "/", "/node").ok());
    const auto node = open("/node", {.mode = OpenMode::ReadWrite});
    TextSink sink;
    CHECK(node->read(sink, 1).error() == FileError::NoDevice);
    CHECK(write_text(*node, "x").error() == FileError::NoDevice);
    CHECK(files.make_device(DeviceKind::Missing, "/", "/node").error() == FileError::Exists);
    CHECK(files.make_device(DeviceKind::Missing, "/", "/other/").error() == FileError::NotFound);
}

TEST_CASE_FIXTURE(FilesFixture,
                  "a file that is executed may be opened to write, and writing is refused, where it is denied so") {
    const OpenRequest late{.mode = OpenMode::ReadWrite, .deny_write = DenyWrite::AtWrite};
    CHECK(files.add_file("/prog", "program", 0755).ok());
    const auto open_before = open("/prog", late);
    auto running = files.open_to_execute("/", "/prog");
    REQUIRE(running.ok());
    const auto open_during = open("/prog", late);
    CHECK(write_text(*open_before, "P").error() == FileError::TextBusy);
    CHECK(write_text(*open_during, "P").error() == FileError::TextBusy);
    CHECK(failure("/prog", {.mode = OpenMode::ReadWrite}) == FileError::TextBusy);
    CHECK(failure("/prog",
                  {.mode = OpenMode::ReadWrite, .truncate = TruncateFile::Yes, .deny_write = DenyWrite::AtWrite}) ==
          FileError::TextBusy);
    running = Failure(FileError::NotFound);
    CHECK(write_text(*open_before, "P").value() == 1);
    CHECK(read_all(*open_during) == "Program");
    CHECK(files.open_to_execute("/", "/prog").ok());
    const auto writer = open("/prog", {.mode = OpenMode::ReadWrite});
    CHECK(files.open_to_execute("/", "/prog").error() == FileError::TextBusy);
}

TEST_CASE_FIXTURE(FilesFixture, "files without rights are executed, whatever they are, where a system knows none") {
    CHECK(files.add_file("/text", "no program", 0644).ok());
    CHECK(files.open_to_execute("/", "/text").error() == FileError::NotExecutable);
    CHECK(files.open_to_execute("/", "/text", ExecuteRight::Unknown).ok());
    CHECK(files.open_to_execute("/", "/tmp", ExecuteRight::Unknown).error() == FileError::NotExecutable);
    CHECK(files.open_to_execute("/", "/none", ExecuteRight::Unknown).error() == FileError::NotFound);
}
