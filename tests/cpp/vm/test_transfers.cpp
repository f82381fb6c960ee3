// SPDX-License-Identifier: GPL-2.0-only
#include "vm/policy/fifo.hpp"
#include "vm/transfers.hpp"
#include "vm/vm_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr VirtAddr AT = VmFixture::AT;
constexpr std::uint64_t SEEK = 1000, PER_PAGE = 10;

constexpr auto page_at = VmFixture::page_at;

VmConfig slow(std::uint32_t frames, std::uint32_t slots) {
    VmConfig config{.page_frame_limit = frames, .swap_slots = slots};
    config.profile.swap_disk = {"slow", SEEK, PER_PAGE};
    config.profile.file_disk = {"slow", SEEK, PER_PAGE};
    config.profile.make_policy = [] { return std::make_unique<Fifo>(); };
    return config;
}

/// A virtual memory whose faults do not wait.
struct Impatient : VmFixture {
    using VmFixture::VmFixture;

    FaultOutcome attempt(AddressSpace& of, VirtAddr va, Access access, FaultAttempt how = {.io = IoMode::Start}) {
        run_in_space(of);
        const PageFault fault{.address = va, .error = PageFaultError::USER, .access = access, .eip = VirtAddr(1)};
        const FaultOutcome outcome = of.resolve_fault(fault, AfterEnter::NoRetry, how);
        machine.mmu().flush();
        return outcome;
    }
    FaultOutcome read_from(AddressSpace& of, VirtAddr va) { return attempt(of, va, Access::Read); }
    FaultOutcome write_from(AddressSpace& of, VirtAddr va) { return attempt(of, va, Access::Write); }
    /// Works for a process whose pid tells the spaces apart.
    void run_in_space(AddressSpace& of) {
        machine.mmu().load_cr3(of.pmap().root());
        vm.set_current({.pid = &of == space.get() ? 1U : 2U, .domain = of.domain()});
    }
    /// What a page that is written and then leaves for swap needs to be read from there.
    void write_and_evict(std::uint32_t pages) {
        for (std::uint32_t page = 0; page < pages; ++page) {
            (void)write(page_at(page), page + 100);
        }
        while (vm.pageable_frames() > 0) {
            REQUIRE(vm.daemon().free_one());
        }
    }
    void pass(std::uint64_t time) {
        vm.advance_to(vm.now() + time);
        vm.transfers().finish_due();
    }
};

}  // namespace

TEST_CASE("a page on its way in is busy: a second faulter waits for the same transfer") {
    Impatient f(64, slow(8, 8));
    f.map(1, VmFixture::READ_WRITE);
    f.write_and_evict(1);
    auto child = f.fork(f.space);
    const FaultOutcome first = f.read_from(*f.space, AT);
    CHECK(first.result == FaultResult::Blocked);
    CHECK(first.cost == FaultCost::Major);
    const FaultOutcome second = f.read_from(*child, AT);
    CHECK(second.result == FaultResult::Blocked);
    CHECK(second.transfer == first.transfer);
    CHECK(second.cost == FaultCost::Minor);
    f.check();
    f.pass(SEEK + PER_PAGE - 1);
    CHECK(f.read_from(*child, AT).result == FaultResult::Blocked);
    f.pass(1);
    const auto finished = f.vm.transfers().take_finished();
    REQUIRE(finished.size() == 1);
    CHECK(finished[0].id == first.transfer);
    const FaultOutcome again = f.attempt(*f.space, AT, Access::Read, {.io = IoMode::Start, .so_far = FaultCost::Major});
    CHECK(again.result == FaultResult::PageIn);
    CHECK(again.cost == FaultCost::Major);
    CHECK(f.read_from(*child, AT).result == FaultResult::Resident);
    CHECK(f.vm.swap().disk().transfers(IoDirection::Read) == 1);
    CHECK(f.vm.counters().major_faults == 1);
    CHECK(f.value_at(AT) == 100);
}

TEST_CASE("the log and the counters hear of a fault when it is resolved, not while it is blocked") {
    Impatient f(64, slow(8, 8));
    f.map(1, VmFixture::READ_WRITE);
    f.write_and_evict(1);
    const VmCounters before = f.vm.counters();
    CHECK(f.read_from(*f.space, AT).result == FaultResult::Blocked);
    CHECK(f.vm.counters().faults_by_result == before.faults_by_result);
    f.pass(SEEK + PER_PAGE);
    CHECK(f.read_from(*f.space, AT).result == FaultResult::Resident);
}

