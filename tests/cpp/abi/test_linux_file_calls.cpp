// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux_fixture.hpp"
#include "abi/linux_numbers.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

struct FileCalls : ProcessFixture {
    std::int32_t open(const std::string& path, std::uint32_t flags = 0, std::uint32_t permissions = 0644) {
        return call(NR_open, put(path), flags, permissions);
    }
    std::int32_t open_with(const std::string& content, std::uint32_t flags = O_BOTH) {
        REQUIRE(kernel.filesystem().add_file("/data", content, 0644).ok());
        return open("/data", flags);
    }
    const std::string& output() { return process.console()->output(); }
};

/// Ends one page before nothing: the page at SCRATCH + 0x1000 is the last of the bss.
constexpr std::uint32_t LAST_PAGE = 0x0804c000;
constexpr std::uint32_t AFTER_BSS = 0x0804d000;

}  // namespace

TEST_CASE_FIXTURE(FileCalls, "write() reaches the console, read() its input") {
    CHECK(call(NR_write, 1, put("hello"), 5) == 5);
    CHECK(call(NR_write, 2, put("oops"), 4) == 4);
    CHECK(output() == "hello");
    CHECK(process.console()->error_output() == "oops");
    CHECK(call(NR_read, 0, SCRATCH, 100) == 5);
    CHECK(get_text(SCRATCH, 5) == "input");
    CHECK(call(NR_read, 0, SCRATCH, 100) == 0);
}

TEST_CASE_FIXTURE(FileCalls, "descriptors that are not there, or not for this, are bad") {
    CHECK(call(NR_write, 3, SCRATCH, 1) == BADF);
    CHECK(call(NR_read, 0xFFFFFFFF, SCRATCH, 1) == BADF);
    CHECK(call(NR_write, 0, SCRATCH, 1) == BADF);
    CHECK(call(NR_read, 1, SCRATCH, 1) == BADF);
    CHECK(call(NR_writev, 0, UNMAPPED, 2000) == BADF);
    CHECK(call(NR_close, 77) == BADF);
    CHECK(call(NR_close, 1) == 0);
    CHECK(call(NR_write, 1, SCRATCH, 1) == BADF);
    CHECK(call(NR_fstat64, 1, SCRATCH) == BADF);
}

TEST_CASE_FIXTURE(FileCalls, "bad pointers and huge sizes are errors or short counts, and cost nothing") {
    CHECK(call(NR_write, 1, UNMAPPED, 1) == FAULT);
    CHECK(call(NR_write, 1, 0xC0000000, 1) == FAULT);
    CHECK(call(NR_write, 1, 0xFFFFFFFF, 0xFFFFFFFF) == FAULT);
    CHECK(call(NR_write, 1, UNMAPPED, 0) == 0);
    CHECK(call(NR_read, 0, READ_ONLY, 5) == FAULT);
    CHECK(call(NR_read, 0, 0, 5) == FAULT);
    CHECK(output().empty());
    CHECK(call(NR_write, 1, LAST_PAGE, 0xFFFFFFFF) == 4096);
    CHECK(call(NR_write, 1, AFTER_BSS - 10, 11) == FAULT);
    CHECK(output().size() == 4096);
    CHECK(call(NR_read, 0, SCRATCH, 0xFFFFFFFF) == 5);
}

TEST_CASE_FIXTURE(FileCalls, "a file takes and gives exactly the bytes that memory has") {
    CHECK(open_with(std::string(6000, 'x')) == 3);
    CHECK(call(NR_write, 3, AFTER_BSS - 10, 0xFFFFFFFF) == 10);
    CHECK(call(NR_write, 3, AFTER_BSS, 1) == FAULT);
    CHECK(call(NR_read, 3, AFTER_BSS - 20, 5000) == 20);
    CHECK(call(NR_lseek, 3, 0, 1) == 30);
    CHECK(call(NR_read, 3, AFTER_BSS, 1) == FAULT);
    CHECK(call(NR_lseek, 3, 0, 2) == 6000);
    CHECK(call(NR_read, 3, AFTER_BSS, 1) == 0);
}

