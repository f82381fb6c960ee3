// SPDX-License-Identifier: GPL-2.0-only
// Executing another program, and who the parent is.
#include <cstring>

#include "abi/linux/layout.hpp"
#include "abi/linux/named_file.hpp"
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

using FoundFile = ProgramStart::FoundFile;

using Opened = Result<Ref<ExecutedFile>, FileError>;

/// What a descriptor stands for. Requires: it is open, or means the working directory.
Opened open_by_descriptor(Syscall& call, std::uint32_t descriptor) {
    const OpenFile* const file = call.process.files().find_any(descriptor);
    return file == nullptr || file->inode() == nullptr
               ? Opened(Failure(FileError::NotExecutable))
               : RamFilesystem::execute(Ref<Inode>(file->inode()), file->path());
}

/// Opens what is to be executed, and says what that is called: what a descriptor leads to is reached by /dev/fd.
Result<ProgramStart, Errno> find_start(Syscall& call, std::uint32_t descriptor, VirtAddr path, std::uint32_t flags) {
    const auto name = read_name(call, descriptor, path);
    if (!name) {
        return Failure(name.error());
    }
    const std::string& text = name.value().path;
    const bool by_descriptor = text.empty() && (flags & AT_EMPTY_PATH) != 0;
    const auto follow = (flags & AT_SYMLINK_NOFOLLOW) != 0 ? FollowLinks::NotTheLast : FollowLinks::Yes;
    const auto file = by_descriptor ? open_by_descriptor(call, descriptor)
                                    : call.kernel.filesystem().open_to_execute(name.value().directory, text,
                                                                               ExecuteRight::Needed, follow);
    if (!file) {
        return Failure(errno_of(file.error()));
    }
    ProgramStart start{.path = text, .arguments = {}, .environment = {}};
    start.found = {.file = file.value(), .name = by_descriptor ? FoundFile::Name::OfFile : FoundFile::Name::OfPath};
    if (descriptor != AT_FDCWD && !text.starts_with('/')) {
        start.path = "/dev/fd/" + std::to_string(descriptor) + (text.empty() ? "" : "/" + text);
        const bool closes = call.process.files().close_on_exec(descriptor) == CloseOnExec::Yes;
        start.found->reach = closes ? FoundFile::Reach::ClosesAtStart : FoundFile::Reach::Stays;
    }
    return start;
}

/// What execveat() is asked for; execve() has no descriptor and no flags.
struct ExecuteRequest {
    std::uint32_t descriptor = AT_FDCWD;
    VirtAddr path, arguments, environment;
    std::uint32_t flags = 0;
};

SyscallResult execute(Syscall& call, const ExecuteRequest& request) {
    constexpr std::uint32_t CHECK = 0x10000;  ///< AT_EXECVE_CHECK: only says whether the file may be executed
    if ((request.flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | CHECK)) != 0) {
        return Errno::INVAL;
    }
    auto found = find_start(call, request.descriptor, request.path, request.flags);
    if (!found) {
        return found.error();
    }
    auto arguments = read_strings(call, request.arguments);
    if (!arguments) {
        return arguments.error();
    }
    auto environment = read_strings(call, request.environment);
    if (!environment) {
        return environment.error();
    }
    if ((request.flags & CHECK) != 0) {
        return 0U;
    }
    ProgramStart start = std::move(found).take();
    start.arguments = std::move(arguments).take();
    start.environment = std::move(environment).take();
    if (start.arguments.empty()) {
        start.arguments.emplace_back();  // whoever looks at argv[0] finds something
    }
    const auto executed = call.kernel.exec(call.process, std::move(start));
    return executed ? SyscallResult(0U) : refuse_to_start(call, executed.error());
}

}  // namespace

SyscallResult sys_execve(Syscall& call) {
    return execute(call, {.path = call.pointer(0), .arguments = call.pointer(1), .environment = call.pointer(2)});
}

SyscallResult sys_execveat(Syscall& call) {
    return execute(call, {.descriptor = call.argument(0),
                          .path = call.pointer(1),
                          .arguments = call.pointer(2),
                          .environment = call.pointer(3),
                          .flags = call.argument(4)});
}

// Whom nobody took in is told what Linux would: init, which is process 1. The lab's own process 1 knows nothing of it.
SyscallResult sys_getppid(Syscall& call) {
    constexpr std::uint32_t INIT = 1;
    const Process& process = call.kernel.leader_of(call.process);
    return process.orphan ? INIT : process.parent();
}

}  // namespace vmlab::linux_abi