TEST_CASE("a frame that becomes free is kept for who waits for one") {
    Impatient f(64, slow(2, 8));
    f.map(4, VmFixture::READ_WRITE);
    auto child = f.fork(f.space);
    (void)f.write(page_at(0), 1);
    (void)f.write(page_at(1), 2);
    const FaultOutcome waits = f.write_from(*f.space, page_at(2));
    CHECK(waits.result == FaultResult::Blocked);
    CHECK(waits.transfer == 0);
    f.vm.frame_waiters().add(1);
    CHECK(f.vm.transfers().leaving() == 1);
    f.check();
    f.pass(SEEK + PER_PAGE);
    f.vm.grant_frames();
    CHECK(f.vm.frame_waiters().is_granted(1));
    SUBCASE("another process gets none of it") {
        CHECK(f.write_from(*child, page_at(3)).result == FaultResult::Blocked);
        CHECK(f.write_from(*f.space, page_at(2)).result == FaultResult::ZeroFill);
    }
    SUBCASE("one who wants it no more leaves it to all") {
        f.vm.frame_waiters().remove(1);
        CHECK(f.write_from(*child, page_at(3)).result == FaultResult::ZeroFill);
    }
    f.pass(SEEK + PER_PAGE);
}

TEST_CASE("each of two waiters has a page of its own written for it") {
    Impatient f(64, slow(2, 8));
    f.map(4, VmFixture::READ_WRITE);
    auto child = f.fork(f.space);
    (void)f.write(page_at(0), 1);
    (void)f.write(page_at(1), 2);
    CHECK(f.write_from(*f.space, page_at(2)).result == FaultResult::Blocked);
    f.vm.frame_waiters().add(1);
    CHECK(f.write_from(*child, page_at(3)).result == FaultResult::Blocked);
    f.vm.frame_waiters().add(2);
    CHECK(f.vm.transfers().leaving() == 2);
    CHECK(f.write_from(*f.space, page_at(2)).result == FaultResult::Blocked);
    CHECK(f.vm.transfers().leaving() == 2);
    f.pass(2 * (SEEK + PER_PAGE));
    CHECK(f.write_from(*f.space, page_at(2)).result == FaultResult::ZeroFill);
    CHECK(f.write_from(*child, page_at(3)).result == FaultResult::ZeroFill);
    f.check();
}

TEST_CASE("who waits for a frame is told nothing until something has changed") {
    FrameWaiters waiters;
    waiters.add(1);
    waiters.add(2);
    waiters.grant(2);
    CHECK_FALSE(waiters.is_granted(1));
    CHECK_FALSE(waiters.may_try_again(1));
    waiters.note_change();
    waiters.grant(1);
    CHECK(waiters.is_granted(1));
    CHECK_FALSE(waiters.is_granted(2));
    CHECK(waiters.may_try_again(2));
    CHECK(waiters.kept_from(2) == 1);
    waiters.add(1);  // another took it
    waiters.grant(1);
    CHECK_FALSE(waiters.is_granted(1));
    CHECK(waiters.is_granted(2));
    waiters.note_change();
    waiters.grant(1);
    CHECK(waiters.is_granted(1));  // it kept its place
    CHECK_FALSE(waiters.is_granted(2));
}

TEST_CASE("a page on its way out is busy, and stays when somebody waits for it") {
    Impatient f(64, slow(1, 8));
    f.map(2, VmFixture::READ_WRITE);
    (void)f.write(AT, 17);
    CHECK(f.write_from(*f.space, page_at(1)).result == FaultResult::Blocked);
    const FaultOutcome back = f.read_from(*f.space, AT);
    CHECK(back.result == FaultResult::Blocked);
    CHECK(back.transfer != 0);
    f.check();
    f.pass(SEEK + PER_PAGE);
    CHECK(f.read_from(*f.space, AT).result == FaultResult::Reclaim);
    CHECK(f.vm.swap().disk().transfers(IoDirection::Read) == 0);
    CHECK(f.value_at(AT) == 17);
}

TEST_CASE("a read that fails while pages are busy: who waited has an error, nothing is lost") {
    Impatient f(64, slow(8, 8));
    f.map(1, VmFixture::READ_WRITE);
    f.write_and_evict(1);
    f.vm.swap().disk().fail_next(IoDirection::Read, 1);
    const FaultOutcome blocked = f.read_from(*f.space, AT);
    CHECK(blocked.result == FaultResult::Blocked);
    f.check();
    f.pass(SEEK + PER_PAGE);
    const auto finished = f.vm.transfers().take_finished();
    REQUIRE(finished.size() == 1);
    CHECK(finished[0].result == IoResult::Failed);
    CHECK(f.vm.pageable_frames() == 0);
    f.check();
    const FaultOutcome failed =
        f.attempt(*f.space, AT, Access::Read, {.io = IoMode::Start, .awaited = IoResult::Failed});
    CHECK(failed.result == FaultResult::BusError);
    CHECK(f.value_at(AT) == 100);
}

