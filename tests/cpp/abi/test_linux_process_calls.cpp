// SPDX-License-Identifier: GPL-2.0-only
#include <algorithm>

#include "abi/linux/signals.hpp"
#include "abi/linux_fixture.hpp"
#include "abi/linux_numbers.hpp"
#include "machine/vector.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

std::uint32_t field(const EventView& event, std::size_t index) { return event.fields[index].bits; }

}  // namespace

TEST_CASE_FIXTURE(ProcessFixture, "exit keeps the low eight bits") {
    call(NR_exit_group, 0x1234);
    CHECK_FALSE(process.alive());
    CHECK(process.exit_status() == 0x34);
    CHECK(process.exit_signal() == Signal::None);
}

TEST_CASE_FIXTURE(ProcessFixture, "wrong books of a process's memory are a Panic when it ends, and never an abort") {
    put("touched");
    const_cast<Mapping*>(process.space().find_mapping(VirtAddr(SCRATCH)))->wiring = Wiring::Wired;  // no page is
    SUBCASE("by itself") { CHECK_THROWS_AS((void)call(NR_exit, 0), Panic); }
    SUBCASE("with its kernel") { CHECK(process.alive()); }
}

TEST_CASE_FIXTURE(ProcessFixture, "every call is one event on its way in and one on its way out") {
    CHECK(call(NR_close, 99, 2, 3, 4, 5, 6) == BADF);
    const auto entries = kernel.tracer().of_kind(EventKind::syscall);
    const auto returns = kernel.tracer().of_kind(EventKind::syscall_return);
    REQUIRE(entries.size() == 1);
    REQUIRE(returns.size() == 1);
    const EventView entry = kernel.tracer().at(entries[0]);
    CHECK(entry.header.pid == process.pid());
    CHECK(field(entry, 0) == NR_close);
    CHECK(field(entry, 1) == 99);
    CHECK(field(entry, 6) == 6);
    CHECK(static_cast<std::int32_t>(field(kernel.tracer().at(returns[0]), 1)) == BADF);
}

TEST_CASE_FIXTURE(ProcessFixture, "an unknown call is an event and returns ENOSYS") {
    for (const std::uint32_t number : {1000U, 17U, 386U, 511U, 512U, 0xFFFFFFFFU}) {
        CHECK(call(number) == NOSYS);
    }
    const auto unknown = kernel.tracer().of_kind(EventKind::syscall_unknown);
    REQUIRE(unknown.size() == 6);
    CHECK(field(kernel.tracer().at(unknown[5]), 0) == 0xFFFFFFFF);
    CHECK(process.alive());
}

TEST_CASE_FIXTURE(ProcessFixture, "a process knows who it is") {
    const auto pid = static_cast<std::int32_t>(process.pid());
    CHECK(call(NR_getpid) == pid);
    CHECK(call(224) == pid);
    CHECK(call(NR_set_tid_address, SCRATCH) == pid);
    CHECK(call(199) == 0);
    CHECK(call(NR_uname, SCRATCH) == 0);
    CHECK(get_text(SCRATCH, 6) == std::string("Linux\0", 6));
    CHECK(get_text(SCRATCH + 4 * 65, 5) == std::string("i686\0", 5));
    CHECK(call(NR_uname, UNMAPPED) == FAULT);
    CHECK(call(NR_prctl, 16, SCRATCH) == 0);
    CHECK(get_text(SCRATCH, 6) == std::string("small\0", 6));
    CHECK(call(NR_prctl, 99, SCRATCH) == INVAL);
}

TEST_CASE_FIXTURE(ProcessFixture, "limits can be asked for and changed") {
    CHECK(call(NR_ugetrlimit, 3, SCRATCH) == 0);
    CHECK(get<std::uint32_t>(SCRATCH) == 8U << 20);
    CHECK(get<std::uint32_t>(SCRATCH + 4) == 0xFFFFFFFF);
    CHECK(call(NR_ugetrlimit, 16, SCRATCH) == INVAL);
    CHECK(call(NR_ugetrlimit, 3, UNMAPPED) == FAULT);
    CHECK(call(NR_prlimit64, 0, 3, 0, SCRATCH) == 0);
    CHECK(get<std::uint64_t>(SCRATCH) == 8U << 20);
    CHECK(get<std::uint64_t>(SCRATCH + 8) == ~std::uint64_t{0});
    CHECK(call(NR_prlimit64, 77, 3, 0, SCRATCH) == SRCH);
    put_value(SCRATCH, std::array<std::uint64_t, 2>{5, 4});
    CHECK(call(NR_prlimit64, 0, 3, SCRATCH, 0) == INVAL);
    put_value(SCRATCH, std::array<std::uint64_t, 2>{1U << 20, 2U << 20});
    CHECK(call(NR_prlimit64, process.pid(), 3, SCRATCH, SCRATCH + 16) == 0);
    CHECK(get<std::uint64_t>(SCRATCH + 16) == 8U << 20);
    CHECK(process.limits().space().stack == 1U << 20);
    put_value(SCRATCH, std::array<std::uint64_t, 2>{16U << 20, ~std::uint64_t{0}});
    CHECK(call(NR_prlimit64, 0, 3, SCRATCH, UNMAPPED) == FAULT);
    CHECK(process.limits()[Resource::Stack].current == 16U << 20);  // set all the same, and raised by root
    put_value(SCRATCH, std::array<std::uint64_t, 2>{10, (1U << 20) + 1});
    CHECK(call(NR_prlimit64, 0, 7, SCRATCH, 0) == PERM);
}

