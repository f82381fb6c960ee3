// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/semaphore_sets.hpp"

namespace vmlab {

namespace {

constexpr std::int32_t LARGEST_UNDO = 32767, SMALLEST_UNDO = -32768;

bool is_undone(const SemaphoreOperation& operation) { return operation.at_end == SemaphoreOperation::AtEnd::IsUndone; }

bool changes_something(const SemaphoreRequest& request) {
    return std::ranges::any_of(request.operations, [](const auto& operation) { return operation.change != 0; });
}

void forget_undo(SemaphoreSet& set, std::uint32_t number) {
    for (SemaphoreSet::Undo& undo : set.undos) {
        undo.changes[number] = 0;
    }
}

/// Whether one of the semaphores that an operation was about, or any where that is not known, is zero now.
bool left_zero(const SemaphoreSet& set, const std::optional<std::vector<SemaphoreOperation>>& done) {
    if (!done) {
        return std::ranges::any_of(set.semaphores, [](const auto& semaphore) { return semaphore.value == 0; });
    }
    return std::ranges::any_of(*done,
                               [&set](const auto& operation) { return set.semaphores[operation.number].value == 0; });
}

}  // namespace

std::uint32_t SemaphoreSets::semaphores() const {
    std::size_t count = 0;
    for (const auto& [index, set] : table_.all()) {
        count += set.semaphores.size();
    }
    return static_cast<std::uint32_t>(count);
}

SemaphoreSet::Undo* SemaphoreSets::find_undo(SemaphoreSet& set, const SemaphoreRequest& request) {
    if (std::ranges::none_of(request.operations, is_undone)) {
        return nullptr;
    }
    const UndoList* const list = request.undo.get();
    const auto found = std::ranges::find(set.undos, list, &SemaphoreSet::Undo::list);
    return found != set.undos.end() ? &*found
                                    : &set.undos.emplace_back(list, std::vector<std::int32_t>(set.semaphores.size()));
}

SemaphoreSets::Outcome SemaphoreSets::step(SemaphoreSet& set, const SemaphoreOperation& operation,
                                           SemaphoreSet::Undo* undo) {
    std::int32_t& value = set.semaphores[operation.number].value;
    const std::int32_t after = value + operation.change;
    if ((operation.change == 0 && value != 0) || after < 0) {
        return operation.blocked == SemaphoreOperation::Blocked::Waits ? Outcome::Waits : Outcome::WouldWait;
    }
    if (after > LARGEST_VALUE) {
        return Outcome::OutOfRange;
    }
    if (is_undone(operation)) {
        const std::int32_t change = undo->changes[operation.number] - operation.change;
        if (change < SMALLEST_UNDO || change > LARGEST_UNDO) {
            return Outcome::OutOfRange;
        }
        undo->changes[operation.number] = change;
    }
    value = after;
    return Outcome::Done;
}

SemaphoreSets::Attempt SemaphoreSets::attempt(SemaphoreSet& set, const SemaphoreRequest& request) {
    SemaphoreSet::Undo* const undo = find_undo(set, request);
    const auto& operations = request.operations;
    Outcome outcome = Outcome::Done;
    std::size_t done = 0;
    while (done < operations.size() && (outcome = step(set, operations[done], undo)) == Outcome::Done) {
        ++done;
    }
    if (outcome == Outcome::Done) {
        for (const SemaphoreOperation& operation : operations) {
            set.semaphores[operation.number].last = request.process;
        }
        set.operated = host_.now();
        return {Outcome::Done};
    }
    for (std::size_t back = done; back-- > 0;) {
        const SemaphoreOperation& operation = operations[back];
        set.semaphores[operation.number].value -= operation.change;
        if (is_undone(operation)) {
            undo->changes[operation.number] += operation.change;
        }
    }
    return {outcome, done};
}

SemaphoreSets::Outcome SemaphoreSets::operate(SemaphoreSet& set, SemaphoreRequest request) {
    const Attempt tried = attempt(set, request);
    if (tried.outcome == Outcome::Waits) {
        waiters_.push_back({set.identity.id, std::move(request), tried.blocked_at});
    } else if (tried.outcome == Outcome::Done && changes_something(request)) {
        serve(set, std::move(request.operations));
    }
    return tried.outcome;
}

std::list<SemaphoreSets::Waiter>::iterator SemaphoreSets::settle(std::list<Waiter>::iterator waiter, Outcome outcome) {
    const std::uint32_t pid = waiter->request.pid;
    outcomes_[pid] = outcome;
    host_.wake(pid);
    return waiters_.erase(waiter);
}

std::optional<SemaphoreSets::Operations> SemaphoreSets::serve_one(SemaphoreSet& set, WaitsFor what) {
    for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
        if (waiter->set != set.identity.id || changes_something(waiter->request) != (what == WaitsFor::Increase)) {
            ++waiter;
            continue;
        }
        const Attempt tried = attempt(set, waiter->request);
        waiter->blocked_at = tried.blocked_at;
        if (tried.outcome == Outcome::Waits) {
            ++waiter;
            continue;
        }
        Operations operations = std::move(waiter->request.operations);
        waiter = settle(waiter, tried.outcome);
        if (tried.outcome == Outcome::Done) {
            return operations;
        }
    }
    return std::nullopt;
}

