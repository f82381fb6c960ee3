// SPDX-License-Identifier: GPL-2.0-only
#include "machine/engine_library.hpp"

#include <system_error>

#include "machine/cpu_unicorn_library.hpp"
#include "machine/instruction_library.hpp"

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace vmlab {

namespace {

std::string advice(const char* requirement) {
    return std::string("; install it with: python -m pip install \"") + requirement + "\"";
}

#ifdef _WIN32
void* open_handle(const std::filesystem::path& path) { return LoadLibraryW(path.c_str()); }
void* find_symbol(void* handle, const char* name) {
    return reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(handle), name));
}
std::string last_error() { return std::system_category().message(static_cast<int>(GetLastError())); }
#else
void* open_handle(const std::filesystem::path& path) { return dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL); }
void* find_symbol(void* handle, const char* name) { return dlsym(handle, name); }
std::string last_error() {
    const char* text = dlerror();
    return text != nullptr ? text : "unknown error";
}
#endif

template <typename Function>
void bind(const DynamicLibrary& library, Function& slot, const char* name) {
    slot = reinterpret_cast<Function>(library.find_function(name));
}

std::string dotted(unsigned major, unsigned minor) { return std::to_string(major) + "." + std::to_string(minor); }

}  // namespace

void DynamicLibrary::Close::operator()(void* handle) const noexcept {
#ifdef _WIN32
    FreeLibrary(static_cast<HMODULE>(handle));
#else
    dlclose(handle);
#endif
}

DynamicLibrary::DynamicLibrary(const std::filesystem::path& path, const char* requirement)
    : path_(path), requirement_(requirement) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {
        throw EngineError("no library at " + path.string() + advice(requirement));
    }
    handle_.reset(open_handle(path));
    if (!handle_) {
        throw EngineError("cannot open " + path.string() + ": " + last_error() + advice(requirement));
    }
}

void* DynamicLibrary::find_function(const char* name) const {
    void* function = find_symbol(handle_.get(), name);
    if (function == nullptr) {
        throw EngineError(path_.string() + " has no function " + name + advice(requirement_));
    }
    return function;
}

UnicornLibrary::UnicornLibrary(DynamicLibrary opened) : library(std::move(opened)) {
    bind(library, version, "uc_version");
    bind(library, open, "uc_open");
    bind(library, close, "uc_close");
    bind(library, ctl, "uc_ctl");
    bind(library, strerror, "uc_strerror");
    bind(library, reg_read, "uc_reg_read");
    bind(library, reg_write, "uc_reg_write");
    bind(library, reg_read_batch, "uc_reg_read_batch");
    bind(library, reg_write_batch, "uc_reg_write_batch");
    bind(library, mem_map_ptr, "uc_mem_map_ptr");
    bind(library, vmem_translate, "uc_vmem_translate");
    bind(library, emu_start, "uc_emu_start");
    bind(library, emu_stop, "uc_emu_stop");
    bind(library, hook_add, "uc_hook_add");
    bind(library, hook_del, "uc_hook_del");
    bind(library, context_alloc, "uc_context_alloc");
    bind(library, context_free, "uc_context_free");
    bind(library, context_size, "uc_context_size");
    bind(library, context_save, "uc_context_save");
    bind(library, context_restore, "uc_context_restore");
}

CapstoneLibrary::CapstoneLibrary(DynamicLibrary opened) : library(std::move(opened)) {
    bind(library, version, "cs_version");
    bind(library, open, "cs_open");
    bind(library, close, "cs_close");
    bind(library, option, "cs_option");
    bind(library, malloc_instruction, "cs_malloc");
    bind(library, free_instruction, "cs_free");
    bind(library, disasm_iter, "cs_disasm_iter");
    bind(library, reg_name, "cs_reg_name");
}

std::shared_ptr<const UnicornLibrary> open_unicorn(const std::filesystem::path& path) {
    auto library = std::make_shared<const UnicornLibrary>(DynamicLibrary(path, UNICORN_REQUIREMENT));
    // major << 24 | minor << 16 | patch << 8 | extra
    const unsigned found = library->version(nullptr, nullptr);
    const unsigned major = found >> 24;
    const unsigned minor = (found >> 16) & 0xFF;
    const unsigned patch = (found >> 8) & 0xFF;
    if (major != 2 || minor != 1 || patch < 4) {
        throw EngineError(path.string() + " is Unicorn " + dotted(major, minor) + "." + std::to_string(patch) +
                          ", which is not supported" + advice(UNICORN_REQUIREMENT));
    }
    return library;
}

std::shared_ptr<const CapstoneLibrary> open_capstone(const std::filesystem::path& path) {
    auto library = std::make_shared<const CapstoneLibrary>(DynamicLibrary(path, CAPSTONE_REQUIREMENT));
    // The library tells no patch level: the package's own metadata is what holds that.
    int major = 0;
    int minor = 0;
    library->version(&major, &minor);
    if (major != 5) {
        throw EngineError(path.string() + " is Capstone " +
                          dotted(static_cast<unsigned>(major), static_cast<unsigned>(minor)) +
                          ", which is not supported" + advice(CAPSTONE_REQUIREMENT));
    }
    return library;
}

}  // namespace vmlab
