// SPDX-License-Identifier: GPL-2.0-only
// What is read of a file that gives a number of eight bytes.
#pragma once

#include <cstring>

#include "kernel/file_fixture.hpp"

namespace vmlab_test {

inline std::uint64_t take(vmlab::OpenFile& file) {
    TextSink sink;
    REQUIRE(file.read(sink, 8).value() == 8);
    std::uint64_t taken = 0;
    std::memcpy(&taken, sink.content.data(), sizeof taken);
    return taken;
}

inline vmlab::FileError failure(vmlab::OpenFile& file, std::uint32_t bytes) {
    TextSink sink;
    return file.read(sink, bytes).error();
}

}  // namespace vmlab_test
