// SPDX-License-Identifier: GPL-2.0-only
// SemaphoreSets: System V semaphores, several of which one operation changes together, and who waits for them.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <vector>

#include "base/ref.hpp"
#include "kernel/ipc_table.hpp"

namespace vmlab {

/// Whose operations are undone together at the end: a process's, or those of threads that share one. What there is to undo is
/// with the sets. Elsewhere: struct sem_undo_list (Linux).
class UndoList : public RefCounted {};

/// Elsewhere: struct sembuf.
struct SemaphoreOperation {
    std::uint16_t number = 0;
    std::int16_t change = 0;  ///< 0: waits until the semaphore is zero
    enum class Blocked : std::uint8_t { Waits, Fails } blocked = Blocked::Waits;
    enum class AtEnd : std::uint8_t { Stays, IsUndone } at_end = AtEnd::Stays;
};

/// Operations that are done all at once, or not yet.
struct SemaphoreRequest {
    std::uint32_t pid = 0;      ///< of the thread that would wait
    std::uint32_t process = 0;  ///< its process, which the semaphores remember
    Ref<UndoList> undo;         ///< Requires: there is one where an operation is to be undone
    std::vector<SemaphoreOperation> operations;
};

struct SemaphoreSet {
    struct Semaphore {
        std::int32_t value = 0;
        std::uint32_t last = 0;  ///< pid of the process that changed it, or waited for its zero
    };
    struct Undo {
        const UndoList* list;               ///< compared, never followed
        std::vector<std::int32_t> changes;  ///< of each semaphore's value at the list's end
    };
    IpcIdentity identity{};
    std::vector<Semaphore> semaphores;
    std::uint64_t operated = 0;  ///< the time of the last operation
    std::vector<Undo> undos{};
};

/// Elsewhere: struct sem_array and its queues (Linux).
/// Owner: the Kernel. Invariant: who waits is in the row once, and cannot go on as the semaphores are. Who came first goes
/// first among those that can.
class SemaphoreSets {
public:
    static constexpr std::uint32_t MOST = 32000, MOST_OF_SET = 32000, MOST_OPERATIONS = 500;
    static constexpr std::uint32_t MOST_SEMAPHORES = 1'024'000;  ///< of all sets
    static constexpr std::int32_t LARGEST_VALUE = 32767;

    enum class Outcome : std::uint8_t { Done, Waits, WouldWait, OutOfRange, Removed };
    enum class WaitsFor : std::uint8_t { Increase, Zero };

    explicit SemaphoreSets(IpcHost host) : host_(std::move(host)) {}

    [[nodiscard]] IpcTable<SemaphoreSet>& table() { return table_; }
    [[nodiscard]] std::uint32_t semaphores() const;
    /// Does it, or puts it into the row. Requires: the numbers are those of semaphores of the set.
    [[nodiscard]] Outcome operate(SemaphoreSet& set, SemaphoreRequest request);
    /// What became of the request that waited; nothing while it waits.
    [[nodiscard]] std::optional<Outcome> take_outcome(std::uint32_t pid);
    /// It waits no longer, and wants to hear of nothing.
    void leave(std::uint32_t pid);
    /// What is set is not undone.
    void set_value(SemaphoreSet& set, std::uint32_t number, std::int32_t value, std::uint32_t process);
    /// Requires: one for each.
    void set_values(SemaphoreSet& set, const std::vector<std::uint16_t>& values, std::uint32_t process);
    /// Who waits for one of its semaphores goes on.
    void remove(const SemaphoreSet& set);
    /// How many wait for the semaphore, as the first of their operations that cannot be done.
    [[nodiscard]] std::uint32_t count_waiting(const SemaphoreSet& set, std::uint32_t number, WaitsFor what) const;
    /// The list's last process has ended.
    void undo(const UndoList& list, std::uint32_t process);

private:
    struct Waiter {
        std::uint32_t set;  ///< its id
        SemaphoreRequest request;
        std::size_t blocked_at = 0;  ///< which of its operations
    };
    struct Attempt {
        Outcome outcome;
        std::size_t blocked_at = 0;
    };
    [[nodiscard]] Attempt attempt(SemaphoreSet& set, const SemaphoreRequest& request);
    [[nodiscard]] static Outcome step(SemaphoreSet& set, const SemaphoreOperation& operation, SemaphoreSet::Undo* undo);
    [[nodiscard]] static SemaphoreSet::Undo* find_undo(SemaphoreSet& set, const SemaphoreRequest& request);
    using Operations = std::vector<SemaphoreOperation>;
    /// Lets those go on that can after these operations; nothing: after any change.
    void serve(SemaphoreSet& set, std::optional<Operations> done);
    /// The first that can of those that change something, or that do not: what it has done.
    [[nodiscard]] std::optional<Operations> serve_one(SemaphoreSet& set, WaitsFor what);
    std::list<Waiter>::iterator settle(std::list<Waiter>::iterator waiter, Outcome outcome);

    IpcHost host_;
    IpcTable<SemaphoreSet> table_;
    std::list<Waiter> waiters_;                  ///< of all sets
    std::map<std::uint32_t, Outcome> outcomes_;  ///< by the pids of those that were woken
};

}  // namespace vmlab