TEST_CASE_FIXTURE(FileCalls, "readv and writev move the pieces in order") {
    put("hello ", SCRATCH);
    put("world", SCRATCH + 0x100);
    put_value(SCRATCH + 0x200, std::array<std::uint32_t, 6>{SCRATCH, 6, UNMAPPED, 0, SCRATCH + 0x100, 5});
    CHECK(call(NR_writev, 1, SCRATCH + 0x200, 3) == 11);
    CHECK(output() == "hello world");
    put_value(SCRATCH + 0x200, std::array<std::uint32_t, 4>{SCRATCH, 2, SCRATCH + 0x100, 100});
    CHECK(call(NR_readv, 0, SCRATCH + 0x200, 2) == 5);
    CHECK(get_text(SCRATCH, 2) == "in");
    CHECK(get_text(SCRATCH + 0x100, 3) == "put");
}

TEST_CASE_FIXTURE(FileCalls, "lists of pieces are checked") {
    CHECK(call(NR_writev, 1, SCRATCH, 0) == 0);
    CHECK(call(NR_writev, 1, SCRATCH, 1025) == INVAL);
    CHECK(call(NR_writev, 1, SCRATCH, 0xFFFFFFFF) == INVAL);
    CHECK(call(NR_writev, 1, UNMAPPED, 1) == FAULT);
    put_value(SCRATCH, std::array<std::uint32_t, 2>{SCRATCH, 0x80000000});
    CHECK(call(NR_writev, 1, SCRATCH, 1) == INVAL);
    put_value(SCRATCH, std::array<std::uint32_t, 4>{UNMAPPED, 0x7FFFFFFF, UNMAPPED, 0x7FFFFFFF});
    CHECK(call(NR_writev, 1, SCRATCH, 2) == FAULT);
}

TEST_CASE_FIXTURE(FileCalls, "open flags do what open(2) says") {
    CHECK(open("/none") == NOENT);
    CHECK(open("") == NOENT);
    CHECK(open("/new", O_WRITE | O_CREATE, 0666) == 3);
    CHECK(kernel.filesystem().status("/", "/new", FollowLinks::Yes).value().permissions == 0644);
    CHECK(open("/new", O_CREATE | O_EXCLUSIVE) == EXIST);
    CHECK(open("/new", O_DIRECTORY_ONLY) == NOTDIR);
    CHECK(open("/tmp", O_WRITE) == ISDIR);
    CHECK(open("/tmp/") == 4);
    CHECK(open("/new/x") == NOTDIR);
    CHECK(open("/dev/tty") == -6);
    CHECK(open(std::string(256, 'n')) == NAMETOOLONG);
    CHECK(call(NR_open, UNMAPPED, 0, 0) == FAULT);
    CHECK(call(NR_write, 3, put("abc"), 3) == 3);
    CHECK(open("/new", O_WRITE | O_APPENDING) == 5);
    CHECK(call(NR_write, 5, put("def"), 3) == 3);
    CHECK(kernel.filesystem().status("/", "/new", FollowLinks::Yes).value().size == 6);
    CHECK(open("/new", O_WRITE | O_TRUNCATE) == 6);
    CHECK(kernel.filesystem().status("/", "/new", FollowLinks::Yes).value().size == 0);
}

TEST_CASE_FIXTURE(FileCalls, "a path without end is too long, one that runs out of memory a fault") {
    CHECK(call(NR_brk, 0x0804f000) == 0x0804f000);
    put(std::string(5000, '/'), AFTER_BSS);
    CHECK(call(NR_open, AFTER_BSS, 0, 0) == NAMETOOLONG);
    put_value(0x0804effc, std::array<char, 4>{'/', 'a', 'b', 'c'});
    CHECK(call(NR_open, 0x0804effc, 0, 0) == FAULT);
    put(std::string(4094, '/'), AFTER_BSS);
    CHECK(call(NR_open, AFTER_BSS, 0, 0) == 3);
}

