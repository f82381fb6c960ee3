// SPDX-License-Identifier: GPL-2.0-only
// AbiDescription: what an ABI of the user's own says of itself, beside what its calls do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.hpp"

namespace vmlab {

/// Whoever makes one has checked it: numbers are unique, addresses aligned and in order, and no call has more arguments than
/// places for them, nor more than the log has.
struct AbiDescription {
    struct Call {
        std::uint32_t number = 0;
        std::string name;
        std::string arguments;  ///< one letter an argument, as in SyscallName
    };
    /// Where the caller puts the number: into EAX, or where ESP points.
    enum class NumberPlace : std::uint8_t { Eax, Stack };
    enum class ArgumentRegister : std::uint8_t { Ebx, Ecx, Edx, Esi, Edi, Ebp };

    std::string name;
    std::string profile;  ///< the memory profile where nobody names another
    std::uint8_t syscall_vector = 0;
    NumberPlace number = NumberPlace::Eax;
    /// Those of the arguments, in order; nothing: they are on the stack, above the word that ESP points at.
    std::optional<std::vector<ArgumentRegister>> arguments;
    std::uint32_t bad_address = 0;  ///< what a call returns whose arguments are not all on the stack
    VirtAddr lowest;                ///< below it nothing is mapped
    VirtAddr kernel_window;         ///< and user memory ends
    VirtAddr stack_top;
    std::uint32_t stack_bytes = 0;  ///< to which the stack may grow
    std::vector<Call> calls;
};

}  // namespace vmlab
