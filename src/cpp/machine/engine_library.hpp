// SPDX-License-Identifier: GPL-2.0-only
// Engine libraries: Unicorn and Capstone, opened by path at run time into one table of functions each.
#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace vmlab {

/// A library that is missing, of the wrong version or without a function we need; the message says what to install.
class EngineError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Unloads a dynamic library when its last user is gone.
class DynamicLibrary {
public:
    /// Opens the library at `path`. Throws EngineError; `requirement` is what the message tells to install.
    DynamicLibrary(const std::filesystem::path& path, const char* requirement);

    /// Address of the function called `name`. Throws EngineError if the library has none.
    [[nodiscard]] void* find_function(const char* name) const;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    struct Close {
        void operator()(void* handle) const noexcept;
    };
    std::filesystem::path path_;
    const char* requirement_;
    std::unique_ptr<void, Close> handle_;
};

struct UnicornLibrary;   // machine/cpu_unicorn_library.hpp: the functions of unicorn.h
struct CapstoneLibrary;  // machine/instruction_library.hpp: the functions of capstone.h

/// The pip requirement that an EngineError names.
inline constexpr const char* UNICORN_REQUIREMENT = "unicorn>=2.1.4,<2.2";
inline constexpr const char* CAPSTONE_REQUIREMENT = "capstone>=5.0.9,<6";

/// Both libraries, shared by every machine that was made with them.
struct EngineLibraries {
    std::shared_ptr<const UnicornLibrary> unicorn;
    std::shared_ptr<const CapstoneLibrary> capstone;
};

/// Opens one library and checks its version. Throws EngineError.
[[nodiscard]] std::shared_ptr<const UnicornLibrary> open_unicorn(const std::filesystem::path& path);
[[nodiscard]] std::shared_ptr<const CapstoneLibrary> open_capstone(const std::filesystem::path& path);

[[nodiscard]] inline EngineLibraries open_engine_libraries(const std::filesystem::path& unicorn,
                                                           const std::filesystem::path& capstone) {
    return {open_unicorn(unicorn), open_capstone(capstone)};
}

}  // namespace vmlab
