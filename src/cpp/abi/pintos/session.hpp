// SPDX-License-Identifier: GPL-2.0-only
// Session: the machine from boot to power-off, as its console tells of it, and how processes end in it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "kernel/kernel.hpp"

namespace vmlab::pintos_abi {

/// The machine boots with the first program that the user starts and powers off when no process is left, as Pintos does
/// under -q; a program that is started after that boots it again.
/// Owner: the personality. Invariant: commands_ has the programs that the user started and that have not ended.
class Session {
public:
    /// The user's program is about to run.
    void start(Kernel& kernel, const Process& process, const std::string& command);
    /// Ends a process as exit(status) does: its line, its mapped files written back, its memory given back.
    void end(Kernel& kernel, Process& process, std::int32_t status);
    /// For an exception of a process: says which, with the registers, and ends it with -1.
    void kill(Kernel& kernel, Process& process, std::uint8_t vector, std::uint32_t error);
    /// Ends all processes without a word.
    void halt(Kernel& kernel);
    /// A process ends. Where nobody here has ended it, for want of memory for its kernel stack, it ends with -1 as well.
    void note_end(Kernel& kernel, Process& process);

private:
    /// Its exit line, and its mapped files written back.
    void say_farewell(Kernel& kernel, Process& process, std::int32_t status);
    /// What the console says once it has ended.
    void say_complete(Kernel& kernel, std::uint32_t pid);
    void power_off(Kernel& kernel);

    enum class Power : std::uint8_t { Off, On } power_ = Power::Off;
    std::uint64_t booted_at_ = 0;
    std::uint64_t faults_at_boot_ = 0;
    std::uint32_t ending_ = 0;                       ///< pid of whom end() or halt() is about to end
    std::map<std::uint32_t, std::string> commands_;  ///< by pid, as they were given
};

/// Writes the dirty pages of a mapped file back to it; of anything else nothing.
void write_back(AddressSpace& space, const Mapping& mapping);

}  // namespace vmlab::pintos_abi
