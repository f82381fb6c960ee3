// SPDX-License-Identifier: GPL-2.0-only
#include "vm/mapping_use.hpp"
#include "vm/vm_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr VirtAddr AT = VmFixture::AT;

MappingUse use_in(const Ref<AddressSpace>& space, VirtAddr va = AT) {
    return measure(*space, *space->find_mapping(va));
}

std::uint64_t pss_of_all(const Ref<AddressSpace>& space) {
    MappingUse all;
    for (const auto& [start, mapping] : space->mappings()) {
        all += measure(*space, mapping);
    }
    return all.pss.bytes();
}

}  // namespace

TEST_CASE("pages count by who shares them and whether they were written") {
    VmFixture f;
    f.map(3, VmFixture::READ_WRITE);
    const VirtAddr file_at = AT + (1U << 20);
    const auto file = f.file(std::string(2 * PAGE_SIZE, 'a'));
    f.map_file(file, 2, Sharing::Shared, file_at);
    (void)f.write(AT, 1);
    (void)f.write(AT + PAGE_SIZE, 2);
    (void)f.read(file_at);
    (void)f.write(file_at + PAGE_SIZE, 3);

    const MappingUse own = use_in(f.space), files = use_in(f.space, file_at);
    CHECK(own.size == 3 * PAGE_SIZE);
    CHECK(own.rss == 2 * PAGE_SIZE);
    CHECK(own.pss.bytes() == 2 * PAGE_SIZE);
    CHECK(own.private_dirty == 2 * PAGE_SIZE);
    CHECK(own.anonymous == 2 * PAGE_SIZE);
    CHECK(own.referenced == 2 * PAGE_SIZE);
    CHECK(files.private_clean == PAGE_SIZE);
    CHECK(files.private_dirty == PAGE_SIZE);
    CHECK(files.anonymous == 0);

    auto child = f.fork(f.space);
    f.run_in(child);
    (void)f.write(AT, 4);
    for (const auto& space : {f.space, child}) {
        const MappingUse use = use_in(space);
        CHECK(use.private_dirty == PAGE_SIZE);
        CHECK(use.shared_dirty == PAGE_SIZE);
        CHECK(use.pss.bytes() == PAGE_SIZE + PAGE_SIZE / 2);
        CHECK(use.pss_dirty.bytes() == use.pss.bytes());
        CHECK(use_in(space, file_at).shared_clean == PAGE_SIZE);
        CHECK(use_in(space, file_at).shared_dirty == PAGE_SIZE);
    }
    CHECK(use_in(child).referenced == PAGE_SIZE);  // A is clear in copied entries
}

TEST_CASE("all shares together are the frames that are mapped, with any number of sharers") {
    VmFixture f;
    f.map(5, VmFixture::READ_WRITE);
    for (std::uint32_t page = 0; page < 5; ++page) {
        (void)f.write(AT + page * PAGE_SIZE, page);
    }
    auto second = f.fork(f.space);
    auto third = f.fork(second);
    CHECK(use_in(third).pss.bytes() == 5 * PAGE_SIZE / 3);
    f.run_in(third);
    (void)f.write(AT, 9);
    const std::uint64_t shares = pss_of_all(f.space) + pss_of_all(second) + pss_of_all(third);
    CHECK(shares <= 6 * PAGE_SIZE);
    CHECK(shares >= 6 * PAGE_SIZE - 3);  // each rounds down
}

TEST_CASE("the frame of zeros is in nobody's memory") {
    VmFixture f(256, {.profile = {.zero_page = ZeroPage::On}});
    f.map(2, VmFixture::READ_WRITE);
    CHECK(f.read(AT) == FaultResult::ZeroPage);
    CHECK(use_in(f.space).rss == 0);
    CHECK(f.space->usage().resident_pages == 0);
    auto child = f.fork(f.space);
    CHECK(child->usage().resident_pages == 0);
    CHECK(f.write(AT, 1) == FaultResult::ZeroFill);
    CHECK(f.space->usage().resident_pages == 1);
}

