// SPDX-License-Identifier: GPL-2.0-only
// MachineCore: what a Machine in Python stands on: a bare machine, with the rules of Python's threads and signals.
#pragma once

#include <pybind11/pybind11.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bindings/one_runner.hpp"
#include "machine/bare_machine.hpp"
#include "machine/cpu_script.hpp"
#include "machine/cpu_unicorn.hpp"
#include "machine/engine_library.hpp"

namespace vmlab {

/// Keeps every page reference it is told of until somebody takes the list.
class AccessList : public AccessObserver {
public:
    void on_access(VirtAddr page, Access access) override { accesses_.emplace_back(page.value, access); }
    [[nodiscard]] std::vector<std::pair<std::uint32_t, Access>> take() { return std::exchange(accesses_, {}); }

private:
    std::vector<std::pair<std::uint32_t, Access>> accesses_;
};

/// Owner: a Machine in Python. Owns: the BareMachine.
/// Invariants: one thread at a time; while run() is going on every call is refused.
class MachineCore {
public:
    MachineCore(const EngineLibraries& libraries, const MachineConfig& config, AccessTracing tracing);
    MachineCore(const MachineConfig& config, std::vector<ScriptStep> steps);

    /// Refuses during a run.
    [[nodiscard]] BareMachine& bare();
    [[nodiscard]] Machine& machine() { return bare().machine(); }

    /// Runs in slices, between which Ctrl-C and other signals are served.
    [[nodiscard]] CpuExit run(std::uint64_t budget);
    [[nodiscard]] AccessList& accesses() { return accesses_; }

private:
    AccessList accesses_;
    BareMachine bare_;
    std::atomic<std::thread::id> runner_{};
};

}  // namespace vmlab
