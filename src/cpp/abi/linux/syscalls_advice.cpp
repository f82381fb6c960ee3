// SPDX-License-Identifier: GPL-2.0-only
// madvise: what a program says of its memory and asks of it.
#include <algorithm>

#include "abi/linux/syscall.hpp"

namespace vmlab::linux_abi {

namespace {

/// The names that follow MADV_, of those that are no Advice.
enum : std::uint32_t { REMOVE = 9, POPULATE_READ = 22, POPULATE_WRITE = 23 };

bool is_pageable(const Mapping& mapping) { return !is_wired(mapping.wiring); }
bool is_any(const Mapping&) { return true; }
bool is_of_no_device(const Mapping& mapping) { return mapping.object->kind() != ObjectKind::Device; }
bool is_private_memory(const Mapping& mapping) {
    return mapping.sharing == Sharing::Private && mapping.kind != MappingKind::File;
}

/// One advice by its number: what it means, and which mappings it may be given of.
struct KnownAdvice {
    std::uint32_t number;
    Advice advice;
    bool (*allowed)(const Mapping& mapping);
};

constexpr KnownAdvice ADVICES[] = {
    {0, Advice::Normal, is_any},
    {1, Advice::Random, is_any},
    {2, Advice::Sequential, is_any},
    {3, Advice::WillNeed, is_any},
    {4, Advice::DontNeed, is_pageable},
    {8, Advice::Free, [](const Mapping& mapping) { return is_pageable(mapping) && is_private_memory(mapping); }},
    {10, Advice::LeaveOnFork, is_any},
    {11, Advice::Inherit, is_of_no_device},
    {18, Advice::WipeOnFork, is_private_memory},
    {19, Advice::Inherit, is_any},  // MADV_KEEPONFORK
    {20, Advice::Cold, is_pageable},
    {21, Advice::PageOut, is_pageable},
};

/// Advice that no program can see the effect of: the merging of equal pages, huge pages, core dumps.
bool is_inert(std::uint32_t number) { return number >= 12 && number <= 17; }

const KnownAdvice* find_advice(std::uint32_t number) {
    const auto* const found = std::ranges::find(ADVICES, number, &KnownAdvice::number);
    return found == std::end(ADVICES) ? nullptr : found;
}

/// Mapping by mapping, up to the first that may not be given such advice; the caller is told of holes at the end.
SyscallResult advise(AddressSpace& space, const VirtRange& range, const KnownAdvice& known) {
    std::uint64_t end = range.end;
    for (const auto& [start, mapping] : space.mappings()) {
        if (mapping.range.overlaps(range) && !known.allowed(mapping)) {
            end = std::max(start, range.start).value;
            break;
        }
    }
    const auto advised = space.advise({range.start, end}, known.advice);
    return end < range.end ? SyscallResult(Errno::INVAL) : SyscallResult(advised);
}

SyscallResult act_on(AddressSpace& space, const VirtRange& range, std::uint32_t number) {
    switch (number) {
        case REMOVE:
            return space.punch_hole(range);
        case POPULATE_READ:
            return space.populate(range, Access::Read);
        case POPULATE_WRITE:
            return space.populate(range, Access::Write);
        default:
            break;
    }
    const KnownAdvice* const known = find_advice(number);
    return advise(space, range, known != nullptr ? *known : ADVICES[0]);
}

}  // namespace

SyscallResult sys_madvise(Syscall& call) {
    const std::uint32_t number = call.argument(2);
    const bool acts = number == REMOVE || number == POPULATE_READ || number == POPULATE_WRITE;
    const std::uint64_t end = call.argument(0) + page_round_up(call.argument(1));
    if (!call.pointer(0).is_aligned() || (!acts && !is_inert(number) && find_advice(number) == nullptr) ||
        end > std::uint64_t{1} << 32) {
        return Errno::INVAL;
    }
    if (end == call.argument(0)) {
        return 0U;
    }
    AddressSpace& space = call.process.space();
    if (call.pointer(0) >= space.layout().end) {
        return Errno::NOMEM;
    }
    // What lies in the kernel's part is a hole like any other.
    const VirtRange range{call.pointer(0), std::min<std::uint64_t>(end, space.layout().end.value)};
    const SyscallResult done = act_on(space, range, number);
    return done.eax == 0 && range.end < end ? SyscallResult(Errno::NOMEM) : done;
}

}  // namespace vmlab::linux_abi