TEST_CASE("what is in swap counts for each that would bring it in, and is divided among them") {
    VmConfig config{.page_frame_limit = 4, .swap_slots = 16};
    config.profile.replacement = "fifo";
    VmFixture f(64, config);
    f.map(4, VmFixture::READ_WRITE);
    for (std::uint32_t page = 0; page < 4; ++page) {
        (void)f.write(AT + page * PAGE_SIZE, page);
    }
    auto child = f.fork(f.space);
    REQUIRE(f.vm.daemon().free_one());
    REQUIRE(f.vm.daemon().free_one());
    for (const auto& space : {f.space, child}) {
        CHECK(use_in(space).rss == 2 * PAGE_SIZE);
        CHECK(use_in(space).swap == 2 * PAGE_SIZE);
        CHECK(use_in(space).swap_pss.bytes() == PAGE_SIZE);
    }
    f.run_in(child);
    (void)f.write(AT, 9);  // the child's own now, and the parent still has what is in the slot
    CHECK(use_in(child).swap == PAGE_SIZE);
    CHECK(use_in(f.space).swap == 2 * PAGE_SIZE);
    CHECK(use_in(child).swap_pss.bytes() == PAGE_SIZE / 2);
    CHECK(use_in(f.space).swap_pss.bytes() == PAGE_SIZE + PAGE_SIZE / 2);
}

TEST_CASE("locked pages count by their share, and the flags say so") {
    VmFixture f;
    f.map(2, VmFixture::READ_WRITE);
    const VirtRange first{AT, std::uint64_t{AT.value} + PAGE_SIZE};
    REQUIRE(f.space->set_wiring(first, Wiring::Wired).ok());
    CHECK(use_in(f.space).locked.bytes() == PAGE_SIZE);
    CHECK(flag_names(*f.space->find_mapping(AT)) == "rd wr mr mw me lo");
    CHECK(flag_names(*f.space->find_mapping(AT + PAGE_SIZE)) == "rd wr mr mw me");
    REQUIRE(f.space->set_wiring(first, Wiring::Pageable).ok());
    CHECK(use_in(f.space).locked.bytes() == 0);
}

TEST_CASE("pages in memory are counted as entries come and go, and the most is remembered") {
    VmFixture f;
    f.map(6, VmFixture::READ_WRITE);
    for (std::uint32_t page = 0; page < 6; ++page) {
        (void)f.write(AT + page * PAGE_SIZE, page);
    }
    CHECK(f.space->usage().resident_pages == 6);
    REQUIRE(f.space->unmap({AT, std::uint64_t{AT.value} + 4 * PAGE_SIZE}).ok());
    CHECK(f.space->usage().resident_pages == 2);
    CHECK(f.space->usage().peak_resident_pages == 6);
    auto child = f.fork(f.space);
    CHECK(child->usage().resident_pages == 2);
    CHECK(child->usage().peak_resident_pages == 2);
    child->forget_entry(AT + 4 * PAGE_SIZE);
    CHECK(child->usage().resident_pages == 1);
}

TEST_CASE("faults are counted by their cause as well as by their result") {
    VmFixture f;
    f.map(2, VmFixture::READ_WRITE);
    (void)f.read(AT);
    (void)f.write(AT + PAGE_SIZE, 1);
    auto child = f.fork(f.space);
    (void)f.write(AT + PAGE_SIZE, 2);
    const VmCounters& counters = f.vm.counters();
    CHECK(counters.reads_not_present == 1);
    CHECK(counters.writes_not_present == 1);
    CHECK(counters.protection_violations == 1);
    CHECK(counters.fetches_not_present == 0);
    CHECK(counters.faults_by_result[static_cast<std::size_t>(FaultResult::CopyUp)] == 1);
}

TEST_CASE("what the kernel keeps of memory grows with mappings, objects and pages") {
    VmFixture f;
    f.map(1, VmFixture::READ_WRITE);
    const std::uint64_t one = f.space->usage().metadata_bytes;
    CHECK(one <= 284);  // with what the heap adds to each of its two blocks, under 300
    f.map(1, VmFixture::READ_WRITE, AT + (1U << 20));
    const std::uint64_t two = f.space->usage().metadata_bytes;
    CHECK(two == 2 * one);
    (void)f.write(AT, 1);
    CHECK(f.space->usage().metadata_bytes >= two + sizeof(Page));
    CHECK(f.vm.metadata_bytes() >= f.space->usage().metadata_bytes - f.space->mapping_bytes());
}
