// SPDX-License-Identifier: GPL-2.0-only
// Files that are only named, and files that have no name.
#include "kernel/file_fixture.hpp"
#include "kernel/files/descriptor_table.hpp"

using namespace vmlab;
using vmlab_test::FilesFixture;
using vmlab_test::read_all;
using vmlab_test::TextSink;
using vmlab_test::write_text;

namespace {

constexpr OpenRequest PLACE{.mode = OpenMode::Place};

}  // namespace

TEST_CASE_FIXTURE(FilesFixture, "a place can be told of, and nothing done with what is in it") {
    CHECK(files.add_file("/file", "data", 0644).ok());
    const auto place = open("/file", PLACE);
    CHECK_FALSE(place->readable());
    CHECK_FALSE(place->writable());
    TextSink sink;
    CHECK(place->read(sink, 4).error() == FileError::BadDescriptor);
    CHECK(write_text(*place, "x").error() == FileError::BadDescriptor);
    CHECK(place->seek(0, SeekFrom::Start).error() == FileError::NotSeekable);
    CHECK(place->status().size == 4);
    CHECK(place->path() == "/file");
    CHECK(files.open_to_execute("/", "/file", ExecuteRight::Unknown).ok());
    CHECK(failure("/none", PLACE) == FileError::NotFound);
    CHECK(failure("/file", {.mode = OpenMode::Place, .kind = OpenRequest::Kind::DirectoryOnly}) ==
          FileError::NotDirectory);
}

TEST_CASE_FIXTURE(FilesFixture, "a place is a link itself where that is asked for, and a directory's moves with it") {
    CHECK(files.make_directory("/", "/here", 0755).ok());
    CHECK(files.make_symbolic_link("here", "/", "/link").ok());
    CHECK(open("/link", PLACE)->status().type == FileType::Directory);
    CHECK(open("/link", {.mode = OpenMode::Place, .follow = FollowLinks::NotTheLast})->status().type ==
          FileType::SymbolicLink);
    const auto place = open("/here", PLACE);
    CHECK(files.rename("/", "/here", "/", "/there").ok());
    CHECK(place->path() == "/there");
}

TEST_CASE_FIXTURE(FilesFixture, "a descriptor of a place is no descriptor for who wants to use the file") {
    DescriptorTable table;
    CHECK(table.install(open("/tmp", PLACE)).value() == 0);
    CHECK(table.find(0) == nullptr);
    CHECK(table.get(0).error() == FileError::BadDescriptor);
    CHECK(table.find_any(0) != nullptr);
    CHECK(table.get_any(0).ok());
    CHECK(table.install(open("/tmp")).value() == 1);
    CHECK(table.find(1) == table.find_any(1));
    CHECK(table.close(0).ok());
    CHECK(table.get_any(0).error() == FileError::BadDescriptor);
}

TEST_CASE_FIXTURE(FilesFixture, "a file without a name may get its first one, and no other once it has lost that") {
    const OpenRequest request{.mode = OpenMode::ReadWrite};
    const auto file = files.open_nameless("/", "/tmp", request).value();
    CHECK(write_text(*file, "data").value() == 4);
    CHECK(file->status().links == 0);
    const Ref<Inode> inode(file->inode());
    CHECK(files.link(inode, "/", "/named").ok());
    CHECK(read_all(*open("/named")) == "data");
    CHECK(files.unlink("/", "/named").ok());
    CHECK(files.link(inode, "/", "/named").error() == FileError::NotFound);
    CHECK(files.open_nameless("/", "/none", request).error() == FileError::NotFound);
    CHECK(files.open_nameless("/", "/dev/null", request).error() == FileError::NotDirectory);
    const auto never =
        files.open_nameless("/", "/tmp", {.mode = OpenMode::ReadWrite, .create = CreateFile::MustBeNew}).value();
    CHECK(files.link(Ref<Inode>(never->inode()), "/", "/never").error() == FileError::NotFound);
}

TEST_CASE_FIXTURE(FilesFixture, "memory that a descriptor stands for is executed and written to at a time") {
    const auto memory = files.make_unnamed_file("/memory", 0755);
    const auto executed = RamFilesystem::execute(Ref<Inode>(memory->inode()), "/memory");
    CHECK(executed.ok());
    CHECK(write_text(*memory, "data").value() == 4);
    const auto nameless = files.open_nameless("/", "/tmp", {.mode = OpenMode::ReadWrite, .permissions = 0755}).value();
    CHECK(RamFilesystem::execute(Ref<Inode>(nameless->inode()), "/x").error() == FileError::TextBusy);
}