TEST_CASE("a write that fails while the page is busy: it is dirty and back in use") {
    Impatient f(64, slow(1, 8));
    f.map(2, VmFixture::READ_WRITE);
    (void)f.write(AT, 17);
    f.vm.swap().disk().fail_next(IoDirection::Write, 1);
    CHECK(f.write_from(*f.space, page_at(1)).result == FaultResult::Blocked);
    f.pass(SEEK + PER_PAGE);
    f.check();
    CHECK(f.vm.swap().used() == 0);
    CHECK(f.vm.pageable_frames() == 1);
    const Page& page = *f.space->find_mapping(AT)->object->find_page(PageIndex(0));
    CHECK(page.state() == PageState::Active);
    CHECK(page.dirty());
    CHECK(f.value_at(AT) == 17);
    CHECK(f.write(page_at(1), 18) == FaultResult::ZeroFill);
}

TEST_CASE("who may not block waits, and time passes as long as the disk takes") {
    Impatient f(64, slow(8, 8));
    f.map(2, VmFixture::READ_WRITE);
    f.write_and_evict(2);
    const std::uint64_t start = f.vm.now();
    CHECK(f.read_from(*f.space, page_at(0)).result == FaultResult::Blocked);
    CHECK(f.vm.now() == start);
    CHECK(f.attempt(*f.space, page_at(1), Access::Read, {}).result == FaultResult::PageIn);
    CHECK(f.vm.now() == start + 2 * (SEEK + PER_PAGE));  // the disk does one after the other
    CHECK_FALSE(f.vm.transfers().any());
}

TEST_CASE("memory that is given back while its pages travel") {
    Impatient f(64, slow(2, 8));
    f.map(4, VmFixture::READ_WRITE);
    f.write_and_evict(2);
    auto child = f.fork(f.space);
    SUBCASE("on their way in") {
        CHECK(f.read_from(*f.space, page_at(0)).result == FaultResult::Blocked);
        REQUIRE(f.space->unmap({AT, AT.value + PAGE_SIZE}).ok());
        f.check();
        f.exit(child);
        CHECK(f.vm.pageable_frames() == 0);
    }
    SUBCASE("on their way out") {
        (void)f.write(page_at(2), 1);
        (void)f.write(page_at(3), 2);
        CHECK(f.read_from(*child, page_at(1)).result == FaultResult::Blocked);
        CHECK(f.vm.transfers().leaving() == 1);
        REQUIRE(f.space->unmap({AT, AT.value + 4 * PAGE_SIZE}).ok());
        CHECK(f.vm.transfers().leaving() == 0);
        f.check();
    }
    f.pass(3 * SEEK);
    f.check();
}

TEST_CASE("a file that shrinks while its page is read") {
    Impatient f(64, slow(8, 0));
    const auto file = f.file(std::string(PAGE_SIZE + 100, 'x'));
    f.map_file(file, 2, Sharing::Shared);
    CHECK(f.read_from(*f.space, page_at(1)).result == FaultResult::Blocked);
    file->resize(50);
    f.check();
    f.pass(SEEK + PER_PAGE);
    CHECK(f.read_from(*f.space, page_at(1)).result == FaultResult::BusError);
    CHECK(f.value_at(AT) == 0x78787878);
}

TEST_CASE("clustering: modified neighbours leave in one transfer, to slots side by side") {
    VmConfig config = slow(16, 16);
    config.profile.cluster = 4;
    config.profile.low_watermark = 14;
    config.profile.high_watermark = 14;
    Impatient f(64, config);
    f.map(6, VmFixture::READ_WRITE);
    f.write_numbers(6);
    f.vm.daemon().balance();
    CHECK(f.vm.transfers().under_way().size() == 1);
    CHECK(f.vm.transfers().unused() == 4);
    CHECK(f.vm.transfers().next_end() == f.vm.now() + SEEK + 4 * PER_PAGE);
    const VmObject& object = *f.space->find_mapping(AT)->object;
    for (std::uint32_t page = 1; page < 4; ++page) {
        CHECK(object.swap_slot(PageIndex(page)).value == object.swap_slot(PageIndex(0)).value + page);
    }
    f.check();
    f.pass(SEEK + 4 * PER_PAGE);
    CHECK(f.vm.standby().size() == 4);
    f.check();
}

