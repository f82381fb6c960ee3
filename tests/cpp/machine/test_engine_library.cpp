// SPDX-License-Identifier: GPL-2.0-only
// Opening the engine libraries: what is missing or wrong is an error that says what to install.
#include <doctest/doctest.h>

#include <string>

#include "machine/engine_library.hpp"

using namespace vmlab;

namespace {

template <typename Open>
std::string message_of(Open open) {
    try {
        (void)open();
    } catch (const EngineError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("both libraries open and are shared") {
    const EngineLibraries libraries = open_engine_libraries(VMLAB_TEST_UNICORN_LIBRARY, VMLAB_TEST_CAPSTONE_LIBRARY);
    CHECK(libraries.unicorn != nullptr);
    CHECK(libraries.capstone != nullptr);
}

TEST_CASE("a missing library names its path and what to install") {
    const std::string text = message_of([] { return open_unicorn("/nowhere/libunicorn.so.2"); });
    CHECK(text.find("/nowhere/libunicorn.so.2") != std::string::npos);
    CHECK(text.find("pip install \"unicorn>=2.1.4,<2.2\"") != std::string::npos);
    CHECK(message_of([] { return open_capstone("/nowhere/x"); }).find("capstone>=5.0.9,<6") != std::string::npos);
}

TEST_CASE("another library, or a file that is none, is refused") {
    CHECK(message_of([] { return open_unicorn(VMLAB_TEST_CAPSTONE_LIBRARY); }).find("uc_version") != std::string::npos);
    CHECK(message_of([] { return open_capstone(__FILE__); }).find("pip install") != std::string::npos);
}