TEST_CASE_FIXTURE(FileCalls, "openat, chdir and getcwd agree on what relative means") {
    REQUIRE(kernel.filesystem().add_file("/a/b/file", "x", 0644).ok());
    CHECK(open("/a") == 3);
    CHECK(call(NR_openat, 3, put("b/file"), 0, 0) == 4);
    CHECK(call(NR_openat, 4, put("file"), 0, 0) == NOTDIR);
    CHECK(call(NR_openat, 99, put("file"), 0, 0) == BADF);
    CHECK(call(NR_openat, 99, put("/a/b/file"), 0, 0) == 5);
    CHECK(call(NR_chdir, put("/a/b/../b")) == 0);
    CHECK(call(NR_openat, AT_CWD, put("file"), 0, 0) == 6);
    CHECK(call(NR_getcwd, SCRATCH, 100) == 5);
    CHECK(get_text(SCRATCH, 5) == std::string("/a/b\0", 5));
    CHECK(call(NR_getcwd, SCRATCH, 4) == RANGE);
    CHECK(call(NR_chdir, put("file")) == NOTDIR);
    CHECK(call(NR_chdir, put("none")) == NOENT);
}

TEST_CASE_FIXTURE(FileCalls, "lseek and _llseek move, pipes do not") {
    CHECK(open_with("0123456789") == 3);
    CHECK(call(NR_lseek, 3, 4, 0) == 4);
    CHECK(call(NR_lseek, 3, -2, 1) == 2);
    CHECK(call(NR_lseek, 3, -3, 2) == 7);
    CHECK(call(NR_lseek, 3, -1, 0) == INVAL);
    CHECK(call(NR_lseek, 3, 0, 5) == INVAL);
    CHECK(call(NR_lseek, 3, 4, 3) == 4);
    CHECK(call(NR_lseek, 3, 4, 4) == 10);
    CHECK(call(NR_lseek, 3, 10, 3) == -6);
    CHECK(call(NR_lseek, 1, 0, 1) == SPIPE);
    CHECK(call(NR_llseek, 3, 1, 5, SCRATCH, 0) == 0);
    CHECK(get<std::uint64_t>(SCRATCH) == 0x100000005);
    CHECK(call(NR_lseek, 3, 0, 1) == TOO_LARGE_A_VALUE);
    CHECK(call(NR_llseek, 3, 0, 0, UNMAPPED, 0) == FAULT);
}

TEST_CASE_FIXTURE(FileCalls, "each layout of stat says the same") {
    CHECK(open_with(std::string(5000, 'x')) == 3);
    CHECK(call(NR_fstat64, 3, SCRATCH) == 0);
    CHECK(get<std::uint32_t>(SCRATCH + 16) == 0100644);
    CHECK(get<std::uint32_t>(SCRATCH + 20) == 1);
    CHECK(get<std::uint64_t>(SCRATCH + 44) == 5000);
    CHECK(get<std::uint32_t>(SCRATCH + 52) == 4096);
    CHECK(get<std::uint64_t>(SCRATCH + 56) == 10);
    const auto inode = get<std::uint64_t>(SCRATCH + 88);
    CHECK(call(NR_fstat, 3, SCRATCH) == 0);
    CHECK(get<std::uint32_t>(SCRATCH + 4) == inode);
    CHECK(get<std::uint16_t>(SCRATCH + 8) == 0100644);
    CHECK(get<std::uint32_t>(SCRATCH + 20) == 5000);
    put("", SCRATCH + 0x200);
    CHECK(call(NR_statx, 3, SCRATCH + 0x200, 0x1000, 0x7FF, SCRATCH) == 0);
    CHECK(get<std::uint16_t>(SCRATCH + 28) == 0100644);
    CHECK(get<std::uint64_t>(SCRATCH + 32) == inode);
    CHECK(get<std::uint64_t>(SCRATCH + 40) == 5000);
    CHECK(call(NR_statx, 1, SCRATCH + 0x200, 0x1000, 0x7FF, SCRATCH) == 0);
    CHECK(get<std::uint16_t>(SCRATCH + 28) == 0010600);
    CHECK(call(NR_statx, AT_CWD, put("/data", SCRATCH + 0x200), 0, 0x7FF, UNMAPPED) == FAULT);
    CHECK(call(NR_statx, AT_CWD, SCRATCH + 0x200, 0x10, 0x7FF, SCRATCH) == INVAL);
    CHECK(call(NR_statx, AT_CWD, put("", SCRATCH + 0x200), 0, 0x7FF, SCRATCH) == NOENT);
    CHECK(call(NR_stat64, put("/dev/null", SCRATCH + 0x200), SCRATCH) == 0);
    CHECK(get<std::uint32_t>(SCRATCH + 16) == 0020666);
    CHECK(get<std::uint64_t>(SCRATCH + 32) == 0x103);
}

