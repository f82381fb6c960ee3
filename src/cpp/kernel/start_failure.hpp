// SPDX-License-Identifier: GPL-2.0-only
// StartFailure: why a program was not started, for its user and for the program that asked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kernel/files/open_file.hpp"

namespace vmlab {

struct StartFailure {
    enum class Why : std::uint8_t {
        BadProgram,      ///< no program of a kind that this kernel knows
        BadInterpreter,  ///< its interpreter is none
        CutShort,        ///< the file ends before what it names
        Unloadable,      ///< its segments cannot be mapped as it asks
        File,            ///< a file could not be opened: see `file`
        NoMemory,
        StringsTooLong
    } why;
    std::string sentence;  ///< for the user
    std::optional<FileError> file;
};

/// No frame is left for what a program begins with.
[[nodiscard]] StartFailure ram_too_small();
/// No frame is left for its page directory or kernel stack, or what its working set needs cannot be guaranteed.
[[nodiscard]] StartFailure no_address_space();
/// More would be promised than may be.
[[nodiscard]] StartFailure much_committed();

}  // namespace vmlab
