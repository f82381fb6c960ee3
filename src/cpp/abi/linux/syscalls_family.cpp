// SPDX-License-Identifier: GPL-2.0-only
// Executing another program, and who the parent is.
#include <cstring>

#include "abi/linux/layout.hpp"
#include "abi/linux/signals.hpp"
#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

namespace {

/// One argument, of at most MAX_ARG_STRLEN bytes with its end.
Result<std::string, Errno> read_string(Syscall& call, VirtAddr address) {
    constexpr std::uint32_t LIMIT = 128 * 1024;
    std::array<std::byte, 1> last{};
    if (auto text = call.memory.copy_in_string(address, LIMIT - 1)) {
        return std::move(*text);
    }
    return Failure(call.memory.copy_in(address + (LIMIT - 1), last) == CopyResult::Ok ? Errno::TOOBIG : Errno::FAULT);
}

/// The texts of a NULL-terminated array of pointers; 0 for the array means none.
Result<std::vector<std::string>, Errno> read_strings(Syscall& call, VirtAddr array) {
    std::vector<std::string> texts;
    std::uint64_t bytes = 0;
    for (; array.value != 0; array = array + 4) {
        const auto pointer = call.memory.read<std::uint32_t>(array);
        if (!pointer) {
            return Failure(Errno::FAULT);
        }
        if (*pointer == 0) {
            break;
        }
        auto text = read_string(call, VirtAddr(*pointer));
        if (!text) {
            return Failure(text.error());
        }
        bytes += text.value().size() + 1 + sizeof(std::uint32_t);
        if (bytes > largest_string_area(call.process.limits().space())) {
            return Failure(Errno::TOOBIG);
        }
        texts.push_back(std::move(text).take());
    }
    return texts;
}

/// A program that was found but cannot be mapped has no caller to return to: on Linux its memory is gone by then.
SyscallResult refuse_to_start(Syscall& call, const StartFailure& failure) {
    switch (failure.why) {
        case StartFailure::Why::BadProgram:
            return Errno::NOEXEC;
        case StartFailure::Why::BadInterpreter:
            return Errno::LIBBAD;
        case StartFailure::Why::CutShort:
            return Errno::IO;
        case StartFailure::Why::File:
            return *failure.file;
        case StartFailure::Why::NoMemory:
            return Errno::NOMEM;
        case StartFailure::Why::StringsTooLong:
            return Errno::TOOBIG;
        case StartFailure::Why::Unloadable:
            die_of(call.kernel, call.process, Signal::Segv);
            return 0U;
    }
    throw Panic("a failure to start a program without a Linux number");
}

}  // namespace

SyscallResult sys_execve(Syscall& call) {
    auto path = read_path(call, call.pointer(0));
    if (!path) {
        return path.error();
    }
    auto arguments = read_strings(call, call.pointer(1));
    if (!arguments) {
        return arguments.error();
    }
    auto environment = read_strings(call, call.pointer(2));
    if (!environment) {
        return environment.error();
    }
    if (arguments.value().empty()) {
        arguments.value().emplace_back();  // whoever looks at argv[0] finds something
    }
    ProgramStart start{std::move(path).take(), std::move(arguments).take(), std::move(environment).take()};
    const auto executed = call.kernel.exec(call.process, std::move(start));
    return executed ? SyscallResult(0U) : refuse_to_start(call, executed.error());
}

// Whom nobody took in is told what Linux would: init, which is process 1. The lab's own process 1 knows nothing of it.
SyscallResult sys_getppid(Syscall& call) {
    constexpr std::uint32_t INIT = 1;
    const Process& process = call.kernel.leader_of(call.process);
    return process.orphan ? INIT : process.parent();
}

}  // namespace vmlab::linux_abi