TEST_CASE("getrandom depends on the seed alone, and stops where memory stops") {
    const auto bytes_for = [] {
        ProcessFixture lab;
        CHECK(lab.call(NR_getrandom, SCRATCH, 64, 0) == 64);
        return lab.get_text(SCRATCH, 64);
    };
    const std::string bytes = bytes_for();
    CHECK(bytes == bytes_for());
    CHECK(bytes.substr(0, 32) != bytes.substr(32));
    ProcessFixture lab;
    CHECK(lab.call(NR_getrandom, 0x0804cf00, 0xFFFFFFFF, 1) == 0x100);
    CHECK(lab.call(NR_getrandom, UNMAPPED, 1, 0) == FAULT);
    CHECK(lab.call(NR_getrandom, UNMAPPED, 0, 0) == 0);
    CHECK(lab.call(NR_getrandom, SCRATCH, 1, 8) == INVAL);
    CHECK(lab.call(NR_getrandom, SCRATCH, 1, 6) == INVAL);
}

TEST_CASE_FIXTURE(ProcessFixture, "the clocks show simulated time, and sleeping makes it pass") {
    put_value(SCRATCH, std::array<std::uint32_t, 2>{5, 250'000'000});
    CHECK(call(NR_nanosleep, SCRATCH, 0) == 0);
    CHECK(call(NR_clock_gettime, 1, SCRATCH) == 0);
    CHECK(get<std::uint32_t>(SCRATCH) == 5);
    CHECK(get<std::uint32_t>(SCRATCH + 4) / 1'000'000 == 250);
    CHECK(call(NR_clock_gettime64, 0, SCRATCH) == 0);
    CHECK(get<std::uint64_t>(SCRATCH) == 5);
    CHECK(call(NR_time, SCRATCH) == 5);
    CHECK(get<std::uint32_t>(SCRATCH) == 5);
    CHECK(call(NR_gettimeofday, SCRATCH, 0) == 0);
    CHECK(get<std::uint32_t>(SCRATCH + 4) / 1000 == 250);
    CHECK(call(NR_clock_gettime, 99, SCRATCH) == INVAL);
    CHECK(call(NR_clock_gettime, 0, UNMAPPED) == FAULT);
    put_value(SCRATCH, std::array<std::uint32_t, 2>{0, 1'000'000'000});
    CHECK(call(NR_nanosleep, SCRATCH, 0) == INVAL);
    CHECK(call(NR_nanosleep, UNMAPPED, 0) == FAULT);
}

TEST_CASE_FIXTURE(ProcessFixture, "a signal to oneself kills by its default action") {
    CHECK(call(NR_kill, process.pid(), 0) == 0);
    CHECK(call(NR_kill, process.pid(), 65) == INVAL);
    CHECK(call(NR_kill, 77, 9) == SRCH);
    CHECK(call(NR_tkill, 0, 6) == INVAL);
    CHECK(call(NR_tgkill, process.pid(), 77, 6) == SRCH);
    CHECK(call(NR_kill, process.pid(), 17) == 0);
    CHECK(process.alive());
    call(NR_tgkill, process.pid(), process.pid(), 6);
    CHECK(process.alive());
    static_cast<void>(kernel.run({.budget = 1}));
    CHECK_FALSE(process.alive());
    CHECK(process.exit_signal() == Signal::Abort);
    CHECK(process.exit_status() == 0);
}

TEST_CASE_FIXTURE(ProcessFixture, "a process may end another, whose end is in the log under its own pid") {
    const auto spawned = kernel.spawn({.name = "other", .elf = small_program(), .arguments = {"other"}});
    REQUIRE(spawned.ok());
    Process& other = *spawned.value();
    CHECK(call(NR_kill, other.pid(), 9) == 0);
    CHECK(process.alive());
    CHECK(other.exit_signal() == Signal::Kill);
    const auto ends = kernel.tracer().of_kind(EventKind::process_exited);
    REQUIRE(ends.size() == 1);
    CHECK(kernel.tracer().at(ends[0]).header.pid == other.pid());
    CHECK(call(NR_kill, other.pid(), 15) == SRCH);
    CHECK(kernel.check().empty());
}

TEST_CASE_FIXTURE(ProcessFixture, "a blocked signal waits, SIGKILL does not") {
    const std::uint64_t everything = ~std::uint64_t{0};
    put_value(SCRATCH, everything);
    CHECK(call(NR_rt_sigprocmask, 0, SCRATCH, SCRATCH + 8, 8) == 0);
    CHECK(get<std::uint64_t>(SCRATCH + 8) == 0);
    CHECK(call(NR_rt_sigprocmask, 0, 0, SCRATCH + 8, 8) == 0);
    CHECK(get<std::uint64_t>(SCRATCH + 8) == ~(std::uint64_t{1} << 8 | std::uint64_t{1} << 18));
    CHECK(call(NR_kill, process.pid(), 15) == 0);
    CHECK(process.alive());
    CHECK(call(NR_rt_sigprocmask, 7, SCRATCH, 0, 8) == INVAL);
    CHECK(call(NR_rt_sigprocmask, 1, SCRATCH, 0, 4) == INVAL);
    CHECK(call(NR_rt_sigprocmask, 1, UNMAPPED, 0, 8) == FAULT);
    SUBCASE("until it is unblocked") {
        call(NR_rt_sigprocmask, 1, SCRATCH, 0, 8);
        static_cast<void>(kernel.run({.budget = 1}));
        CHECK(process.exit_signal() == Signal::Term);
    }
    SUBCASE("SIGKILL cannot be blocked") {
        call(NR_kill, process.pid(), 9);
        CHECK(process.exit_signal() == Signal::Kill);
    }
}

TEST_CASE_FIXTURE(ProcessFixture, "calls that only threads would notice") {
    CHECK(call(NR_set_robust_list, SCRATCH, 12) == 0);
    CHECK(call(NR_set_robust_list, SCRATCH, 24) == INVAL);
    CHECK(call(NR_futex, SCRATCH, 129, 1) == 0);
    put_value(SCRATCH, 5);
    CHECK(call(NR_futex, SCRATCH, 128, 4) == AGAIN);
    CHECK(call(NR_futex, SCRATCH + 1, 1, 1) == INVAL);
    CHECK(call(NR_futex, UNMAPPED, 1, 1) == FAULT);
}

TEST_CASE("the table names each call once, in order") {
    const auto names = make_linux_personality()->syscall_names();
    CHECK(names.size() > 100);
    CHECK(std::is_sorted(names.begin(), names.end(),
                         [](const SyscallName& a, const SyscallName& b) { return a.number < b.number; }));
    CHECK(std::adjacent_find(names.begin(), names.end(), [](const SyscallName& a, const SyscallName& b) {
              return a.number == b.number || a.name == b.name;
          }) == names.end());
}

TEST_CASE_FIXTURE(ProcessFixture, "a fault that nothing resolves kills with SIGSEGV and leaves its record") {
    play({.kind = ScriptStep::Kind::Write, .address = VirtAddr(READ_ONLY)});
    const Stop stop = kernel.run({.budget = 100});
    CHECK(stop.reason == StopReason::Exited);
    CHECK(process.exit_signal() == Signal::Segv);
    const auto signals = kernel.tracer().of_kind(EventKind::signal);
    REQUIRE(signals.size() == 1);
    const EventView signal = kernel.tracer().at(signals[0]);
    CHECK(field(signal, 0) == 11);
    CHECK(field(signal, 1) == 14);
    CHECK((field(signal, 2) & 6) == 6);
    CHECK(field(signal, 3) == READ_ONLY);
}

TEST_CASE_FIXTURE(ProcessFixture, "a page past the end of a mapped file kills with SIGBUS") {
    REQUIRE(kernel.filesystem().add_file("/data", "short", 0644).ok());
    CHECK(call(NR_open, put("/data"), 0, 0) == 3);
    const std::int32_t at = call(NR_mmap2, 0, 8192, PROT_R, MAP_PRIVATE_FLAG, 3, 0);
    play({.kind = ScriptStep::Kind::Read, .address = VirtAddr(static_cast<std::uint32_t>(at) + 4096)});
    CHECK(kernel.run({.budget = 100}).reason == StopReason::Exited);
    CHECK(process.exit_signal() == Signal::Bus);
}

TEST_CASE_FIXTURE(ProcessFixture, "int3 is SIGTRAP, and an interrupt that is no system call SIGSEGV") {
    SUBCASE("breakpoint") {
        play({.kind = ScriptStep::Kind::Interrupt, .value = 3});
        CHECK(kernel.run({.budget = 100}).reason == StopReason::Exited);
        CHECK(process.exit_signal() == Signal::Trap);
    }
    SUBCASE("another gate") {
        play({.kind = ScriptStep::Kind::Interrupt, .value = 0x40});
        CHECK(kernel.run({.budget = 100}).reason == StopReason::Exited);
        CHECK(process.exit_signal() == Signal::Segv);
    }
}
