// SPDX-License-Identifier: GPL-2.0-only
// Between Python's bytes and ours, and from a Result's sentence to a ValueError.
#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace vmlab {

[[nodiscard]] inline pybind11::bytes to_python(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[nodiscard]] inline std::span<const std::byte> from_python(const pybind11::bytes& bytes) {
    return std::as_bytes(std::span(std::string_view(bytes)));
}

/// The value, or a ValueError with the sentence for the user.
template <typename T>
[[nodiscard]] T value_or_raise(Result<T, std::string> result) {
    if (!result) {
        throw pybind11::value_error(result.error());
    }
    return std::move(result).take();
}

}  // namespace vmlab
