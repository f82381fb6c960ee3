// SPDX-License-Identifier: GPL-2.0-only
// set_thread_area: the segment behind %gs, through which a C library finds its thread's data.
#include <algorithm>

#include "abi/linux/layout.hpp"
#include "abi/linux/syscall.hpp"
#include "abi/linux/thread_area.hpp"

namespace vmlab::linux_abi {

namespace {

/// struct user_desc.
struct UserDescriptor {
    std::uint32_t entry;
    std::uint32_t base;
    std::uint32_t limit;
    std::uint32_t flags;

    static constexpr std::uint32_t BITS_32 = 1, CONTENTS = 6, CONTENTS_CODE = 4, EXPAND_DOWN = 2, READ_ONLY = 8;
    static constexpr std::uint32_t LIMIT_IN_PAGES = 16, NOT_PRESENT = 32, USEABLE = 64, ALL = 0x7F;

    /// Both ways of Linux to say "clear the slot".
    [[nodiscard]] bool is_empty() const {
        const std::uint32_t bits = flags & ALL;
        return base == 0 && limit == 0 && (bits == 0 || bits == (READ_ONLY | NOT_PRESENT));
    }
    [[nodiscard]] bool is_data_segment() const {
        return (flags & BITS_32) != 0 && (flags & CONTENTS_CODE) == 0 && (flags & NOT_PRESENT) == 0;
    }
    /// As get_thread_area tells.
    [[nodiscard]] static UserDescriptor decode(std::uint32_t entry, std::uint64_t descriptor) {
        const auto bit = [descriptor](int number) { return (descriptor >> number & 1U) != 0; };
        UserDescriptor told{
            .entry = entry,
            .base = static_cast<std::uint32_t>((descriptor >> 16 & 0xFFFFFF) | (descriptor >> 56 & 0xFF) << 24),
            .limit = static_cast<std::uint32_t>((descriptor & 0xFFFF) | (descriptor >> 32 & 0xF0000)),
            .flags = 0};
        told.flags = (bit(54) ? BITS_32 : 0) | (bit(42) ? EXPAND_DOWN : 0) | (bit(43) ? CONTENTS_CODE : 0) |
                     (bit(41) ? 0 : READ_ONLY) | (bit(55) ? LIMIT_IN_PAGES : 0) | (bit(47) ? 0 : NOT_PRESENT) |
                     (bit(52) ? USEABLE : 0);
        return told;
    }
    [[nodiscard]] std::uint64_t encode() const {
        constexpr std::uint64_t WRITABLE_BIT = std::uint64_t{1} << 41, EXPAND_DOWN_BIT = std::uint64_t{1} << 42;
        std::uint64_t descriptor =
            SegmentDescriptor{
                .base = base,
                .limit = limit & 0xFFFFF,
                .unit = (flags & LIMIT_IN_PAGES) != 0 ? SegmentDescriptor::Unit::Pages : SegmentDescriptor::Unit::Bytes,
                .dpl = Ring::User}
                .encode();
        descriptor &= (flags & READ_ONLY) != 0 ? ~WRITABLE_BIT : ~std::uint64_t{0};
        descriptor |= (flags & EXPAND_DOWN) != 0 ? EXPAND_DOWN_BIT : 0;
        return descriptor;
    }
};

}  // namespace

Result<ThreadSegment, Errno> read_thread_segment(Syscall& call, VirtAddr at) {
    const auto wanted = call.memory.read<UserDescriptor>(at);
    if (!wanted) {
        return Failure(Errno::FAULT);
    }
    const std::uint32_t slot = wanted->entry - GDT.first_tls;
    if (slot >= Process::TLS_SLOTS || (!wanted->is_empty() && !wanted->is_data_segment())) {
        return Failure(Errno::INVAL);
    }
    return ThreadSegment{slot, wanted->is_empty() ? 0 : wanted->encode()};
}

SyscallResult sys_set_thread_area(Syscall& call) {
    constexpr std::uint32_t ANY_FREE = 0xFFFFFFFF;
    const auto wanted = call.memory.read<UserDescriptor>(call.pointer(0));
    if (!wanted) {
        return Errno::FAULT;
    }
    if (!wanted->is_empty() && !wanted->is_data_segment()) {
        return Errno::INVAL;
    }
    const auto& slots = call.process.tls();
    std::uint32_t slot = wanted->entry - GDT.first_tls;
    if (wanted->entry == ANY_FREE) {
        slot = static_cast<std::uint32_t>(std::find(slots.begin(), slots.end(), 0U) - slots.begin());
        if (slot == slots.size()) {
            return Errno::SRCH;
        }
        if (call.memory.write(call.pointer(0), GDT.first_tls + slot) == CopyResult::Fault) {
            return Errno::FAULT;
        }
    }
    if (slot >= slots.size()) {
        return Errno::INVAL;
    }
    call.process.set_tls(slot, wanted->is_empty() ? 0 : wanted->encode());
    return 0U;
}

SyscallResult sys_get_thread_area(Syscall& call) {
    const auto entry = call.memory.read<std::uint32_t>(call.pointer(0));
    if (!entry) {
        return Errno::FAULT;
    }
    const std::uint32_t slot = *entry - GDT.first_tls;
    if (slot >= Process::TLS_SLOTS) {
        return Errno::INVAL;
    }
    return call.memory.write(call.pointer(0), UserDescriptor::decode(*entry, call.process.tls()[slot]));
}

}  // namespace vmlab::linux_abi
