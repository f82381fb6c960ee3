// SPDX-License-Identifier: GPL-2.0-only
#include "bindings/machine_core.hpp"

#include <algorithm>

namespace py = pybind11;

namespace vmlab {

namespace {

/// Some milliseconds of a guest's time: how long a Ctrl-C may wait.
constexpr std::uint64_t SLICE = 1'000'000;

CpuFactory unicorn_factory(const EngineLibraries& libraries, AccessTracing tracing, AccessObserver& observer) {
    return [&libraries, tracing, &observer](Machine& machine) {
        const UnicornCpuConfig config{
            .gdt_address = machine.kernel_address(machine.descriptors().frame().address()),
            .tracing = tracing,
            .observer = tracing == AccessTracing::EveryReference ? &observer : nullptr,
        };
        return make_unicorn_cpu(libraries, machine.memory(), machine.mmu(), machine.descriptors(), config);
    };
}

CpuFactory script_factory(std::vector<ScriptStep> steps) {
    return [steps = std::move(steps)](Machine& machine) {
        auto cpu = std::make_unique<ScriptCpu>(machine.memory(), machine.mmu());
        cpu->load(steps);
        return cpu;
    };
}

}  // namespace

MachineCore::MachineCore(const EngineLibraries& libraries, const MachineConfig& config, AccessTracing tracing)
    : bare_(config, unicorn_factory(libraries, tracing, accesses_)) {}

MachineCore::MachineCore(const MachineConfig& config, std::vector<ScriptStep> steps)
    : bare_(config, script_factory(std::move(steps))) {}

BareMachine& MachineCore::bare() {
    if (runner_.load() != std::thread::id{}) {
        throw LabBusy("this machine is running: wait until run() has returned");
    }
    return bare_;
}

CpuExit MachineCore::run(std::uint64_t budget) {
    BareMachine& bare = this->bare();
    const Running running(runner_);
    CpuExit exit;
    while (budget > 0) {
        const std::uint64_t before = bare.machine().cpu().instructions();
        {
            const py::gil_scoped_release released;
            exit = bare.run(std::min(budget, SLICE));
        }
        if (exit.kind != ExitKind::BudgetSpent) {
            break;
        }
        const std::uint64_t ran = bare.machine().cpu().instructions() - before;
        budget -= std::min(budget, std::max<std::uint64_t>(ran, 1));
        if (PyErr_CheckSignals() != 0) {
            throw py::error_already_set();
        }
    }
    return exit;
}

}  // namespace vmlab
