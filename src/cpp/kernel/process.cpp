// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/process.hpp"

namespace vmlab {

void Process::inherit(const Process& parent) {
    TrapFrame frame = parent.trap_frame();
    frame.eax = 0;
    set_trap_frame(frame);
    fs = parent.fs;
    gs = parent.gs;
    files_ = parent.files_;
    console_ = parent.console_;
    tls = parent.tls;
    blocked_signals = parent.blocked_signals;
    executable = parent.executable;
    working_directory = parent.working_directory;
    parent_ = parent.pid_;
}

void Process::start_anew(const Registers& registers) {
    set_trap_frame(make_trap_frame(registers, 0, 0, 0));
    fs = registers.fs;
    gs = registers.gs;
    tls = {};
    files_.close_for_exec();
    name_ = executable.substr(executable.rfind('/') + 1);
}

}  // namespace vmlab
