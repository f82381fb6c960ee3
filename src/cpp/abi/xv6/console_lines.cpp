// SPDX-License-Identifier: GPL-2.0-only
#include "abi/xv6/console_lines.hpp"

#include <cstdio>

namespace vmlab::xv6_abi {

void print_kill(Kernel& kernel, const Process& process, const TrapRecord& trap) {
    char line[160];
    std::snprintf(line, sizeof line, "pid %u %s: trap %u err %u on cpu 0 eip 0x%x addr 0x%x--kill proc\n",
                  process.pid(), process.name().c_str(), trap.vector, trap.error, process.trap_frame().eip,
                  trap.address.value);
    kernel.print(line);
}

void print_unknown_call(Kernel& kernel, const Process& process, std::uint32_t number) {
    char line[80];
    std::snprintf(line, sizeof line, "%u %s: unknown sys call %d\n", process.pid(), process.name().c_str(),
                  static_cast<std::int32_t>(number));
    kernel.print(line);
}

void print_out_of_memory(Kernel& kernel, VmError why) {
    kernel.print(why == VmError::NoTable ? "allocuvm out of memory (2)\n" : "allocuvm out of memory\n");
}

TerminalSettings line_discipline() {
    TerminalSettings settings = TerminalSettings::plain_lines();
    settings.characters = {};
    settings.characters[TerminalSettings::ERASE] = 127;
    settings.characters[TerminalSettings::KILL] = 'U' - '@';
    settings.characters[TerminalSettings::END_OF_FILE] = 'D' - '@';
    settings.erase_2 = 'H' - '@';
    settings.end_behind_text = TerminalSettings::EndBehindText::StaysEnd;
    return settings;
}

}  // namespace vmlab::xv6_abi
