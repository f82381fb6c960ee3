// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include "kernel/files/console.hpp"
#include "kernel/files/descriptor_table.hpp"

using namespace vmlab;

namespace {

Ref<OpenFile> any_file() { return Console::open(make_ref<Console>(""), Console::Stream::Output); }

}  // namespace

TEST_CASE("the lowest free number is handed out first") {
    DescriptorTable table;
    for (std::uint32_t expected = 0; expected < 3; ++expected) {
        CHECK(table.install(any_file()).value() == expected);
    }
    CHECK(table.close(1).ok());
    CHECK(table.install(any_file()).value() == 1);
    CHECK(table.install(any_file()).value() == 3);
    CHECK(table.install(any_file(), 10).value() == 10);
}

TEST_CASE("a number that is not open is a bad descriptor") {
    DescriptorTable table;
    CHECK(table.get(0).error() == FileError::BadDescriptor);
    CHECK(table.get(0xFFFFFFFF).error() == FileError::BadDescriptor);
    CHECK(table.close(7).error() == FileError::BadDescriptor);
    CHECK(table.find(7) == nullptr);
    CHECK(table.install(any_file()).ok());
    CHECK(table.close(0).ok());
    CHECK(table.close(0).error() == FileError::BadDescriptor);
}

TEST_CASE("the table is full at its limit") {
    DescriptorTable table;
    const auto file = any_file();
    for (std::uint32_t i = 0; i < DescriptorTable::LIMIT; ++i) {
        REQUIRE(table.install(file).ok());
    }
    CHECK(table.install(file).error() == FileError::TooManyOpen);
    CHECK(table.install_at(file, DescriptorTable::LIMIT).error() == FileError::BadDescriptor);
    CHECK(table.install(file, DescriptorTable::LIMIT).error() == FileError::Invalid);
    CHECK(file->ref_count() == 1 + DescriptorTable::LIMIT);
    table.close_all();
    CHECK(file->ref_count() == 1);
}

TEST_CASE("a file put at a number closes what was there") {
    DescriptorTable table;
    const auto first = any_file();
    const auto second = any_file();
    CHECK(table.install(first).value() == 0);
    CHECK(table.install_at(second, 0).ok());
    CHECK(first->ref_count() == 1);
    CHECK(table.get(0).value() == second);
    CHECK(table.install_at(second, 5).ok());
    CHECK(table.find(5) == second.get());
    CHECK(table.find(4) == nullptr);
}

TEST_CASE("close-on-exec belongs to the number, not to the file") {
    DescriptorTable table;
    const auto file = any_file();
    CHECK(table.install(file, 0, CloseOnExec::Yes).value() == 0);
    CHECK(table.install(file).value() == 1);
    CHECK(table.close_on_exec(0) == CloseOnExec::Yes);
    CHECK(table.close_on_exec(1) == CloseOnExec::No);
    table.set_close_on_exec(1, CloseOnExec::Yes);
    CHECK(table.close_on_exec(1) == CloseOnExec::Yes);
    CHECK(table.close(1).ok());
    CHECK(table.install(file).value() == 1);
    CHECK(table.close_on_exec(1) == CloseOnExec::No);
}
