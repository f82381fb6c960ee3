// SPDX-License-Identifier: GPL-2.0-only
// LabCore: what a Lab in Python stands on: a machine and the kernel on it, with the rules of Python's threads and signals.
#pragma once

#include <pybind11/pybind11.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "abi/jos/held_pages.hpp"
#include "abi/own/description.hpp"
#include "bindings/ended_process.hpp"
#include "bindings/one_runner.hpp"
#include "bindings/python_handler.hpp"
#include "kernel/kernel.hpp"
#include "machine/cpu_unicorn.hpp"
#include "machine/engine_library.hpp"
#include "machine/machine.hpp"
#include "vm/policy/recorded_policy.hpp"

namespace vmlab {

struct LabConfig {
    MachineConfig machine;
    KernelConfig kernel;
    std::string abi;
    std::optional<AbiDescription> own_abi;  ///< of the user's, in the place of one by name
    pybind11::object own_handlers;          ///< which handles its calls and traps
    AccessTracing tracing = AccessTracing::OnMiss;
};

/// What a run in Python may do, beyond the kernel's own limits.
struct PythonRunLimits {
    std::uint64_t budget = ~std::uint64_t{0};
    std::vector<std::size_t> stop_at;  ///< kinds of events
    pybind11::object accepts;          ///< None, or called with an event's index
    std::optional<std::uint64_t> stop_at_index;
    /// For replay: stop between two slices once this many instructions and events are there.
    std::optional<std::pair<std::uint64_t, std::uint64_t>> stop_at_position;
};

/// Owner: a Lab in Python. Owns: the Machine, the Kernel, and what is remembered of ended processes.
/// Invariants: one thread at a time; while run() is going on other threads are refused, and so is every change.
class LabCore {
public:
    LabCore(const EngineLibraries& libraries, const LabConfig& config);

    /// Each refuses another thread during a run.
    [[nodiscard]] Kernel& look();
    /// Refuses during a run.
    [[nodiscard]] Kernel& change();

    [[nodiscard]] Stop run(const PythonRunLimits& limits);
    /// None removes it.
    void set_fault_handler(const pybind11::object& handler);

    /// The answers of a policy of the user's are noted in the journal from now on.
    void use_tape(std::shared_ptr<PolicyTape> tape);
    /// Raises the exception of such a policy that is still to be told.
    void raise_policy_failure() {
        if (tape_) {
            tape_->raise_failure();
        }
    }

    /// Throws ValueError when there is none.
    [[nodiscard]] Process& process(std::uint32_t pid);
    /// What was kept of it; nothing while it lives.
    [[nodiscard]] const EndedProcess* find_ended(std::uint32_t pid) const;

    /// Pages that the user asked JOS's kernel for.
    [[nodiscard]] jos_abi::HeldPages& held_pages() { return held_pages_; }

private:
    LabCore(const EngineLibraries& libraries, const LabConfig& config, std::unique_ptr<Personality> personality);
    /// Processes that the user started are kept for good, of forked ones the last so many.
    static constexpr std::size_t FORKED_KEPT = 64;
    void remember(Process& process);
    [[nodiscard]] RunLimits to_kernel(const PythonRunLimits& limits);
    [[nodiscard]] bool has_signal();
    void keep_failure() { failure_ = std::current_exception(); }

    /// Tells the kernel of page references, once there is a kernel.
    struct Observer : AccessObserver {
        Kernel* kernel = nullptr;
        void on_access(VirtAddr page, Access access) override {
            if (kernel != nullptr) {
                kernel->note_access(page, access);
            }
        }
    };

    Observer observer_;
    std::shared_ptr<PolicyTape> tape_;
    Machine machine_;
    FrameCopyist copyist_{machine_.memory()};
    std::map<std::uint32_t, EndedProcess> ended_;
    std::deque<std::uint32_t> ended_forked_;  ///< pids, oldest first
    Kernel kernel_;
    jos_abi::HeldPages held_pages_;
    std::unique_ptr<PythonFaultHandler> handler_;
    std::atomic<std::thread::id> runner_{};
    std::exception_ptr failure_;  ///< raised in Python by a predicate or a signal handler during the run
};

}  // namespace vmlab
