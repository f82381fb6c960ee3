// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/semaphore_sets.hpp"

#include <doctest/doctest.h>

using namespace vmlab;

namespace {

using Outcome = SemaphoreSets::Outcome;
using WaitsFor = SemaphoreSets::WaitsFor;
using Pids = std::vector<std::uint32_t>;

struct Sets {
    Pids woken;
    std::uint64_t time = 1;
    SemaphoreSets sets{{.wake = [this](std::uint32_t pid) { woken.push_back(pid); }, .now = [this] { return time; }}};
    Ref<UndoList> undo = make_ref<UndoList>();

    SemaphoreSet& make(std::size_t count) {
        return sets.table().add({.semaphores = std::vector<SemaphoreSet::Semaphore>(count)});
    }
    Outcome operate(SemaphoreSet& set, std::uint32_t pid, std::vector<SemaphoreOperation> operations) {
        return sets.operate(set, {.pid = pid, .process = pid, .undo = undo, .operations = std::move(operations)});
    }
};

SemaphoreOperation fails(SemaphoreOperation operation) {
    operation.blocked = SemaphoreOperation::Blocked::Fails;
    return operation;
}
SemaphoreOperation undone(SemaphoreOperation operation) {
    operation.at_end = SemaphoreOperation::AtEnd::IsUndone;
    return operation;
}

}  // namespace

TEST_CASE_FIXTURE(Sets, "operations are done together or not at all") {
    SemaphoreSet& set = make(2);
    CHECK(operate(set, 1, {{0, 3}}) == Outcome::Done);
    CHECK(operate(set, 1, {{0, -2}, {1, 4}, fails({0, -2})}) == Outcome::WouldWait);
    CHECK(set.semaphores[0].value == 3);
    CHECK(set.semaphores[1].value == 0);
    CHECK(operate(set, 2, {undone({0, -3}), {0, 0}, {1, 32767}, {1, 1}}) == Outcome::OutOfRange);
    CHECK(set.semaphores[0].value == 3);
    CHECK(set.semaphores[0].last == 1);
    sets.undo(*undo, 2);
    CHECK(set.semaphores[0].value == 3);  // what was not done is not undone
    CHECK(operate(set, 2, {{0, -3}, {0, 0}}) == Outcome::Done);
    CHECK(set.semaphores[0].last == 2);
}

TEST_CASE_FIXTURE(Sets, "who came first goes first among those that can, and zero before all") {
    SemaphoreSet& set = make(1);
    sets.set_value(set, 0, 1, 9);
    CHECK(operate(set, 1, {{0, -4}}) == Outcome::Waits);
    CHECK(operate(set, 2, {{0, -2}}) == Outcome::Waits);
    CHECK(operate(set, 3, {{0, 0}}) == Outcome::Waits);
    CHECK(sets.count_waiting(set, 0, WaitsFor::Increase) == 2);
    CHECK(sets.count_waiting(set, 0, WaitsFor::Zero) == 1);
    CHECK(operate(set, 4, {{0, 1}}) == Outcome::Done);
    CHECK(woken == Pids{2, 3});
    CHECK(set.semaphores[0].value == 0);
    CHECK(sets.take_outcome(2) == Outcome::Done);
    CHECK(sets.take_outcome(3) == Outcome::Done);
    CHECK_FALSE(sets.take_outcome(1).has_value());
    CHECK(operate(set, 4, {{0, 5}}) == Outcome::Done);
    CHECK(set.semaphores[0].value == 1);
    CHECK(set.semaphores[0].last == 1);
}

TEST_CASE_FIXTURE(Sets, "one waits for the first operation that cannot be done, and may give up at another") {
    SemaphoreSet& set = make(2);
    CHECK(operate(set, 1, {{0, -1}, {1, -1}}) == Outcome::Waits);
    CHECK(operate(set, 2, {{0, -1}, fails({1, -9})}) == Outcome::Waits);
    CHECK(sets.count_waiting(set, 0, WaitsFor::Increase) == 2);
    CHECK(operate(set, 3, {{0, 1}}) == Outcome::Done);
    CHECK(sets.count_waiting(set, 0, WaitsFor::Increase) == 0);
    CHECK(sets.count_waiting(set, 1, WaitsFor::Increase) == 1);
    CHECK(sets.take_outcome(2) == Outcome::WouldWait);
    CHECK(set.semaphores[0].value == 1);
}

TEST_CASE_FIXTURE(Sets, "who waits for zero is not tried again before there is one") {
    SemaphoreSet& set = make(2);
    sets.set_value(set, 1, 1, 9);
    CHECK(operate(set, 1, {fails({0, 0}), {1, 0}}) == Outcome::Waits);
    CHECK(operate(set, 2, {{0, 1}}) == Outcome::Done);
    CHECK_FALSE(sets.take_outcome(1).has_value());
    CHECK(sets.count_waiting(set, 1, WaitsFor::Zero) == 1);
    CHECK(operate(set, 2, {{1, -1}}) == Outcome::Done);
    CHECK(sets.take_outcome(1) == Outcome::WouldWait);
}

TEST_CASE_FIXTURE(Sets, "an end undoes what it should, within what a semaphore can be, and lets others go on") {
    SemaphoreSet& set = make(2);
    sets.set_value(set, 0, 5, 9);
    CHECK(operate(set, 1, {undone({0, -3}), undone({1, 7})}) == Outcome::Done);
    CHECK(operate(set, 1, {{1, -7}}) == Outcome::Done);
    CHECK(operate(set, 2, {{0, -5}}) == Outcome::Waits);
    time = 7;
    sets.undo(*undo, 1);
    CHECK(woken == Pids{2});
    CHECK(set.semaphores[0].value == 0);
    CHECK(set.semaphores[1].value == 0);
    CHECK(set.operated == 7);
    CHECK(set.undos.empty());
    CHECK(operate(set, 1, {undone({0, 6})}) == Outcome::Done);
    sets.set_value(set, 0, 2, 9);
    sets.undo(*undo, 1);
    CHECK(set.semaphores[0].value == 2);
    CHECK(operate(set, 1, {{0, 30000}, undone({1, 30000})}) == Outcome::Done);
    CHECK(operate(set, 1, {{1, -30000}, undone({1, 30000})}) == Outcome::OutOfRange);
}

TEST_CASE_FIXTURE(Sets, "who leaves the row hears of nothing, and a removal ends the others' waits") {
    SemaphoreSet& set = make(1);
    CHECK(operate(set, 1, {{0, -1}}) == Outcome::Waits);
    CHECK(operate(set, 2, {{0, -1}}) == Outcome::Waits);
    sets.leave(1);
    sets.remove(set);
    CHECK(woken == Pids{2});
    CHECK(sets.take_outcome(2) == Outcome::Removed);
    CHECK_FALSE(sets.take_outcome(1).has_value());
    CHECK(sets.table().all().empty());
    CHECK(sets.semaphores() == 0);
}
