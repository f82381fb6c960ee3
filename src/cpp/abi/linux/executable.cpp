// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/executable.hpp"

#include "abi/linux/layout.hpp"

namespace vmlab::linux_abi {

namespace {

using Why = StartFailure::Why;

StartFailure no_such_file(const std::string& path, FileError error) {
    return {Why::File, error == FileError::NotFound ? "there is no file " + path : path + " cannot be opened", error};
}

/// Opens a file that may be executed: a regular one with an x bit, which even the superuser needs.
Result<Ref<OpenFile>, StartFailure> open_executable(Kernel& kernel, const Process& process, const std::string& path) {
    constexpr std::uint32_t MAY_EXECUTE = 0111;
    RamFilesystem& files = kernel.filesystem();
    const auto status = files.status(process.working_directory, path, FollowLinks::Yes);
    if (!status) {
        return Failure(no_such_file(path, status.error()));
    }
    if (status.value().type != FileType::Regular || (status.value().permissions & MAY_EXECUTE) == 0) {
        return Failure(StartFailure{Why::NotExecutable, path + " may not be executed", {}});
    }
    auto file = files.open(process.working_directory, path, {});
    if (!file) {
        return Failure(no_such_file(path, file.error()));
    }
    return std::move(file).take();
}

Result<ElfImage, StartFailure> parse(const OpenFile& file) {
    return ElfImage::parse(ElfSource::of(*file.object()), STACK_TOP);
}

/// A file that is missing, and one that is no program, are said to be the interpreter's: the program's own file is there.
Result<Executable, StartFailure> find_interpreter(Kernel& kernel, const Process& process, const std::string& path) {
    const std::string needs = "this program needs the interpreter " + path;
    auto file = open_executable(kernel, process, path);
    if (!file) {
        StartFailure failure = file.error();
        failure.sentence = needs + ", but " + failure.sentence +
                           ": give the lab a root= with the program's libraries, or link it with -static";
        return Failure(std::move(failure));
    }
    auto image = parse(*file.value());
    if (!image) {
        constexpr std::uint64_t ELF_HEADER_BYTES = 52;
        StartFailure failure = image.error();
        if (failure.why == Why::BadProgram) {
            failure.why = file.value()->object()->bytes() < ELF_HEADER_BYTES ? Why::CutShort : Why::BadInterpreter;
        }
        failure.sentence = needs + ", which cannot be loaded: " + failure.sentence;
        return Failure(std::move(failure));
    }
    return Executable{std::move(file).take(), std::move(image).take()};
}

}  // namespace

Result<ProgramFiles, StartFailure> find_program(Kernel& kernel, const Process& process, ProgramStart& start) {
    auto file = open_executable(kernel, process, start.path);
    if (!file) {
        return Failure(file.error());
    }
    auto image = parse(*file.value());
    if (!image) {
        return Failure(image.error());
    }
    ProgramFiles found{.program = {std::move(file).take(), std::move(image).take()}, .interpreter = {}};
    if (const std::string& path = found.program.image.interpreter; !path.empty()) {
        auto interpreter = find_interpreter(kernel, process, path);
        if (!interpreter) {
            return Failure(interpreter.error());
        }
        found.interpreter = std::move(interpreter).take();
    }
    return found;
}

}  // namespace vmlab::linux_abi
