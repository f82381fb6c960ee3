// SPDX-License-Identifier: GPL-2.0-only
// The functions of unicorn.h that we call, as one table filled from the library at run time.
// Included only by cpu_unicorn*.cpp and engine_library.cpp.
#pragma once

#include <unicorn/unicorn.h>

#include "machine/engine_library.hpp"

namespace vmlab {

/// Owner: shared by the machines that were made with it; keeps the library loaded.
struct UnicornLibrary {
    DynamicLibrary library;

    decltype(&::uc_version) version = nullptr;
    decltype(&::uc_open) open = nullptr;
    decltype(&::uc_close) close = nullptr;
    decltype(&::uc_ctl) ctl = nullptr;
    decltype(&::uc_strerror) strerror = nullptr;
    decltype(&::uc_reg_read) reg_read = nullptr;
    decltype(&::uc_reg_write) reg_write = nullptr;
    decltype(&::uc_reg_read_batch) reg_read_batch = nullptr;
    decltype(&::uc_reg_write_batch) reg_write_batch = nullptr;
    decltype(&::uc_mem_map_ptr) mem_map_ptr = nullptr;
    decltype(&::uc_vmem_translate) vmem_translate = nullptr;
    decltype(&::uc_emu_start) emu_start = nullptr;
    decltype(&::uc_emu_stop) emu_stop = nullptr;
    decltype(&::uc_hook_add) hook_add = nullptr;
    decltype(&::uc_hook_del) hook_del = nullptr;
    decltype(&::uc_context_alloc) context_alloc = nullptr;
    decltype(&::uc_context_free) context_free = nullptr;
    decltype(&::uc_context_size) context_size = nullptr;
    decltype(&::uc_context_save) context_save = nullptr;
    decltype(&::uc_context_restore) context_restore = nullptr;

    explicit UnicornLibrary(DynamicLibrary opened);
};

}  // namespace vmlab