TEST_CASE("readahead: neighbours on the disk come along, and a touch finds them on standby") {
    VmConfig config = slow(16, 16);
    config.profile.readahead = 4;
    Impatient f(64, config);
    const auto file = f.file(std::string(10 * PAGE_SIZE, 'x'));
    f.map_file(file, 10, Sharing::Shared);
    const auto in_memory = [&] { return file->slots().resident(); };
    SUBCASE("an aligned window") {
        CHECK(f.read_from(*f.space, page_at(5)).result == FaultResult::Blocked);
        CHECK(in_memory() == 4);
        CHECK(file->find_page(PageIndex(4)) != nullptr);
        f.check();
        f.pass(SEEK + 4 * PER_PAGE);
        CHECK(f.read_from(*f.space, page_at(5)).result == FaultResult::Resident);
        CHECK(f.read_from(*f.space, page_at(7)).result == FaultResult::Reclaim);
        CHECK(f.vm.file_disk().transfers(IoDirection::Read) == 1);
        CHECK(f.vm.counters().pages_read == 4);
    }
    SUBCASE("twice as much ahead where reads are sequential") {
        REQUIRE(f.space->advise({AT, AT.value + 10 * PAGE_SIZE}, Advice::Sequential).ok());
        CHECK(f.read_from(*f.space, page_at(1)).result == FaultResult::Blocked);
        CHECK(in_memory() == 8);
        CHECK(file->find_page(PageIndex(0)) == nullptr);
        f.pass(2 * SEEK);
    }
    SUBCASE("none where they are random") {
        REQUIRE(f.space->advise({AT, AT.value + 10 * PAGE_SIZE}, Advice::Random).ok());
        CHECK(f.read_from(*f.space, page_at(1)).result == FaultResult::Blocked);
        CHECK(in_memory() == 1);
        f.pass(SEEK + PER_PAGE);
    }
    SUBCASE("none into frames that are not free") {
        f.vm.set_page_frame_limit(1);
        CHECK(f.read_from(*f.space, page_at(1)).result == FaultResult::Blocked);
        CHECK(in_memory() == 1);
        f.pass(SEEK + PER_PAGE);
    }
    f.check();
}

TEST_CASE("readahead from swap follows the slots") {
    VmConfig config = slow(16, 16);
    config.profile.readahead = 4;
    Impatient f(64, config);
    f.map(4, VmFixture::READ_WRITE);
    f.write_and_evict(4);
    CHECK(f.read_from(*f.space, page_at(2)).result == FaultResult::Blocked);
    CHECK(f.space->find_mapping(AT)->object->slots().resident() == 4);
    f.pass(SEEK + 4 * PER_PAGE);
    for (std::uint32_t page = 0; page < 4; ++page) {
        CHECK(f.value_at(page_at(page)) == page + 100);
    }
    CHECK(f.vm.swap().disk().transfers(IoDirection::Read) == 1);
    f.check();
}

TEST_CASE("the pages of a file are written back once they have been dirty for long enough") {
    VmConfig config = slow(16, 0);
    config.profile.write_back_age = 6000;
    config.profile.cluster = 8;
    Impatient f(64, config);
    const auto file = f.file(std::string(3 * PAGE_SIZE, 'x'));
    f.map_file(file, 3, Sharing::Shared);
    (void)f.write(page_at(0), 1);
    (void)f.write(page_at(1), 2);
    f.vm.daemon().run();
    CHECK(file->dirty_since() == f.vm.now());
    f.pass(3000);
    f.vm.daemon().run();
    CHECK(f.vm.counters().pages_written_back == 0);
    f.pass(3000);
    f.vm.daemon().run();
    CHECK(f.vm.counters().pages_written_back == 2);
    CHECK(f.vm.file_disk().transfers(IoDirection::Write) == 1);
    f.check();
    SUBCASE("they stay mapped meanwhile, may be written again, and are dirty again then") {
        (void)f.write(page_at(0), 3);
        CHECK(f.value_at(page_at(0)) == 3);
        f.pass(2 * SEEK);
        f.vm.daemon().run();
        CHECK(file->dirty_since().has_value());
    }
    SUBCASE("msync waits for the transfer that is under way") {
        REQUIRE(f.space->synchronize({AT, AT.value + 3 * PAGE_SIZE}).ok());
        CHECK_FALSE(f.vm.transfers().any());
        CHECK(f.vm.file_disk().transfers(IoDirection::Write) == 1);
    }
    f.check();
}

TEST_CASE("a write-back that fails leaves its pages dirty, and msync says so") {
    Impatient f(64, slow(16, 0));
    const auto file = f.file(std::string(PAGE_SIZE, 'x'));
    f.map_file(file, 1, Sharing::Shared);
    (void)f.write(AT, 1);
    f.vm.file_disk().fail_next(IoDirection::Write, 1);
    const auto failed = f.space->synchronize({AT, AT.value + PAGE_SIZE});
    REQUIRE_FALSE(failed.ok());
    CHECK(failed.error() == VmError::InputOutput);
    CHECK(file->find_page(PageIndex(0))->dirty());
    f.check();
    CHECK(f.space->synchronize({AT, AT.value + PAGE_SIZE}).ok());
}
