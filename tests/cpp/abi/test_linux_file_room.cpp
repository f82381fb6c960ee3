// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux_fixture.hpp"
#include "abi/linux_numbers.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr std::uint32_t FALLOCATE = 324, KEEP_SIZE = 1, PUNCH_HOLE = 2, COLLAPSE_RANGE = 8, ZERO_RANGE = 0x10;
constexpr std::uint32_t TEXT = SCRATCH + 256;
constexpr std::int32_t OPNOTSUPP = -95, FBIG = -27;

struct RoomFixture : ProcessFixture {
    /// Opens a file that holds this text.
    std::uint32_t file_with(const std::string& text) {
        const auto file = static_cast<std::uint32_t>(call(NR_open, put("room"), O_BOTH | O_CREATE | O_TRUNCATE, 0600));
        REQUIRE(call(NR_write, file, put(text), text.size()) == static_cast<std::int32_t>(text.size()));
        return file;
    }
    std::int32_t allocate(std::uint32_t file, std::uint32_t mode, std::uint64_t start, std::uint64_t bytes) {
        return call(FALLOCATE, file, mode, static_cast<std::uint32_t>(start), static_cast<std::uint32_t>(start >> 32),
                    static_cast<std::uint32_t>(bytes), static_cast<std::uint32_t>(bytes >> 32));
    }
    std::string content_of(std::uint32_t file) {
        constexpr std::uint32_t PREAD64 = 180, MOST = 100;
        const std::int32_t bytes = call(PREAD64, file, TEXT, MOST, 0, 0);
        REQUIRE(bytes >= 0);
        return get_text(TEXT, static_cast<std::uint32_t>(bytes));
    }
};

}  // namespace

TEST_CASE_FIXTURE(RoomFixture, "a range of zeros may make a file longer") {
    const std::uint32_t file = file_with("abcdef");
    CHECK(allocate(file, ZERO_RANGE | KEEP_SIZE, 4, 100) == 0);
    CHECK(content_of(file) == std::string("abcd\0\0", 6));
    CHECK(allocate(file, ZERO_RANGE, 1, 8) == 0);
    CHECK(content_of(file) == std::string("a\0\0\0\0\0\0\0\0", 9));
}

TEST_CASE_FIXTURE(RoomFixture, "bytes are moved nowhere, and no file is longer than there are addresses") {
    const std::uint32_t file = file_with("abcdef");
    CHECK(allocate(file, COLLAPSE_RANGE, 0, PAGE_SIZE) == OPNOTSUPP);
    CHECK(allocate(file, 0, 0, std::uint64_t{1} << 32) == FBIG);
    CHECK(allocate(file, KEEP_SIZE, 0, std::uint64_t{1} << 32) == FBIG);
    CHECK(content_of(file) == "abcdef");
}

TEST_CASE_FIXTURE(RoomFixture, "seals forbid holes and zeros, and room behind the end") {
    constexpr std::uint32_t ADD_SEALS = 1033, FCNTL64 = 221, MAY_SEAL = 2;
    const auto file = static_cast<std::uint32_t>(call(NR_memfd_create, put("sealed"), MAY_SEAL));
    REQUIRE(call(NR_write, file, put("abcdef"), 6) == 6);
    REQUIRE(call(FCNTL64, file, ADD_SEALS, FileSeals::GROW) == 0);
    CHECK(allocate(file, 0, 0, 6) == 0);
    CHECK(allocate(file, 0, 0, 7) == PERM);
    CHECK(allocate(file, KEEP_SIZE, 0, 7) == PERM);
    CHECK(allocate(file, PUNCH_HOLE | KEEP_SIZE, 5, 7) == 0);
    REQUIRE(call(FCNTL64, file, ADD_SEALS, FileSeals::WRITE) == 0);
    CHECK(allocate(file, PUNCH_HOLE | KEEP_SIZE, 0, 1) == PERM);
    CHECK(allocate(file, ZERO_RANGE, 0, 1) == PERM);
    CHECK(content_of(file) == std::string("abcde\0", 6));
}

TEST_CASE_FIXTURE(RoomFixture, "no file takes an extended attribute") {
    constexpr std::uint32_t SETXATTR = 226, GETXATTR = 229, LISTXATTR = 232;
    file_with("abcdef");
    const std::uint32_t path = put("room"), name = put("user.a", SCRATCH + 64);
    CHECK(call(SETXATTR, path, name, path, 4, 0) == OPNOTSUPP);
    CHECK(call(GETXATTR, path, name, TEXT, 4) == OPNOTSUPP);
    CHECK(call(LISTXATTR, path, TEXT, 100) == 0);
}

TEST_CASE_FIXTURE(RoomFixture, "pages of a file leave memory and come back as its readers advise") {
    constexpr std::uint32_t READAHEAD = 225, FADVISE64 = 250, FADVISE64_64 = 272, WILLNEED = 3, DONTNEED = 4;
    const std::uint32_t file = file_with("abcdef");
    const PageSlots& pages = process.files().find(file)->object()->slots();
    CHECK(pages.resident() == 1);
    CHECK(call(FADVISE64, file, 1, 0, 0, DONTNEED) == 0);  // a part of a page stays
    CHECK(call(FADVISE64, file, 0, 0, 5, DONTNEED) == 0);
    CHECK(pages.resident() == 1);
    CHECK(call(FADVISE64, file, 0, 0, 6, DONTNEED) == 0);
    CHECK(pages.resident() == 0);
    CHECK(call(FADVISE64_64, file, 0, 0, 0, 0, WILLNEED) == 0);
    CHECK(pages.resident() == 1);
    CHECK(call(FADVISE64_64, file, 0, 0, 0, 0, DONTNEED) == 0);
    CHECK(pages.resident() == 0);
    CHECK(call(READAHEAD, file, 5, 0, 1) == 0);
    CHECK(pages.resident() == 1);
    CHECK(content_of(file) == "abcdef");
}

TEST_CASE_FIXTURE(RoomFixture, "a part of a file is written back when that is asked for") {
    constexpr std::uint32_t SYNC_FILE_RANGE = 314, WAIT_BEFORE = 1, WRITE = 2, WAIT_AFTER = 4;
    const std::uint32_t file = file_with("abcdef");
    const Ref<VmObject> object = process.files().find(file)->object();
    CHECK(call(SYNC_FILE_RANGE, file, 0, 0, 0, 0, 0) == 0);
    CHECK(call(SYNC_FILE_RANGE, file, PAGE_SIZE, 0, 0, 0, WRITE) == 0);
    CHECK(object->find_page(PageIndex(0))->dirty());
    CHECK(call(SYNC_FILE_RANGE, file, 0, 0, 0, 0, WAIT_BEFORE | WRITE | WAIT_AFTER) == 0);
    CHECK_FALSE(object->find_page(PageIndex(0))->dirty());
}