TEST_CASE_FIXTURE(FileCalls, "duplicates share the position, and obey the numbers asked for") {
    CHECK(open_with("abcdef") == 3);
    CHECK(call(NR_dup, 3) == 4);
    CHECK(call(NR_read, 4, SCRATCH, 2) == 2);
    CHECK(call(NR_lseek, 3, 0, 1) == 2);
    CHECK(call(NR_dup2, 3, 9) == 9);
    CHECK(call(NR_dup2, 3, 3) == 3);
    CHECK(call(NR_dup2, 50, 50) == BADF);
    CHECK(call(NR_dup2, 3, 5000) == BADF);
    CHECK(call(NR_dup3, 3, 3, 0) == INVAL);
    CHECK(call(NR_dup3, 3, 10, 02000000) == 10);
    CHECK(call(NR_fcntl64, 10, 1, 0) == 1);
    CHECK(call(NR_fcntl64, 9, 1, 0) == 0);
    CHECK(call(NR_fcntl64, 9, 2, 1) == 0);
    CHECK(call(NR_fcntl64, 9, 1, 0) == 1);
    CHECK(call(NR_fcntl64, 3, 0, 20) == 20);
    CHECK(call(NR_fcntl64, 3, 0, 5000) == INVAL);
    CHECK(call(NR_fcntl64, 3, 3, 0) == static_cast<std::int32_t>(O_BOTH));
    CHECK(call(NR_fcntl64, 3, 4, O_APPENDING) == 0);
    CHECK(call(NR_fcntl64, 3, 3, 0) == static_cast<std::int32_t>(O_BOTH | O_APPENDING));
    CHECK(call(NR_fcntl64, 3, 77, 0) == INVAL);
    CHECK(call(NR_fcntl64, 77, 3, 0) == BADF);
}

TEST_CASE_FIXTURE(FileCalls, "nothing is a terminal") {
    constexpr std::uint32_t WINDOW_SIZE = 0x5413, SETTINGS = 0x5401;
    CHECK(call(NR_ioctl, 1, WINDOW_SIZE, SCRATCH) == NOTTY);
    CHECK(call(NR_ioctl, 0, SETTINGS, SCRATCH) == NOTTY);
    CHECK(call(NR_ioctl, 99, SETTINGS, SCRATCH) == BADF);
}

TEST_CASE_FIXTURE(FileCalls, "links and access are answered, /proc/self/exe too") {
    REQUIRE(kernel.filesystem().add_file("/data", "x", 0644).ok());
    REQUIRE(kernel.filesystem().add_file("/tool", "x", 0755).ok());
    CHECK(call(NR_symlink, put("/data"), put("/link", SCRATCH + 0x100)) == 0);
    CHECK(call(NR_readlink, put("/link"), SCRATCH + 0x100, 3) == 3);
    CHECK(get_text(SCRATCH + 0x100, 3) == "/da");
    CHECK(call(NR_readlink, put("/data"), SCRATCH, 10) == INVAL);
    CHECK(call(NR_readlink, put("/link"), SCRATCH, 0) == INVAL);
    CHECK(call(NR_readlink, put("/link"), UNMAPPED, 10) == FAULT);
    const std::int32_t length = call(NR_readlink, put("/proc/self/exe"), SCRATCH + 0x100, 100);
    CHECK(get_text(SCRATCH + 0x100, static_cast<std::uint32_t>(length)) == process.executable->path());
    CHECK(open("/proc/self/exe") == 3);
    CHECK(call(NR_read, 3, SCRATCH, 4) == 4);
    CHECK(get_text(SCRATCH, 4) ==
          "\x7f"
          "ELF");
    CHECK(call(NR_access, put("/data"), 4) == 0);
    CHECK(call(NR_access, put("/data"), 1) == ACCES);
    CHECK(call(NR_access, put("/tool"), 1) == 0);
    CHECK(call(NR_access, put("/none"), 0) == NOENT);
    CHECK(call(NR_access, put("/data"), 8) == INVAL);
    CHECK(call(NR_lstat64, put("/link"), SCRATCH + 0x100) == 0);
    CHECK(get<std::uint32_t>(SCRATCH + 0x110) == 0120777);
}

