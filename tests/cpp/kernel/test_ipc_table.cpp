// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/ipc_table.hpp"

#include <doctest/doctest.h>

using namespace vmlab;

namespace {

struct Thing {
    IpcIdentity identity{};
};

}  // namespace

TEST_CASE("the lowest place in the table is taken, by an id that none there has had") {
    IpcTable<Thing> table;
    const std::uint32_t first = table.add({}).identity.id, second = table.add({}).identity.id;
    CHECK(first != second);
    CHECK(table.find(second) == table.find_by_index(1));
    table.remove(*table.find(first));
    CHECK(table.find(first) == nullptr);
    CHECK(table.find_by_index(0) == nullptr);
    const std::uint32_t third = table.add({}).identity.id;
    CHECK(third != first);
    CHECK(third % IpcTable<Thing>::INDEXES == 0);
    CHECK(table.find(first) == nullptr);
    CHECK(table.find_by_index(0)->identity.id == third);
    CHECK(table.all().size() == 2);
}

TEST_CASE("a key finds one object, and no key finds none") {
    IpcTable<Thing> table;
    table.add({});
    const std::uint32_t id = table.add({.identity = {.key = 5}}).identity.id;
    CHECK(table.find_by_key(5)->identity.id == id);
    CHECK(table.find_by_key(6) == nullptr);
    CHECK(table.find_by_key(0) == nullptr);
    table.remove_if([](const Thing& thing) { return thing.identity.key == 0; });
    CHECK(table.all().size() == 1);
    CHECK(table.find(id) != nullptr);
}
