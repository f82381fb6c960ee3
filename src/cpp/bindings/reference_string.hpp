// SPDX-License-Identifier: GPL-2.0-only
// ReferenceString: page numbers and write flags out of Python's buffers, looked at in place where they have the right form.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "vm/simulate.hpp"

namespace vmlab {

/// Owner: Python. Holds the buffers, so that they may be looked at without the GIL.
class ReferenceString {
public:
    /// `pages` is a buffer of whole numbers, `writes` one of bytes, or None. Throws TypeError or ValueError otherwise.
    ReferenceString(const pybind11::object& pages, const pybind11::object& writes);

    [[nodiscard]] References references() const;

private:
    pybind11::buffer_info pages_;
    std::optional<pybind11::buffer_info> writes_;
    std::vector<std::uint64_t> widened_;  ///< the pages, where their buffer has another form
};

}  // namespace vmlab
