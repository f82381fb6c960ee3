// SPDX-License-Identifier: GPL-2.0-only
// The functions of capstone.h that we call, as one table filled from the library at run time.
// Included only by instruction.cpp and engine_library.cpp.
#pragma once

#include <capstone/capstone.h>

#include "machine/engine_library.hpp"

namespace vmlab {

/// Owner: shared by the machines that were made with it; keeps the library loaded.
struct CapstoneLibrary {
    DynamicLibrary library;

    decltype(&::cs_version) version = nullptr;
    decltype(&::cs_open) open = nullptr;
    decltype(&::cs_close) close = nullptr;
    decltype(&::cs_option) option = nullptr;
    decltype(&::cs_malloc) malloc_instruction = nullptr;
    decltype(&::cs_free) free_instruction = nullptr;
    decltype(&::cs_disasm_iter) disasm_iter = nullptr;
    decltype(&::cs_reg_name) reg_name = nullptr;

    explicit CapstoneLibrary(DynamicLibrary opened);
};

}  // namespace vmlab
