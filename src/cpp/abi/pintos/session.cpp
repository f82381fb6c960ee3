// SPDX-License-Identifier: GPL-2.0-only
#include "abi/pintos/session.hpp"

#include <algorithm>
#include <numeric>

#include "abi/pintos/console_text.hpp"
#include "abi/pintos/layout.hpp"

namespace vmlab::pintos_abi {

namespace {

constexpr std::uint64_t TICK = 10'000'000;  ///< of the timer, which goes a hundred times a second

std::uint64_t page_faults(Kernel& kernel) {
    const auto& by_result = kernel.vm().counters().faults_by_result;
    return std::accumulate(by_result.begin(), by_result.end(), std::uint64_t{0});
}

void write_back_all(Kernel& kernel, Process& process) {
    kernel.in_memory_of(process, [&] {
        for (const auto& [start, mapping] : process.space().mappings()) {
            write_back(process.space(), mapping);
        }
    });
}

}  // namespace

void write_back(AddressSpace& space, const Mapping& mapping) {
    if (mapping.sharing == Sharing::Shared) {
        // What the disk does not take stays in memory, with the file.
        static_cast<void>(space.synchronize(mapping.range));
    }
}

void Session::start(Kernel& kernel, const Process& process, const std::string& command) {
    if (power_ == Power::Off) {
        power_ = Power::On;
        booted_at_ = kernel.now();
        faults_at_boot_ = page_faults(kernel);
        kernel.print(boot_lines(kernel.machine().memory().size()));
    }
    kernel.print("Executing '" + command + "':\n");
    commands_.insert_or_assign(process.pid(), command);
}

void Session::end(Kernel& kernel, Process& process, std::int32_t status) {
    ending_ = process.pid();
    say_farewell(kernel, process, status);
    kernel.end_process(process, static_cast<std::uint32_t>(status), Signal::None);
    say_complete(kernel, process.pid());
}

void Session::note_end(Kernel& kernel, Process& process) {
    if (ending_ != process.pid()) {
        say_farewell(kernel, process, -1);
        say_complete(kernel, process.pid());
    }
}

void Session::say_farewell(Kernel& kernel, Process& process, std::int32_t status) {
    kernel.print(process.name().substr(0, PROCESS_NAME_LIMIT) + ": exit(" + std::to_string(status) + ")\n");
    write_back_all(kernel, process);
}

void Session::say_complete(Kernel& kernel, std::uint32_t pid) {
    if (const auto command = commands_.extract(pid)) {
        kernel.print("Execution of '" + command.mapped() + "' complete.\n");
    }
    const auto goes_on = [pid](const auto& other) { return other->alive() && other->pid() != pid; };
    if (std::ranges::none_of(kernel.processes(), goes_on)) {
        power_off(kernel);
    }
}

void Session::kill(Kernel& kernel, Process& process, std::uint8_t vector, std::uint32_t error) {
    const TrapFrame frame = process.trap_frame();
    kernel.print(
        dying_lines(process.name().substr(0, PROCESS_NAME_LIMIT), frame, vector, error, kernel.last_fault_address()));
    end(kernel, process, -1);
}

void Session::halt(Kernel& kernel) {
    for (const auto& process : kernel.processes()) {
        if (process->alive()) {
            ending_ = process->pid();
            write_back_all(kernel, *process);
            kernel.end_process(*process, 0, Signal::None);
        }
    }
    commands_.clear();
    power_off(kernel);
}

void Session::power_off(Kernel& kernel) {
    power_ = Power::Off;
    kernel.print(power_off_lines((kernel.now() - booted_at_) / TICK, page_faults(kernel) - faults_at_boot_));
}

}  // namespace vmlab::pintos_abi
