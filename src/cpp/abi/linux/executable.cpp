// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/executable.hpp"

#include <algorithm>

#include "abi/linux/layout.hpp"

namespace vmlab::linux_abi {

namespace {

using Why = StartFailure::Why;

Result<Ref<ExecutedFile>, StartFailure> open_executable(Kernel& kernel, const Process& process,
                                                        const std::string& path) {
    auto file = kernel.filesystem().open_to_execute(process.place().working_directory(), path);
    if (file) {
        return std::move(file).take();
    }
    switch (file.error()) {
        case FileError::NotFound:
            return Failure(StartFailure{Why::File, "there is no file " + path, file.error()});
        case FileError::NotExecutable:
            return Failure(StartFailure{Why::File, path + " may not be executed", file.error()});
        case FileError::TextBusy:
            return Failure(StartFailure{Why::File, path + " is open for writing", file.error()});
        default:
            return Failure(StartFailure{Why::File, path + " cannot be opened", file.error()});
    }
}

Result<ElfImage, StartFailure> parse(const ExecutedFile& file) {
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

/// As a script's first line names it.
struct ScriptInterpreter {
    std::string path;
    std::optional<std::string> argument;  ///< one at most, with the spaces in it
};

/// Nothing when the file is no script, or names nothing, or a path whose end is not among the bytes that are looked at.
std::optional<ScriptInterpreter> script_interpreter(const ExecutedFile& file) {
    constexpr std::size_t LOOKED_AT = 256;
    constexpr std::string_view BLANKS = " \t", ENDS{" \t\0", 3};
    const ElfSource source = ElfSource::of(*file.object());
    std::string text(static_cast<std::size_t>(std::min<std::uint64_t>(source.size, LOOKED_AT)), '\0');
    source.read(0, std::as_writable_bytes(std::span(text)));
    text.resize(LOOKED_AT, '\0');
    const std::size_t start = text.find_first_not_of(BLANKS, 2);
    if (!text.starts_with("#!") || start == std::string::npos) {
        return std::nullopt;
    }
    std::size_t end = text.substr(0, text.find('\0')).find('\n');
    if (end == std::string::npos) {
        if (text.find_first_of(ENDS, start) == std::string::npos) {
            return std::nullopt;
        }
        end = LOOKED_AT - 1;
    }
    end = text.find_last_not_of(BLANKS, end - 1) + 1;
    if (start >= end) {
        return std::nullopt;
    }
    const std::size_t path_end = std::min(text.find_first_of(ENDS, start), end);
    ScriptInterpreter found{.path = text.substr(start, path_end - start), .argument = {}};
    if (found.path.empty()) {
        found.path = ".";  // Linux takes the directory where it begins to look
    }
    if (path_end < end && text[path_end] != '\0') {
        const std::size_t argument = text.find_first_not_of(BLANKS, path_end);
        found.argument = text.substr(argument, std::min(text.find('\0', argument), end) - argument);
    }
    return found;
}

/// The interpreter's own name, its argument, and the script take the place of the script's name.
void rewrite_arguments(std::vector<std::string>& arguments, const ScriptInterpreter& interpreter,
                       const std::string& script) {
    std::vector<std::string> rewritten = {interpreter.path};
    if (interpreter.argument) {
        rewritten.push_back(*interpreter.argument);
    }
    rewritten.push_back(script);
    if (!arguments.empty()) {
        rewritten.insert(rewritten.end(), std::next(arguments.begin()), arguments.end());
    }
    arguments = std::move(rewritten);
}

/// The file that is a program, after as many scripts as Linux follows.
Result<Ref<ExecutedFile>, StartFailure> follow_scripts(Kernel& kernel, const Process& process, ProgramStart& start) {
    using Reach = ProgramStart::FoundFile::Reach;
    constexpr std::uint32_t MOST_SCRIPTS = 5;
    std::string needed_by, path = start.path;
    for (std::uint32_t scripts = 0;; ++scripts) {
        const bool found = scripts == 0 && start.found;
        auto file =
            found ? Result<Ref<ExecutedFile>, StartFailure>(start.found->file) : open_executable(kernel, process, path);
        if (!file) {
            StartFailure failure = file.error();
            failure.sentence = needed_by + failure.sentence;
            return Failure(std::move(failure));
        }
        if (scripts > MOST_SCRIPTS) {
            return Failure(StartFailure{Why::File, path + " is the interpreter of too many scripts in a row",
                                        FileError::TooManyLinks});
        }
        const auto interpreter = script_interpreter(*file.value());
        if (!interpreter) {
            return file;
        }
        if (found && start.found->reach == Reach::ClosesAtStart) {
            return Failure(
                StartFailure{Why::File, path + " is closed before its interpreter could open it", FileError::NotFound});
        }
        rewrite_arguments(start.arguments, *interpreter, path);
        needed_by = "the script " + path + " needs the interpreter " + interpreter->path + ", but ";
        path = interpreter->path;
    }
}

}  // namespace

Result<ProgramFiles, StartFailure> find_program(Kernel& kernel, const Process& process, ProgramStart& start) {
    auto file = follow_scripts(kernel, process, start);
    if (!file) {
        return Failure(file.error());
    }
    auto image = parse(*file.value());
    if (!image) {
        return Failure(image.error());
    }
    ProgramFiles found{.program = {std::move(file).take(), std::move(image).take()}, .interpreter = {}};
    if (const std::string& named = found.program.image.interpreter; !named.empty()) {
        auto interpreter = find_interpreter(kernel, process, named);
        if (!interpreter) {
            return Failure(interpreter.error());
        }
        found.interpreter = std::move(interpreter).take();
    }
    return found;
}

}  // namespace vmlab::linux_abi
