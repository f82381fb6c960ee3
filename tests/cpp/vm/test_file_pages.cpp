// SPDX-License-Identifier: GPL-2.0-only
#include "vm/file_pages.hpp"

#include <algorithm>

#include "vm/vm_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr std::uint32_t PAGES = 6;

std::uint32_t in_memory(const VmObject& file) { return file.slots().resident(); }

std::string content_of(const VmObject& file) {
    std::string content;
    std::array<std::byte, PAGE_SIZE> bytes;
    for (std::uint32_t page = 0; page < file.size_pages(); ++page) {
        file.peek(PageIndex(page), bytes);
        content.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    return content.substr(0, file.bytes());
}

}  // namespace

TEST_CASE("bytes of a file become zeros, whatever pages they begin and end in") {
    const std::string content(PAGES * PAGE_SIZE - 100, 'x');
    for (const auto& [start, end] : {std::pair{5U, 5U},
                                     {5U, 6U},
                                     {0U, PAGE_SIZE},
                                     {10U, PAGE_SIZE},
                                     {PAGE_SIZE - 1, PAGE_SIZE + 1},
                                     {PAGE_SIZE, PAGE_SIZE + 7},
                                     {100U, 4 * PAGE_SIZE + 1},
                                     {2 * PAGE_SIZE, 5 * PAGE_SIZE},
                                     {3 * PAGE_SIZE, 100 * PAGE_SIZE},
                                     {90 * PAGE_SIZE, 100 * PAGE_SIZE}}) {
        CAPTURE(start);
        CAPTURE(end);
        VmFixture f;
        const auto file = f.file(content);
        f.map_file(file, PAGES, Sharing::Shared);
        (void)f.read(VmFixture::page_at(1));
        REQUIRE(clear_bytes(*file, start, end));
        f.check();
        const auto size = static_cast<std::uint32_t>(content.size());
        const std::uint32_t from = std::min(start, size), to = std::max(from, std::min(end, size));
        std::string expected = content;
        std::fill(expected.begin() + from, expected.begin() + to, '\0');
        CHECK(content_of(*file) == expected);
        REQUIRE(file->write_back(PageIndex(0), PAGES, IoMode::Wait));
        for (std::uint32_t page = 0; page < PAGES; ++page) {
            if (file->find_page(PageIndex(page)) != nullptr) {
                file->evict_page(PageIndex(page));
            }
        }
        CHECK(content_of(*file) == expected);  // on the disk, too
    }
}

TEST_CASE("zeros in a page that the disk does not give are told of") {
    VmFixture f;
    const std::string content(PAGES * PAGE_SIZE, 'x');
    const auto file = f.file(content);
    for (const auto& [start, end] : {std::pair{5U, 6U}, {PAGE_SIZE, 2 * PAGE_SIZE}, {5U, PAGE_SIZE}}) {
        f.vm.file_disk().fail_next(IoDirection::Read, 1);
        CHECK_FALSE(clear_bytes(*file, start, end));
        CHECK(content_of(*file) == content);
    }
}

TEST_CASE("pages of a file are brought in ahead, and no others") {
    VmFixture f;
    const auto file = f.file(std::string(PAGES * PAGE_SIZE, 'x'));
    bring_in(*file, {.first = 1, .end = 3});
    CHECK(in_memory(*file) == 2);
    CHECK(file->find_page(PageIndex(2)) != nullptr);
    bring_in(*file, {.first = 5, .end = ~std::uint64_t{0}});
    bring_in(*file, {.first = 50, .end = 60});
    CHECK(in_memory(*file) == 3);
    f.check();
}

TEST_CASE("no more pages are brought in ahead than there are frames for") {
    VmConfig config{.page_frame_limit = 2};
    VmFixture f(64, config);
    f.map(2, VmFixture::READ_WRITE);
    f.write_numbers(2);  // dirty, and there is no swap
    const auto file = f.file(std::string(PAGES * PAGE_SIZE, 'x'));
    bring_in(*file, {.end = PAGES});
    CHECK(in_memory(*file) == 0);
    CHECK(f.value_at(VmFixture::AT) == 1);
}

TEST_CASE("a file's clean pages leave memory, but what is dirty or mapped stays") {
    VmFixture f;
    const auto file = f.file(std::string(PAGES * PAGE_SIZE, 'x'));
    f.map_file(file, 1, Sharing::Shared);
    (void)f.read(VmFixture::AT);
    bring_in(*file, {.end = PAGES});
    file->find_page(PageIndex(2))->mark_dirty();
    drop_clean(*file, {.end = 4});
    CHECK(in_memory(*file) == 4);
    CHECK(file->find_page(PageIndex(0)) != nullptr);
    CHECK(file->find_page(PageIndex(2)) != nullptr);
    drop_clean(*file, {.first = 4, .end = ~std::uint64_t{0}});
    drop_clean(*file, {.first = 10, .end = 20});
    CHECK(in_memory(*file) == 2);
    f.check();
    f.vm.drop_clean_file_pages();
    CHECK(in_memory(*file) == 2);
    REQUIRE(f.space->unmap(pages_at(VmFixture::AT, 1)).ok());
    f.vm.drop_clean_file_pages();
    CHECK(in_memory(*file) == 1);
}
