// SPDX-License-Identifier: GPL-2.0-only
#include <algorithm>
#include <random>

#include "abi/linux_fixture.hpp"
#include "abi/linux_numbers.hpp"
#include "vm/invariants.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

/// Arguments that a confused or hostile program would give.
class Arguments {
public:
    explicit Arguments(std::uint32_t seed) : generator_(seed) {}

    std::uint32_t any() { return static_cast<std::uint32_t>(generator_()); }
    std::uint32_t below(std::uint32_t limit) { return any() % limit; }

    std::uint32_t next() {
        constexpr std::uint32_t ADDRESSES[] = {SCRATCH,    READ_ONLY,  UNMAPPED,   0,          0xC0000000, 0xFFFFFFFF,
                                               0x0804cff0, 0x0804cfff, 0xBFFFF000, 0x20000000, 0xFFFFF000, 0xBFFFFFFF};
        constexpr std::uint32_t SIZES[] = {0,          1,          4096,       4097,       8192,
                                           0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xC0000000, 0xBFFFF000};
        switch (below(6)) {
            case 0:
                return ADDRESSES[below(std::size(ADDRESSES))] + below(3) * below(9);
            case 1:
                return SIZES[below(std::size(SIZES))];
            case 2:
                return below(8);
            case 3:
                return below(64);
            case 4:
                return 1U << below(32);
            default:
                return any();
        }
    }

private:
    std::mt19937 generator_;
};

/// The script is one process's: a child would have nothing to run, a signal nobody to handle it, and a wait nobody to end it.
bool is_for_more_than_one(std::uint32_t number) {
    constexpr std::uint32_t CALLS[] = {NR_exit,
                                       NR_exit_group,
                                       NR_kill,
                                       NR_tkill,
                                       NR_tgkill,
                                       NR_fork,
                                       NR_vfork,
                                       NR_clone,
                                       NR_alarm,
                                       NR_pause,
                                       NR_sigsuspend,
                                       NR_setitimer,
                                       NR_sigreturn,
                                       NR_rt_sigreturn,
                                       NR_rt_sigtimedwait,
                                       NR_rt_sigqueueinfo,
                                       NR_rt_sigsuspend,
                                       NR_rt_tgsigqueueinfo,
                                       NR_rt_sigtimedwait_time64};
    return std::find(std::begin(CALLS), std::end(CALLS), number) != std::end(CALLS);
}

/// A limit of the time that it may execute would be its end.
bool limits_time(std::uint32_t number, const std::array<std::uint32_t, 6>& words) {
    constexpr std::uint32_t RLIMIT_CPU = 0;
    return (number == NR_setrlimit && words[0] == RLIMIT_CPU) || (number == NR_prlimit64 && words[1] == RLIMIT_CPU);
}

}  // namespace

TEST_CASE("no arguments of any call break the kernel") {
    const auto names = make_linux_personality()->syscall_names();
    for (std::uint32_t seed = 1; seed <= 4; ++seed) {
        CAPTURE(seed);
        ProcessFixture lab;
        REQUIRE(lab.kernel.filesystem().add_file("/data", std::string(10000, 'x'), 0644).ok());
        lab.put("/data");
        REQUIRE(lab.call(NR_open, SCRATCH, O_BOTH) == 3);
        Arguments arguments(seed);
        for (std::uint32_t step = 0; step < 3000; ++step) {
            const std::uint32_t number = names[arguments.below(static_cast<std::uint32_t>(names.size()))].number;
            std::array<std::uint32_t, 6> words{};
            std::ranges::generate(words, [&arguments] { return arguments.next(); });
            if (is_for_more_than_one(number) || limits_time(number, words)) {
                continue;
            }
            // A write into a pipe that it cannot read itself any more would be its end, or past a limit of its own.
            (*lab.process.signals.actions)[Signal::Pipe].handler = SignalAction::IGNORE;
            (*lab.process.signals.actions)[Signal::FileSizeLimit].handler = SignalAction::IGNORE;
            lab.try_call(number, words[0], words[1], words[2], words[3], words[4], words[5]);
            REQUIRE(lab.process.alive());
        }
        const auto violations = check_invariants(lab.kernel.vm(), {&lab.process.space()});
        CHECK_MESSAGE(violations.empty(), (violations.empty() ? std::string() : violations.front()));
    }
}
