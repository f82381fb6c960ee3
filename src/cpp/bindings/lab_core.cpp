// SPDX-License-Identifier: GPL-2.0-only
#include "bindings/lab_core.hpp"

#include <chrono>

#include "abi/abi.hpp"
#include "abi/own/personality.hpp"
#include "bindings/bytes.hpp"
#include "bindings/python_abi.hpp"

namespace py = pybind11;

namespace vmlab {

namespace {

/// How long a Ctrl-C may wait. The clock decides only when Python is asked, never what a guest computes.
constexpr std::chrono::milliseconds SIGNAL_PERIOD{20};

MachineConfig with_layout_of(MachineConfig machine, const Personality& personality) {
    machine.gdt = personality.gdt();
    machine.kernel_window = personality.kernel_window();
    return machine;
}

std::unique_ptr<Personality> personality_of(const LabConfig& config) {
    if (!config.own_abi) {
        return value_or_raise(make_personality(config.abi));
    }
    return std::make_unique<OwnPersonality>(*config.own_abi, std::make_unique<PythonCallHandler>(config.own_handlers));
}

CpuFactory unicorn_factory(const EngineLibraries& libraries, AccessTracing tracing, AccessObserver& observer) {
    return [libraries, tracing, &observer](Machine& machine) {
        const UnicornCpuConfig config{
            .gdt_address = machine.kernel_address(machine.descriptors().frame().address()),
            .tracing = tracing,
            .observer = tracing == AccessTracing::EveryReference ? &observer : nullptr,
            .ports = &machine.ports(),
        };
        return make_unicorn_cpu(libraries, machine.memory(), machine.mmu(), machine.descriptors(), config);
    };
}

}  // namespace

LabCore::LabCore(const EngineLibraries& libraries, const LabConfig& config)
    : LabCore(libraries, config, personality_of(config)) {}

LabCore::LabCore(const EngineLibraries& libraries, const LabConfig& config, std::unique_ptr<Personality> personality)
    : machine_(with_layout_of(config.machine, *personality), unicorn_factory(libraries, config.tracing, observer_)),
      kernel_(machine_, std::move(personality), [this, kernel = config.kernel]() mutable {
          kernel.before_end = [this](Process& process) { remember(process); };
          return kernel;
      }()) {
    observer_.kernel = &kernel_;
}

void LabCore::remember(Process& process) {
    ended_.erase(process.pid());  // that of a first thread, whose pid another has taken over by execve
    ended_.try_emplace(process.pid(), process.space(), kernel_.registers(process), process.trap_frame(), copyist_);
    if (process.parent() == 0 && !process.orphan) {
        return;
    }
    ended_forked_.push_back(process.pid());
    if (ended_forked_.size() > FORKED_KEPT) {
        ended_.erase(ended_forked_.front());
        ended_forked_.pop_front();
    }
}

Kernel& LabCore::look() {
    const std::thread::id runner = runner_.load();
    if (runner != std::thread::id{} && runner != std::this_thread::get_id()) {
        throw LabBusy("another thread is running this lab: wait until its run() has returned");
    }
    return kernel_;
}

Kernel& LabCore::change() {
    if (runner_.load() != std::thread::id{}) {
        throw LabBusy("this lab is running: change it, or run it again, when run() has returned");
    }
    return kernel_;
}

Stop LabCore::run(const PythonRunLimits& limits) {
    Kernel& kernel = change();
    const RunLimits kernel_limits = to_kernel(limits);
    failure_ = nullptr;
    const Stop stop = [&] {
        const Running running(runner_);
        const py::gil_scoped_release released;
        return kernel.run(kernel_limits);
    }();
    if (failure_) {
        std::rethrow_exception(std::exchange(failure_, nullptr));
    }
    raise_policy_failure();
    return stop;
}

void LabCore::use_tape(std::shared_ptr<PolicyTape> tape) {
    tape->set_journal(change().journal());
    tape_ = std::move(tape);
}

RunLimits LabCore::to_kernel(const PythonRunLimits& limits) {
    RunLimits result;
    result.budget = limits.budget;
    result.stop_at_index = limits.stop_at_index;
    for (const std::size_t kind : limits.stop_at) {
        result.stop_at.set(kind);
    }
    if (!limits.accepts.is_none()) {
        result.accepts = [this, &accepts = limits.accepts](const EventView& event) {
            const py::gil_scoped_acquire gil;
            try {
                return py::cast<bool>(accepts(event.index));
            } catch (const py::error_already_set&) {
                keep_failure();
                return true;
            }
        };
    }
    result.interrupted = [this, position = limits.stop_at_position,
                          asked = std::chrono::steady_clock::now()]() mutable {
        if (position && kernel_.instructions() >= position->first && kernel_.tracer().count() >= position->second) {
            return true;
        }
        if (tape_ && tape_->has_failed()) {
            return true;
        }
        const auto now = std::chrono::steady_clock::now();
        if (now - asked < SIGNAL_PERIOD) {
            return false;
        }
        asked = now;
        return has_signal();
    };
    return result;
}

bool LabCore::has_signal() {
    const py::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() == 0) {
        return false;
    }
    if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) != 0) {
        PyErr_Clear();
        return true;
    }
    failure_ = std::make_exception_ptr(py::error_already_set());
    return true;
}

void LabCore::set_fault_handler(const py::object& handler) {
    Kernel& kernel = change();
    kernel.journal().record(Input{InputKind::Knob, {}, {"page_fault_handler", handler.is_none() ? "none" : "python"}});
    kernel.set_fault_handler(nullptr);
    handler_.reset();
    if (!handler.is_none()) {
        handler_ = std::make_unique<PythonFaultHandler>(handler);
        kernel.set_fault_handler(handler_.get());
    }
}

Process& LabCore::process(std::uint32_t pid) {
    Process* process = look().find_process(pid);
    if (process == nullptr) {
        throw py::value_error("there is no process " + std::to_string(pid));
    }
    return *process;
}

const EndedProcess* LabCore::find_ended(std::uint32_t pid) const {
    const auto found = ended_.find(pid);
    return found == ended_.end() ? nullptr : &found->second;
}

}  // namespace vmlab
