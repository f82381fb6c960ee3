// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include "abi/xv6/paths.hpp"

using vmlab::xv6_abi::Path;
using vmlab::xv6_abi::path_of_users_file;
using vmlab::xv6_abi::read_path;

TEST_CASE("slashes in a row and at the end count for nothing, and names are cut") {
    const auto reads_as = [](const char* text, const char* path, const char* last) {
        const Path read = read_path(text);
        CHECK(read.text == path);
        CHECK(read.last == last);
    };
    reads_as("", ".", "");
    reads_as("/", "/", "");
    reads_as("///", "/", "");
    reads_as("a", "a", "a");
    reads_as("/a", "/a", "a");
    reads_as("a//b/", "a/b", "b");
    reads_as("//a/.//..", "/a/./..", "..");
    reads_as("12345678901234", "12345678901234", "12345678901234");
    reads_as("123456789012345/abcdefghijklmnopq", "12345678901234/abcdefghijklmn", "abcdefghijklmn");
}

TEST_CASE("only a name of its own can be made, linked or removed") {
    for (const char* const path : {"", "/", ".", "..", "a/.", "/..", "./"}) {
        CHECK_FALSE(read_path(path).names_entry());
    }
    for (const char* const path : {"a", "/a/", "../a", "...", ".a"}) {
        CHECK(read_path(path).names_entry());
    }
}

TEST_CASE("a file that the user brings loses the underscore in front of its name") {
    CHECK(path_of_users_file("/_cat") == "/cat");
    CHECK(path_of_users_file("/sub/_a_very_long_name") == "/sub/a_very_long_na");
    CHECK(path_of_users_file("/__x") == "/_x");
    CHECK(path_of_users_file("/_") == "/_");
    CHECK(path_of_users_file("/_dir/plain") == "/_dir/plain");
    CHECK(path_of_users_file("_sh") == "sh");
}
