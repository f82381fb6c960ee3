// SPDX-License-Identifier: GPL-2.0-only
// Measures the virtual memory by itself, without an engine, beside a bare loop and the host's kernel, in turns; prints one
// line of JSON: medians in nanoseconds, and sizes in bytes.
//
//   vmlab_vm_bench ROUNDS
#include <malloc.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <vector>

#include "machine/cpu_script.hpp"
#include "machine/machine.hpp"
#include "vm/address_space.hpp"
#include "vm/policy/fifo.hpp"

namespace {

using namespace vmlab;

constexpr std::uint32_t FORK_PAGES = 30'000;
constexpr VirtAddr AT{0x10000000};

template <typename Work>
double timed(const Work& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// A virtual memory with one address space.
struct Bench {
    explicit Bench(const VmConfig& config = {})
        : machine({.ram_bytes = std::uint64_t{512} << 20},
                  [](Machine& made) { return std::make_unique<ScriptCpu>(made.memory(), made.mmu()); }),
          vm(machine, tracer, config),
          space(AddressSpace::create(vm, SpaceLayout{})) {
        tracer.set_recorded({});
        machine.mmu().load_cr3(space->pmap().root());
    }

    void map(VirtAddr at, std::uint32_t pages) {
        MapRequest request{.address = at, .length = std::uint64_t{pages} * PAGE_SIZE, .placement = Placement::Fixed};
        request.protection = {Protection::READ | Protection::WRITE};
        require(space->map(std::move(request)).ok(), "the benchmark's mapping has room");
    }
    void write(const Ref<AddressSpace>& who, VirtAddr va) {
        while (machine.mmu().translate(va, Access::Write, Privilege::User).end != TranslateEnd::Ok) {
            require(who->resolve_fault({va, 6, Access::Write, AT}, AfterEnter::RetriesFault).resolved(),
                    "it has memory");
        }
    }

    Tracer tracer;
    Machine machine;
    VirtualMemory vm;
    Ref<AddressSpace> space;
};

VirtAddr page(std::uint32_t number) { return AT + number * PAGE_SIZE; }

double fork_here(Bench& bench) {
    Ref<AddressSpace> child;
    return timed([&] { child = bench.space->fork(); });
}

/// Copies and write-protects as many entries, a table at a time, into tables that were not touched before.
double fork_bare() {
    std::vector<std::uint32_t> from(FORK_PAGES, 7);
    std::vector<std::vector<std::uint32_t>> to;
    return timed([&] {
        for (std::size_t first = 0; first < from.size(); first += ENTRIES_PER_TABLE) {
            std::vector<std::uint32_t>& table = to.emplace_back(ENTRIES_PER_TABLE);
            const std::size_t count = std::min<std::size_t>(ENTRIES_PER_TABLE, from.size() - first);
            for (std::size_t i = 0; i < count; ++i) {
                from[first + i] &= ~2U;
                table[i] = from[first + i];
            }
        }
    });
}

double fork_native(std::byte* memory) {
    for (std::uint32_t i = 0; i < FORK_PAGES; ++i) {
        memory[std::size_t{i} * PAGE_SIZE] = std::byte{1};
    }
    pid_t child = -1;
    const double time = timed([&] {
        child = fork();
        if (child == 0) {
            _exit(0);
        }
    });
    waitpid(child, nullptr, 0);
    return time;
}

/// One swap-out and swap-in, with a device that takes no time, and a zero-fill fault beside it: a page of each in turn.
struct SwapTimes {
    double pair;
    double zero_fill;
};

SwapTimes swap_here() {
    constexpr std::uint32_t PAGES = 4096, FRAMES = 64, TIMES = 20'000;
    VmConfig config{.page_frame_limit = FRAMES, .swap_slots = PAGES};
    config.profile.make_policy = [] { return std::make_unique<Fifo>(); };
    Bench bench(config);
    bench.map(AT, PAGES);
    for (std::uint32_t i = 0; i < 2 * FRAMES; ++i) {
        bench.write(bench.space, page(i));
    }
    SwapTimes times{};
    times.pair = timed([&] {
                     for (std::uint32_t i = 0; i < TIMES; ++i) {
                         bench.write(bench.space, page(i % (2 * FRAMES)));
                     }
                 }) /
                 TIMES;
    Bench plain;
    plain.map(AT, TIMES);
    times.zero_fill = timed([&] {
                          for (std::uint32_t i = 0; i < TIMES; ++i) {
                              plain.write(plain.space, page(i));
                          }
                      }) /
                      TIMES;
    return times;
}

/// A fault that finds its page in memory, with so many mappings in the space.
double fault_with(std::uint32_t mappings) {
    constexpr std::uint32_t TIMES = 50'000;
    Bench bench;
    for (std::uint32_t i = 0; i < mappings; ++i) {
        bench.map(page(2 * i), 1);
    }
    const VirtAddr middle = page(mappings / 2 * 2);
    bench.write(bench.space, middle);
    return timed([&] {
               for (std::uint32_t i = 0; i < TIMES; ++i) {
                   bench.space->forget_entry(middle);
                   bench.write(bench.space, middle);
               }
           }) /
           TIMES;
}

/// How many mappings a lookup looks at, on average over the pages of all: in a tree, by its comparisons, and in a list in
/// address order, as 4.4BSD's vm_map is.
struct Visits {
    double tree;
    double list;
};

struct CountedLess {
    std::uint64_t* comparisons;
    bool operator()(VirtAddr a, VirtAddr b) const {
        ++*comparisons;
        return a < b;
    }
};

Visits visits_with(std::uint32_t mappings) {
    std::uint64_t compared = 0, passed = 0;
    std::map<VirtAddr, std::uint32_t, CountedLess> tree(CountedLess{&compared});
    for (std::uint32_t i = 0; i < mappings; ++i) {
        tree.emplace(page(2 * i), i);
    }
    compared = 0;
    for (std::uint32_t i = 0; i < mappings; ++i) {
        const auto above = tree.upper_bound(page(2 * i));
        passed += above == tree.end() ? mappings : above->second;
    }
    return {static_cast<double>(compared) / mappings, static_cast<double>(passed) / mappings};
}

/// Bytes of the host's heap for each of `count` things that `add` makes.
template <typename Add>
double heap_bytes(std::uint32_t count, const Add& add) {
    const std::size_t before = mallinfo2().uordblks;
    add();
    return static_cast<double>(mallinfo2().uordblks - before) / count;
}

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
    std::vector<double> here, bare, native, pair, zero, few, many;
    auto* memory = static_cast<std::byte*>(
        mmap(nullptr, std::size_t{FORK_PAGES} * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    madvise(memory, std::size_t{FORK_PAGES} * PAGE_SIZE, MADV_NOHUGEPAGE);
    Bench bench;
    bench.map(AT, FORK_PAGES);
    const double page_bytes = heap_bytes(FORK_PAGES, [&] {
        for (std::uint32_t i = 0; i < FORK_PAGES; ++i) {
            bench.write(bench.space, page(i));
        }
    });
    for (int round = 0; round < rounds; ++round) {
        here.push_back(fork_here(bench));
        bare.push_back(fork_bare());
        native.push_back(fork_native(memory));
        const SwapTimes swap = swap_here();
        pair.push_back(swap.pair);
        zero.push_back(swap.zero_fill);
        few.push_back(fault_with(10));
        many.push_back(fault_with(10'000));
    }
    Bench other;
    const double mapping_bytes = heap_bytes(10'000, [&] {
        for (std::uint32_t i = 0; i < 10'000; ++i) {
            other.map(page(2 * i), 1);
        }
    });
    for (const std::uint32_t mappings : {10U, 100U, 1'000U, 10'000U}) {
        const Visits visits = visits_with(mappings);
        std::printf("%s{\"mappings\": %u, \"tree\": %.1f, \"list\": %.1f}", mappings == 10 ? "{\"visits\": [" : ", ",
                    mappings, visits.tree, visits.list);
    }
    std::printf(
        "], \"fork\": %.0f, \"fork_bare\": %.0f, \"fork_native\": %.0f, \"swap_pair\": %.0f, \"zero_fill\": %.0f, "
        "\"fault_10\": %.0f, \"fault_10000\": %.0f, \"page_bytes\": %.1f, \"mapping_bytes\": %.1f}\n",
        median(here), median(bare), median(native), median(pair), median(zero), median(few), median(many), page_bytes,
        mapping_bytes);
    return 0;
}
