// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/terminal_control.hpp"

#include <algorithm>

#include "abi/linux/job_control.hpp"
#include "abi/linux/signals.hpp"

namespace vmlab::linux_abi {

namespace {

/// The numbers of ioctl.
struct Request {
    static constexpr std::uint32_t GET = 0x5401, SET = 0x5402, SET_DRAINED = 0x5403, SET_FLUSHED = 0x5404;
    static constexpr std::uint32_t OLD_GET = 0x5405, OLD_SET = 0x5406, OLD_SET_FLUSHED = 0x5408, SEND_BREAK = 0x5409;
    static constexpr std::uint32_t FLOW = 0x540A, FLUSH = 0x540B, TAKE = 0x540E, GET_GROUP = 0x540F;
    static constexpr std::uint32_t SET_GROUP = 0x5410, OUTPUT_LEFT = 0x5411, GET_WINDOW = 0x5413, SET_WINDOW = 0x5414;
    static constexpr std::uint32_t LEAVE = 0x5422, GET_DISCIPLINE = 0x5424, SEND_BREAK_POSIX = 0x5425;
    static constexpr std::uint32_t GET_SESSION = 0x5429;
};

/// struct termios of the kernel, and its forerunner termio.
struct TermiosRecord {
    std::uint32_t input, output, control, local;
    std::uint8_t line;
    std::array<std::uint8_t, TerminalSettings::CHARACTERS> characters;
};
static_assert(sizeof(TermiosRecord) == 36);
struct TermioRecord {
    std::uint16_t input, output, control, local;
    std::uint8_t line;
    std::array<std::uint8_t, 8> characters;
};
static_assert(sizeof(TermioRecord) == 18);

template <typename Record>
Record record_of(const TerminalSettings& settings) {
    Record record{};
    record.input = static_cast<decltype(record.input)>(settings.input);
    record.output = static_cast<decltype(record.output)>(settings.output);
    record.control = static_cast<decltype(record.control)>(settings.control);
    record.local = static_cast<decltype(record.local)>(settings.local);
    record.line = settings.line;
    std::copy_n(settings.characters.begin(), record.characters.size(), record.characters.begin());
    return record;
}

/// What termio cannot say stays as it is.
template <typename Record>
TerminalSettings settings_of(const Record& record, TerminalSettings settings) {
    constexpr std::uint32_t SAID = std::uint32_t{0} | static_cast<decltype(record.input)>(~0U);
    settings.input = (settings.input & ~SAID) | record.input;
    settings.output = (settings.output & ~SAID) | record.output;
    settings.control = (settings.control & ~SAID) | record.control;
    settings.local = (settings.local & ~SAID) | record.local;
    settings.line = record.line;
    std::ranges::copy(record.characters, settings.characters.begin());
    return settings;
}

bool is_own(const Syscall& call, const Terminal& terminal) { return call.process.session == terminal.session; }

bool turns_away(const Process& process, Signal signal) {
    return process.signals.blocked.contains(signal) || (*process.signals.actions)[signal].ignores();
}

/// What changes a terminal or writes to it from the background. Elsewhere: tty_check_change (Linux).
std::optional<SyscallResult> keep_from_change(Syscall& call, const Terminal& terminal) {
    if (!is_own(call, terminal) || call.process.group == terminal.foreground || terminal.foreground == 0 ||
        turns_away(call.process, Signal::TerminalOutput)) {
        return std::nullopt;
    }
    if (is_orphaned_group(call.kernel, call.process.group)) {
        return Errno::IO;
    }
    signal_group(call.kernel, call.process.group, Signal::TerminalOutput);
    return interrupted(call, OnSignal::Restart);
}

std::optional<SyscallResult> keep_from_reading(Syscall& call, const Terminal& terminal) {
    if (!is_own(call, terminal) || call.process.group == terminal.foreground) {
        return std::nullopt;
    }
    if (turns_away(call.process, Signal::TerminalInput) || is_orphaned_group(call.kernel, call.process.group)) {
        return Errno::IO;
    }
    signal_group(call.kernel, call.process.group, Signal::TerminalInput);
    return interrupted(call, OnSignal::Restart);
}

template <typename Record>
SyscallResult change_settings(Syscall& call, Terminal& terminal) {
    if (const auto kept = keep_from_change(call, terminal)) {
        return *kept;
    }
    const auto wanted = call.memory.read<Record>(call.pointer(2));
    if (!wanted) {
        return Errno::FAULT;
    }
    if (call.argument(1) == Request::SET_FLUSHED || call.argument(1) == Request::OLD_SET_FLUSHED) {
        terminal.drop_input();
    }
    terminal.set_settings(settings_of(*wanted, terminal.settings()));
    return 0U;
}

SyscallResult set_window(Syscall& call, Terminal& terminal) {
    const auto window = call.memory.read<WindowSize>(call.pointer(2));
    if (!window) {
        return Errno::FAULT;
    }
    terminal.set_window(*window);
    return 0U;
}

/// The first process of a session that has no terminal yet may take one that is nobody's.
SyscallResult take(Syscall& call, Terminal& terminal) {
    const Process& process = call.process;
    const bool leads = process.session == process.thread_group;
    if (leads && is_own(call, terminal)) {
        return 0U;
    }
    if (!leads || terminal.session != 0) {
        return Errno::PERM;
    }
    terminal.session = process.session;
    terminal.foreground = process.group;
    return 0U;
}

SyscallResult set_group(Syscall& call, Terminal& terminal) {
    if (!is_own(call, terminal)) {
        return Errno::NOTTY;
    }
    if (const auto kept = keep_from_change(call, terminal)) {
        return *kept;
    }
    const auto group = call.memory.read<std::int32_t>(call.pointer(2));
    if (!group) {
        return Errno::FAULT;
    }
    if (*group < 0) {
        return Errno::INVAL;
    }
    const auto wanted = static_cast<std::uint32_t>(*group);
    const auto& processes = call.kernel.processes();
    const auto member = std::ranges::find_if(
        processes, [wanted](const auto& process) { return process->alive() && process->group == wanted; });
    if (member == processes.end()) {
        return Errno::SRCH;
    }
    if ((*member)->session != call.process.session) {
        return Errno::PERM;
    }
    terminal.foreground = wanted;
    return 0U;
}

SyscallResult flush(Syscall& call, Terminal& terminal) {
    if (const auto kept = keep_from_change(call, terminal)) {
        return *kept;
    }
    constexpr std::uint32_t OUTPUT = 1, BOTH = 2;
    if (call.argument(2) > BOTH) {
        return Errno::INVAL;
    }
    if (call.argument(2) != OUTPUT) {
        terminal.drop_input();
    }
    return 0U;
}

SyscallResult control_flow(Syscall& call, Terminal& terminal) {
    if (const auto kept = keep_from_change(call, terminal)) {
        return *kept;
    }
    constexpr std::uint32_t STOP_OUTPUT = 0, START_OUTPUT = 1, LAST = 3;
    if (call.argument(2) > LAST) {
        return Errno::INVAL;
    }
    if (call.argument(2) == STOP_OUTPUT || call.argument(2) == START_OUTPUT) {
        terminal.set_stopped(call.argument(2) == STOP_OUTPUT);
    }
    return 0U;
}

SyscallResult leave(Syscall& call, Terminal& terminal) {
    if (!is_own(call, terminal)) {
        return Errno::NOTTY;
    }
    if (call.process.session == call.process.thread_group) {
        call.kernel.hang_up();
    }
    return 0U;
}

}  // namespace

std::optional<SyscallResult> keep_from_terminal(Syscall& call, const OpenFile& file, Direction direction) {
    const Terminal* const terminal = file.terminal();
    if (terminal == nullptr) {
        return std::nullopt;
    }
    if (direction == Direction::Input) {
        return keep_from_reading(call, *terminal);
    }
    return terminal->settings().has_local(TerminalSettings::TOSTOP) ? keep_from_change(call, *terminal) : std::nullopt;
}

SyscallResult control_terminal(Syscall& call, Terminal& terminal) {
    const VirtAddr at = call.pointer(2);
    switch (call.argument(1)) {
        case Request::GET:
            return call.memory.write(at, record_of<TermiosRecord>(terminal.settings()));
        case Request::OLD_GET:
            return call.memory.write(at, record_of<TermioRecord>(terminal.settings()));
        case Request::SET:
        case Request::SET_DRAINED:
        case Request::SET_FLUSHED:
            return change_settings<TermiosRecord>(call, terminal);
        case Request::OLD_SET:
        case Request::OLD_SET + 1:
        case Request::OLD_SET_FLUSHED:
            return change_settings<TermioRecord>(call, terminal);
        case Request::SEND_BREAK:
        case Request::SEND_BREAK_POSIX:
            return 0U;
        case Request::FLOW:
            return control_flow(call, terminal);
        case Request::FLUSH:
            return flush(call, terminal);
        case Request::TAKE:
            return take(call, terminal);
        case Request::LEAVE:
            return leave(call, terminal);
        case Request::GET_GROUP:
            return is_own(call, terminal) ? SyscallResult(call.memory.write(at, terminal.foreground)) : Errno::NOTTY;
        case Request::SET_GROUP:
            return set_group(call, terminal);
        case Request::GET_SESSION:
            return is_own(call, terminal) ? SyscallResult(call.memory.write(at, terminal.session)) : Errno::NOTTY;
        case Request::OUTPUT_LEFT:
        case Request::GET_DISCIPLINE:
            return call.memory.write(at, std::uint32_t{0});
        case Request::GET_WINDOW:
            return call.memory.write(at, terminal.window());
        case Request::SET_WINDOW:
            return set_window(call, terminal);
        default:
            return Errno::NOTTY;
    }
}

}  // namespace vmlab::linux_abi
