// SPDX-License-Identifier: GPL-2.0-only
// Runs each program given on the command line in a Lab, on the bare engine and natively, in turns, and prints one line of
// JSON a program: the median times in nanoseconds of the rounds.
//
//   vmlab_guest_bench UNICORN CAPSTONE ROUNDS on|off PROGRAM...        on, off: events recorded
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "abi/abi.hpp"
#include "bare_runner.hpp"
#include "kernel/kernel.hpp"
#include "machine/cpu_unicorn.hpp"

namespace {

using namespace vmlab;

constexpr std::uint64_t RAM_BYTES = std::uint64_t{256} << 20;

double nanoseconds(const std::chrono::steady_clock::duration& duration) {
    return std::chrono::duration<double, std::nano>(duration).count();
}

template <typename Work>
double timed(const Work& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return nanoseconds(std::chrono::steady_clock::now() - start);
}

void expect_success(int status, const char* where) {
    if (status != 0) {
        throw std::runtime_error(std::string("the program failed ") + where + " with status " + std::to_string(status));
    }
}

double run_in_lab(const EngineLibraries& engines, const std::string& elf, const std::string& events) {
    auto personality = make_personality("linux").value().release();
    std::unique_ptr<Personality> owned(personality);
    const MachineConfig config{
        .ram_bytes = RAM_BYTES, .gdt = personality->gdt(), .kernel_window = personality->kernel_window()};
    Machine machine(config, [&engines](Machine& made) {
        const UnicornCpuConfig cpu{.gdt_address = made.kernel_address(made.descriptors().frame().address())};
        return make_unicorn_cpu(engines, made.memory(), made.mmu(), made.descriptors(), cpu);
    });
    Kernel kernel(machine, std::move(owned), KernelConfig{});
    if (events == "off") {
        kernel.tracer().set_recorded({});
    }
    Process* process = kernel.spawn({.name = "guest", .elf = elf, .arguments = {"guest"}}).value();
    const double time = timed([&kernel] { (void)kernel.run(RunLimits{}); });
    expect_success(process->exit_signal() == Signal::None ? static_cast<int>(process->exit_status()) : -1,
                   "in the Lab");
    return time;
}

double run_bare(const EngineLibraries& engines, const std::string& elf) {
    benchmark::BareRunner runner(engines, elf, static_cast<std::uint32_t>(RAM_BYTES / PAGE_SIZE));
    int status = 0;
    const double time = timed([&] { status = runner.run(); });
    expect_success(status, "on the bare engine");
    return time;
}

double run_native(const std::string& path) {
    int status = 0;
    const double time = timed([&] {
        const pid_t child = fork();
        if (child == 0) {
            execl(path.c_str(), path.c_str(), nullptr);
            _exit(127);
        }
        waitpid(child, &status, 0);
    });
    expect_success(WIFEXITED(status) ? WEXITSTATUS(status) : -1, "natively");
    return time;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void measure(const EngineLibraries& engines, int rounds, const std::string& events, const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string elf((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    std::vector<double> lab, bare, native;
    for (int round = 0; round < rounds; ++round) {
        lab.push_back(run_in_lab(engines, elf, events));
        bare.push_back(run_bare(engines, elf));
        native.push_back(run_native(path));
    }
    std::printf("{\"program\": \"%s\", \"events\": \"%s\", \"lab\": %.0f, \"bare\": %.0f, \"native\": %.0f}\n",
                path.c_str(), events.c_str(), median(lab), median(bare), median(native));
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 6) {
        std::fprintf(stderr, "usage: vmlab_guest_bench UNICORN CAPSTONE ROUNDS on|off PROGRAM...\n");
        return 2;
    }
    try {
        const EngineLibraries engines = open_engine_libraries(argv[1], argv[2]);
        for (int i = 5; i < argc; ++i) {
            measure(engines, std::atoi(argv[3]), argv[4], argv[i]);
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "vmlab_guest_bench: %s\n", error.what());
        return 1;
    }
    return 0;
}