// Who only waits for zero goes first, as nothing becomes another way by that; and is tried only where one was left behind.
void SemaphoreSets::serve(SemaphoreSet& set, std::optional<Operations> done) {
    do {
        if (left_zero(set, done)) {
            while (serve_one(set, WaitsFor::Zero)) {
            }
        }
        done = serve_one(set, WaitsFor::Increase);
    } while (done);
}

std::optional<SemaphoreSets::Outcome> SemaphoreSets::take_outcome(std::uint32_t pid) {
    const auto taken = outcomes_.extract(pid);
    return taken.empty() ? std::nullopt : std::optional(taken.mapped());
}

void SemaphoreSets::leave(std::uint32_t pid) {
    outcomes_.erase(pid);
    std::erase_if(waiters_, [pid](const Waiter& waiter) { return waiter.request.pid == pid; });
}

void SemaphoreSets::set_value(SemaphoreSet& set, std::uint32_t number, std::int32_t value, std::uint32_t process) {
    set.semaphores[number] = {value, process};
    forget_undo(set, number);
    set.identity.changed = host_.now();
    serve(set, std::nullopt);
}

void SemaphoreSets::set_values(SemaphoreSet& set, const std::vector<std::uint16_t>& values, std::uint32_t process) {
    for (std::uint32_t number = 0; number < values.size(); ++number) {
        set.semaphores[number] = {values[number], process};
        forget_undo(set, number);
    }
    set.identity.changed = host_.now();
    serve(set, std::nullopt);
}

void SemaphoreSets::remove(const SemaphoreSet& set) {
    for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
        waiter = waiter->set == set.identity.id ? settle(waiter, Outcome::Removed) : std::next(waiter);
    }
    table_.remove(set);
}

std::uint32_t SemaphoreSets::count_waiting(const SemaphoreSet& set, std::uint32_t number, WaitsFor what) const {
    return static_cast<std::uint32_t>(std::ranges::count_if(waiters_, [&](const Waiter& waiter) {
        const SemaphoreOperation& blocked = waiter.request.operations[waiter.blocked_at];
        return waiter.set == set.identity.id && blocked.number == number &&
               (blocked.change == 0) == (what == WaitsFor::Zero);
    }));
}

void SemaphoreSets::undo(const UndoList& list, std::uint32_t process) {
    for (auto& [index, set] : table_.all()) {
        const auto undo = std::ranges::find(set.undos, &list, &SemaphoreSet::Undo::list);
        if (undo == set.undos.end()) {
            continue;
        }
        for (std::size_t number = 0; number < undo->changes.size(); ++number) {
            if (undo->changes[number] != 0) {
                SemaphoreSet::Semaphore& semaphore = set.semaphores[number];
                semaphore = {std::clamp(semaphore.value + undo->changes[number], 0, LARGEST_VALUE), process};
            }
        }
        set.undos.erase(undo);
        set.operated = host_.now();
        serve(set, std::nullopt);
    }
}

}  // namespace vmlab