TEST_CASE_FIXTURE(FileCalls, "/proc/self/maps shows the mappings as Linux writes them") {
    CHECK(open("/proc/self/maps") == 3);
    const std::int32_t length = call(NR_read, 3, SCRATCH, 4096);
    const std::string text = get_text(SCRATCH, static_cast<std::uint32_t>(length));
    CHECK_MESSAGE(
        text.starts_with("08048000-08049000 r-xp 00000000 00:01 0          " + process.executable->path() + "\n"),
        text);
    CHECK_MESSAGE(text.find("bffdf000-c0000000 rw-p 00000000 00:00 0          [stack]\n") != std::string::npos, text);
}

TEST_CASE_FIXTURE(FileCalls, "directories are made, listed and removed") {
    CHECK(call(NR_mkdir, put("/d"), 0777) == 0);
    CHECK(kernel.filesystem().status("/", "/d", FollowLinks::Yes).value().permissions == 0755);
    CHECK(call(NR_mkdir, put("/d"), 0777) == EXIST);
    REQUIRE(kernel.filesystem().add_file("/d/name", "x", 0644).ok());
    CHECK(open("/d") == 3);
    CHECK(call(NR_getdents64, 3, SCRATCH, 10) == INVAL);
    CHECK(call(NR_getdents64, 3, UNMAPPED, 100) == FAULT);
    CHECK(call(NR_getdents64, 3, SCRATCH, 50) == 48);
    CHECK(get_text(SCRATCH + 19, 2) == std::string(".\0", 2));
    CHECK(get<std::uint16_t>(SCRATCH + 16) == 24);
    CHECK(get<std::uint8_t>(SCRATCH + 18) == 4);
    CHECK(get_text(SCRATCH + 24 + 19, 3) == std::string("..\0", 3));
    CHECK(call(NR_getdents64, 3, SCRATCH, 100) == 24);
    CHECK(get_text(SCRATCH + 19, 5) == std::string("name\0", 5));
    CHECK(get<std::uint8_t>(SCRATCH + 18) == 8);
    CHECK(call(NR_getdents64, 3, SCRATCH, 100) == 0);
    CHECK(call(NR_getdents64, 1, SCRATCH, 100) == NOTDIR);
    CHECK(call(NR_read, 3, SCRATCH, 1) == ISDIR);
    CHECK(call(NR_rmdir, put("/d")) == -39);
    CHECK(call(NR_unlink, put("/d")) == ISDIR);
    CHECK(call(NR_unlink, put("/d/name")) == 0);
    CHECK(call(NR_rmdir, put("/d")) == 0);
}

TEST_CASE_FIXTURE(FileCalls, "sendfile copies between files, from the position or from a place of its own") {
    CHECK(open_with("0123456789") == 3);
    CHECK(call(NR_sendfile64, 1, 3, 0, 4) == 4);
    CHECK(call(NR_lseek, 3, 0, 1) == 4);
    put_value(SCRATCH, std::uint64_t{7});
    CHECK(call(NR_sendfile64, 1, 3, SCRATCH, 0x7FFFFFFF) == 3);
    CHECK(get<std::uint64_t>(SCRATCH) == 10);
    CHECK(call(NR_lseek, 3, 0, 1) == 4);
    CHECK(output() == "0123789");
    CHECK(call(NR_sendfile64, 1, 0, 0, 4) == INVAL);
    CHECK(call(NR_sendfile64, 0, 3, 0, 4) == BADF);
    CHECK(call(NR_sendfile64, 1, 3, UNMAPPED, 4) == FAULT);
}

TEST_CASE_FIXTURE(FileCalls, "ftruncate64 needs a regular file open for writing") {
    CHECK(open_with("0123456789") == 3);
    CHECK(call(NR_ftruncate64, 3, 4, 0) == 0);
    CHECK(call(NR_pread64, 3, SCRATCH, 100, 0, 0) == 4);
    CHECK(call(NR_pread64, 3, SCRATCH, 100, 0, 0x80000000) == INVAL);
    CHECK(call(NR_ftruncate64, 3, 0, 0x80000000) == INVAL);
    CHECK(call(NR_ftruncate64, 3, 0, 2) == -27);
    CHECK(call(NR_ftruncate64, 1, 0, 0) == INVAL);
    CHECK(open("/data") == 4);
    CHECK(call(NR_ftruncate64, 4, 0, 0) == INVAL);
}
