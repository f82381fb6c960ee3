// SPDX-License-Identifier: GPL-2.0-only
// Panic: a bug of vmlab itself, thrown to the caller with its place; never abort().
#pragma once

#include <source_location>
#include <stdexcept>
#include <string>

namespace vmlab {

/// Thrown when an invariant of vmlab is broken. Python sees it as vmlab.Panic.
class Panic : public std::logic_error {
public:
    explicit Panic(const std::string& what, std::source_location where = std::source_location::current())
        : std::logic_error(what + " (" + where.file_name() + ":" + std::to_string(where.line()) + ")") {}
};

/// Checks a precondition or invariant in every build.
inline void require(bool condition, const char* what, std::source_location where = std::source_location::current()) {
    if (!condition) [[unlikely]] {
        throw Panic(what, where);
    }
}

}  // namespace vmlab
