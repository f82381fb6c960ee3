// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include "base/ref.hpp"

using namespace vmlab;

namespace {

struct Counted : RefCounted {
    explicit Counted(int& alive_count) : alive(alive_count) { ++alive; }
    ~Counted() override { --alive; }
    int& alive;
};

struct Derived : Counted {
    using Counted::Counted;
};

}  // namespace

TEST_CASE("an object lives as long as somebody holds it") {
    int alive = 0;
    Ref<Counted> first = make_ref<Counted>(alive);
    Ref<Counted> second = first;
    CHECK(first->ref_count() == 2);
    first = nullptr;
    CHECK(alive == 1);
    CHECK(second->ref_count() == 1);
    second = nullptr;
    CHECK(alive == 0);
}

TEST_CASE("moving a reference moves its count") {
    int alive = 0;
    Ref<Counted> first = make_ref<Counted>(alive);
    const Ref<Counted> second = std::move(first);
    CHECK(second->ref_count() == 1);
    CHECK_FALSE(static_cast<bool>(first));  // NOLINT: a moved-from Ref is empty
}

TEST_CASE("assigning a reference to itself keeps the object") {
    int alive = 0;
    Ref<Counted> ref = make_ref<Counted>(alive);
    const Ref<Counted>& same = ref;
    ref = same;
    CHECK(alive == 1);
    CHECK(ref->ref_count() == 1);
}

TEST_CASE("a reference to a derived object counts on the same object") {
    int alive = 0;
    const Ref<Derived> derived = make_ref<Derived>(alive);
    const Ref<Counted> base = derived;
    CHECK(base.get() == derived.get());
    CHECK(base->ref_count() == 2);
}
