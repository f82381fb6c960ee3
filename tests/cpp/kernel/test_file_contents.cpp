// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include "kernel/file_fixture.hpp"

using namespace vmlab;
using vmlab_test::FilesFixture;
using vmlab_test::read_all;
using vmlab_test::TextSink;
using vmlab_test::TextSource;
using vmlab_test::write_text;

TEST_CASE_FIXTURE(FilesFixture, "an added file is read from its object's pages") {
    const std::string content = std::string(5000, 'a') + "end";
    CHECK(files.add_file("/usr/share/data.txt", content, 0600).ok());
    const auto file = open("/usr/share/data.txt");
    CHECK(file->status().size == 5003);
    CHECK(file->status().permissions == 0600);
    CHECK(file->object()->slots().resident() == 0);
    CHECK(read_all(*file) == content);
    CHECK(file->object()->slots().resident() == 2);
    CHECK(file->path() == "/usr/share/data.txt");
    CHECK(file->object() == files.object_of("/usr/share/data.txt").value());
}

TEST_CASE_FIXTURE(FilesFixture, "add_file replaces the file and leaves open ones alone") {
    CHECK(files.add_file("/a", "old", 0644).ok());
    const auto old = open("/a");
    CHECK(files.add_file("/a", "new", 0644).ok());
    CHECK(read_all(*old) == "old");
    CHECK(read_all(*open("/a")) == "new");
    CHECK(files.add_file("/tmp", "x", 0644).error() == FileError::IsDirectory);
    CHECK(files.add_file("/a/b", "x", 0644).error() == FileError::NotDirectory);
}

TEST_CASE_FIXTURE(FilesFixture,
                  "an added link takes the place of what is no directory, and leads where the guest has it") {
    CHECK(files.add_link("/deep/down/link", "/a").ok());
    CHECK(files.status("/", "/deep/down/link", FollowLinks::Yes).error() == FileError::NotFound);
    CHECK(files.add_file("/a", "text", 0644).ok());
    CHECK(read_all(*open("/deep/down/link")) == "text");
    CHECK(files.add_link("/a", "deep").ok());
    CHECK(files.read_link("/", "/a").value() == "deep");
    CHECK(files.add_file("/a/b", "through a link", 0644).ok());
    CHECK(read_all(*open("/deep/b")) == "through a link");
    CHECK(files.add_link("/deep", "x").error() == FileError::IsDirectory);
    CHECK(files.add_link("/deep/b/c", "x").error() == FileError::NotDirectory);
}

TEST_CASE_FIXTURE(FilesFixture, "what is added may lie deep, and each directory above is made once") {
    std::string path;
    for (int depth = 0; depth < 200; ++depth) {
        path += "/d";
    }
    CHECK(files.add_file(path + "/file", "text", 0644).ok());
    CHECK(files.add_link(path + "/link", "file").ok());
    CHECK(read_all(*open((path + "/link").c_str())) == "text");
}

TEST_CASE_FIXTURE(FilesFixture, "an added directory stays as it is where it is there") {
    CHECK(files.add_directory("/one/two", 0700).ok());
    CHECK(files.add_directory("/one/two", 0755).ok());
    CHECK(files.status("/", "/one/two", FollowLinks::Yes).value().permissions == 0700);
    CHECK(files.add_link("/link", "one").ok());
    CHECK(files.add_directory("/link", 0755).ok());
    CHECK(files.add_file("/file", "x", 0644).ok());
    CHECK(files.add_directory("/file", 0755).error() == FileError::NotDirectory);
}

TEST_CASE_FIXTURE(FilesFixture, "writing goes to the page that a mapping would show") {
    const auto file = create("/f");
    CHECK(write_text(*file, "hello").value() == 5);
    const Page* page = file->object()->find_page(PageIndex(0));
    REQUIRE(page != nullptr);
    CHECK(page->dirty());
    CHECK(static_cast<char>(machine.memory().frame(page->frame())[1]) == 'e');
    machine.memory().writable_frame(page->frame())[1] = static_cast<std::byte>('E');
    CHECK(file->seek(0, SeekFrom::Start).value() == 0);
    CHECK(read_all(*file) == "hEllo");
}

TEST_CASE_FIXTURE(FilesFixture, "a write across pages, past the end, leaves zeros between") {
    const auto file = create("/f");
    CHECK(write_text(*file, "ab").ok());
    CHECK(file->seek(8190, SeekFrom::Start).value() == 8190);
    CHECK(write_text(*file, "wxyz").value() == 4);
    CHECK(file->status().size == 8194);
    CHECK(file->seek(0, SeekFrom::Start).ok());
    CHECK(read_all(*file) == "ab" + std::string(8188, '\0') + "wxyz");
    CHECK(file->object()->find_page(PageIndex(0)) != nullptr);
}

