// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/futex_words.hpp"

namespace vmlab::linux_abi {

Result<FutexKey, Errno> futex_key(Process& process, VirtAddr at, FutexScope scope) {
    if (at.value % 4 != 0) {
        return Failure(Errno::INVAL);
    }
    AddressSpace& space = process.space();
    if (scope == FutexScope::Private && at < space.layout().end) {
        return FutexKey{&space, at.value};
    }
    if (!UserMemory(process).read<std::uint32_t>(at)) {
        return Failure(Errno::FAULT);
    }
    const Mapping* mapping = space.find_mapping(at);
    if (mapping != nullptr && mapping->sharing == vmlab::Sharing::Shared) {
        return FutexKey{mapping->object.get(),
                        (std::uint64_t{mapping->index_of(at).value} << PAGE_SHIFT) + at.offset()};
    }
    return FutexKey{&space, at.value};
}

std::uint32_t wake_at_word(Kernel& kernel, FutexKey key, std::uint32_t most, std::uint32_t bits) {
    const auto woken = kernel.futexes().take(key, most, bits);
    for (const std::uint32_t pid : woken) {
        kernel.wake(Wait::Futex, pid);
    }
    return static_cast<std::uint32_t>(woken.size());
}

namespace {

/// struct robust_list_head: a ring of entries, each at a fixed distance from its mutex's word, and the one that was about to
/// be taken or given.
struct RobustListHead {
    std::uint32_t first;
    std::int32_t distance;
    std::uint32_t pending;
};

/// In an entry's address, the lowest bit says that the mutex inherits priorities.
constexpr std::uint32_t INHERITS_PRIORITY = 1;

enum class MutexIs : std::uint8_t { Held, Pending };

void wake_one(Kernel& kernel, Process& thread, VirtAddr word) {
    if (const auto key = futex_key(thread, word)) {
        wake_at_word(kernel, key.value(), 1);
    }
}

/// Whether the list can be followed further.
bool give_up_mutex(Kernel& kernel, Process& thread, VirtAddr word, std::uint32_t entry, MutexIs mutex) {
    UserMemory memory(thread);
    const bool inherits = (entry & INHERITS_PRIORITY) != 0;
    const auto value = word.value % 4 == 0 ? memory.read<std::uint32_t>(word) : std::nullopt;
    if (!value) {
        return false;
    }
    if (mutex == MutexIs::Pending && !inherits && *value == 0) {
        wake_one(kernel, thread, word);  // it was given, and whom that should wake is not known
        return true;
    }
    if ((*value & OwnerWord::OWNER) != thread.pid()) {
        return true;
    }
    if (memory.write(word, (*value & OwnerWord::WAITERS) | OwnerWord::OWNER_DIED) == CopyResult::Fault) {
        return false;
    }
    if (!inherits && (*value & OwnerWord::WAITERS) != 0) {
        wake_one(kernel, thread, word);
    }
    return true;
}

/// The list is the program's own and may be anything: a ring without end is left after so many.
void give_up_mutexes(Kernel& kernel, Process& thread) {
    constexpr std::uint32_t LONGEST = 2048;
    const VirtAddr at = std::exchange(thread.robust_list, VirtAddr(0));
    UserMemory memory(thread);
    const auto head = at.value != 0 ? memory.read<RobustListHead>(at) : std::nullopt;
    if (!head) {
        return;
    }
    const auto word_of = [&head](std::uint32_t entry) {
        return VirtAddr((entry & ~INHERITS_PRIORITY) + static_cast<std::uint32_t>(head->distance));
    };
    std::uint32_t entry = head->first;
    for (std::uint32_t count = 0; count < LONGEST && (entry & ~INHERITS_PRIORITY) != at.value; ++count) {
        const auto next = memory.read<std::uint32_t>(VirtAddr(entry & ~INHERITS_PRIORITY));
        const bool pending = (entry & ~INHERITS_PRIORITY) == (head->pending & ~INHERITS_PRIORITY);
        if (!pending && !give_up_mutex(kernel, thread, word_of(entry), entry, MutexIs::Held)) {
            return;
        }
        if (!next) {
            break;
        }
        entry = *next;
    }
    if ((head->pending & ~INHERITS_PRIORITY) != 0) {
        static_cast<void>(give_up_mutex(kernel, thread, word_of(head->pending), head->pending, MutexIs::Pending));
    }
}

}  // namespace

void give_up_words(Kernel& kernel, Process& thread) {
    give_up_mutexes(kernel, thread);
    const VirtAddr word = std::exchange(thread.clear_at_end, VirtAddr(0));
    // With nobody left to look, nothing is written. A reference is this thread's, and one was just made to look.
    if (word.value == 0 || thread.share_space()->ref_count() <= 2) {
        return;
    }
    if (UserMemory(thread).write(word, std::uint32_t{0}) == CopyResult::Ok) {
        wake_one(kernel, thread, word);
    }
}

}  // namespace vmlab::linux_abi
