// SPDX-License-Identifier: GPL-2.0-only
// What the functions of a system have in common that are called from outside, by their names, on a process of a lab.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bindings/lab_core.hpp"

namespace vmlab {

/// Throws ValueError for one that has ended.
[[nodiscard]] inline Process& living_process(LabCore& lab, std::uint32_t pid) {
    Process& process = lab.process(pid);
    if (!process.alive()) {
        throw pybind11::value_error("process " + std::to_string(pid) + " has ended: it has no memory any more");
    }
    return process;
}

/// Each call is in the journal: it changes the run.
inline void journal_call(Kernel& kernel, const std::string& system, const std::string& name,
                         std::vector<std::uint64_t> numbers) {
    kernel.journal().record(Input{InputKind::Knob, std::move(numbers), {system, name}});
}

/// Calls one in the memory of the process that the first number names: call(kernel, process), which returns a number.
template <typename Call>
std::uint32_t call_in_memory(LabCore& lab, const std::string& system, const std::string& name,
                             std::vector<std::uint64_t> numbers, const Call& call) {
    Process& process = living_process(lab, static_cast<std::uint32_t>(numbers.front()));
    Kernel& kernel = lab.change();
    journal_call(kernel, system, name, std::move(numbers));
    std::uint32_t result = 0;
    kernel.in_memory_of(process, [&] { result = call(kernel, process); });
    lab.raise_policy_failure();
    return result;
}

}  // namespace vmlab