TEST_CASE_FIXTURE(FilesFixture, "what was cut off does not come back") {
    CHECK(files.add_file("/f", std::string(9000, 'q'), 0644).ok());
    const auto file = open("/f", {.mode = OpenMode::ReadWrite});
    CHECK(file->resize(100).ok());
    CHECK(file->resize(9000).ok());
    CHECK(read_all(*file) == std::string(100, 'q') + std::string(8900, '\0'));
    CHECK(file->resize(RegularFile::MAX_BYTES + 1).error() == FileError::TooBig);
    const auto again = open("/f", {.mode = OpenMode::Write, .truncate = TruncateFile::Yes});
    CHECK(again->status().size == 0);
}

TEST_CASE_FIXTURE(FilesFixture, "appending always writes at the end") {
    CHECK(files.add_file("/log", "one", 0644).ok());
    const auto log = open("/log", {.mode = OpenMode::ReadWrite, .append = AppendMode::Yes});
    const auto other = open("/log", {.mode = OpenMode::Write});
    CHECK(log->seek(0, SeekFrom::Start).ok());
    CHECK(write_text(*log, " two").ok());
    CHECK(write_text(*other, "O").ok());
    CHECK(log->seek(0, SeekFrom::Start).ok());
    CHECK(read_all(*log) == "One two");
}

TEST_CASE_FIXTURE(FilesFixture, "reads and writes stop where the memory behind them stops") {
    CHECK(files.add_file("/f", std::string(6000, 'x'), 0644).ok());
    const auto file = open("/f", {.mode = OpenMode::ReadWrite});
    TextSink none(0), some(5000);
    CHECK(file->read(none, 10).error() == FileError::BadAddress);
    CHECK(file->read(some, 6000).value() == 5000);
    CHECK(file->seek(0, SeekFrom::Current).value() == 5000);
    TextSource nothing(""), few("abc");
    CHECK(file->write(nothing, 10).error() == FileError::BadAddress);
    CHECK(file->write(few, 0x7ffff000).value() == 3);
    CHECK(file->status().size == 6000);
}

TEST_CASE_FIXTURE(FilesFixture, "no frame left is an error, and a file that could not grow has not grown") {
    const auto file = create("/big");
    vm.set_page_frame_limit(2);
    vm.file_disk().fail_next(IoDirection::Write, 1'000);
    CHECK(write_text(*file, std::string(3 * PAGE_SIZE, 'b')).value() == 2 * PAGE_SIZE);
    CHECK(write_text(*file, "c").error() == FileError::NoMemory);
    CHECK(file->status().size == 2 * PAGE_SIZE);
    CHECK(files.add_file("/other", "x", 0644).ok());
    TextSink sink;
    CHECK(open("/other")->read(sink, 1).error() == FileError::NoMemory);
    CHECK(files.unlink("/", "/big").ok());
}

TEST_CASE_FIXTURE(FilesFixture, "a file larger than memory is written back as it goes, and read again") {
    const auto file = create("/big");
    vm.set_page_frame_limit(2);
    const std::string text = std::string(PAGE_SIZE, 'a') + std::string(PAGE_SIZE, 'b') + std::string(PAGE_SIZE, 'c');
    CHECK(write_text(*file, text).value() == 3 * PAGE_SIZE);
    CHECK(vm.counters().pages_written_back == 1);
    CHECK(file->seek(0, SeekFrom::Start).value() == 0);
    CHECK(read_all(*file) == text);
    vm.file_disk().fail_next(IoDirection::Read, 1);
    TextSink sink;
    CHECK(file->seek(0, SeekFrom::Start).value() == 0);
    CHECK(file->read(sink, 1).error() == FileError::InputOutput);
    CHECK(file->read(sink, 1).value() == 1);
}

TEST_CASE_FIXTURE(FilesFixture, "a file has a largest size") {
    const auto file = create("/f");
    CHECK(file->seek(static_cast<std::int64_t>(RegularFile::MAX_BYTES), SeekFrom::Start).ok());
    CHECK(write_text(*file, "x").error() == FileError::TooBig);
    CHECK(file->seek(-1, SeekFrom::Current).ok());
    CHECK(write_text(*file, "xy").value() == 1);
    CHECK(file->status().size == RegularFile::MAX_BYTES);
}

TEST_CASE_FIXTURE(FilesFixture, "seeking before the start or past 63 bits is refused") {
    CHECK(files.add_file("/f", "abc", 0644).ok());
    const auto file = open("/f");
    CHECK(file->seek(-1, SeekFrom::Start).error() == FileError::Invalid);
    CHECK(file->seek(-4, SeekFrom::End).error() == FileError::Invalid);
    CHECK(file->seek(-1, SeekFrom::End).value() == 2);
    CHECK(file->seek(INT64_MAX, SeekFrom::Current).error() == FileError::Invalid);
    CHECK(file->seek(INT64_MIN, SeekFrom::Current).error() == FileError::Invalid);
    CHECK(file->seek(INT64_MAX, SeekFrom::Start).ok());
    CHECK(read_all(*file).empty());
}
