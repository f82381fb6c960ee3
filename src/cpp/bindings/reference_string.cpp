// SPDX-License-Identifier: GPL-2.0-only
#include "bindings/reference_string.hpp"

#include <cstring>
#include <string>
#include <type_traits>

namespace py = pybind11;

namespace vmlab {

namespace {

template <typename Number>
std::vector<std::uint64_t> widen(const py::buffer_info& pages) {
    std::vector<std::uint64_t> widened;
    widened.reserve(static_cast<std::size_t>(pages.size));
    const auto* at = static_cast<const std::byte*>(pages.ptr);
    for (py::ssize_t index = 0; index < pages.size; ++index, at += pages.strides[0]) {
        Number page;
        std::memcpy(&page, at, sizeof page);
        if constexpr (std::is_signed_v<Number>) {
            if (page < 0) {
                throw py::value_error("a page number is 0 or more, not " + std::to_string(page));
            }
        }
        widened.push_back(static_cast<std::uint64_t>(page));
    }
    return widened;
}

/// Tries one type of number after the other.
template <typename Number, typename... Others>
std::vector<std::uint64_t> widen_as_one_of(const py::buffer_info& pages) {
    if (pages.item_type_is_equivalent_to<Number>()) {
        return widen<Number>(pages);
    }
    if constexpr (sizeof...(Others) > 0) {
        return widen_as_one_of<Others...>(pages);
    } else {
        throw py::type_error("references are whole numbers, not items of the format \"" + pages.format + "\"");
    }
}

/// Whether the buffer can be looked at as an array of Numbers.
template <typename Number>
bool is_array_of(const py::buffer_info& buffer) {
    return buffer.item_type_is_equivalent_to<Number>() && buffer.strides[0] == sizeof(Number) &&
           reinterpret_cast<std::uintptr_t>(buffer.ptr) % alignof(Number) == 0;
}

}  // namespace

ReferenceString::ReferenceString(const py::object& pages, const py::object& writes)
    : pages_(py::buffer(pages).request()) {
    if (pages_.ndim != 1) {
        throw py::value_error("references have one dimension, not " + std::to_string(pages_.ndim));
    }
    if (!is_array_of<std::uint64_t>(pages_)) {
        widened_ = widen_as_one_of<std::uint8_t, std::int8_t, std::uint16_t, std::int16_t, std::uint32_t, std::int32_t,
                                   std::uint64_t, std::int64_t>(pages_);
    }
    if (!writes.is_none()) {
        writes_ = py::buffer(writes).request();
        if (writes_->ndim != 1 || writes_->itemsize != 1 || writes_->strides[0] != 1 || writes_->size != pages_.size) {
            throw py::value_error("writes has one byte for each reference");
        }
    }
}

References ReferenceString::references() const {
    References references;
    references.pages = widened_.empty() ? std::span(static_cast<const std::uint64_t*>(pages_.ptr),
                                                    static_cast<std::size_t>(pages_.size))
                                        : std::span<const std::uint64_t>(widened_);
    if (writes_) {
        references.writes =
            std::span(static_cast<const std::uint8_t*>(writes_->ptr), static_cast<std::size_t>(writes_->size));
    }
    return references;
}

}  // namespace vmlab
