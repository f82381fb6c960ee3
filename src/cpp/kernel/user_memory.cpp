// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/user_memory.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace vmlab {

std::optional<FrameNumber> UserMemory::reach(VirtAddr va, Access access) {
    VirtualMemory& vm = space_.vm();
    Mmu& mmu = vm.machine().mmu();
    if (va >= space_.layout().end) {
        return std::nullopt;
    }
    for (;;) {
        const Translation translation = mmu.translate(va, access, Privilege::Supervisor);
        if (translation.end == TranslateEnd::Ok) {
            return translation.frame;
        }
        if (translation.end == TranslateEnd::BusError) {
            return std::nullopt;
        }
        const PageFault fault{.address = va,
                              .error = translation.error,
                              .access = access,
                              .eip = VirtAddr(0),
                              .esp = VirtAddr(process_.trap_frame().esp)};
        if (vm.tracer().records(EventKind::fault)) {
            const Walk walk = mmu.walk(va);
            vm.emit(FaultEvent{.address = va,
                               .error = fault.error,
                               .access = access,
                               .pde = walk.directory.entry.bits,
                               .pte = walk.table_bits()});
        }
        if (!space_.resolve_fault(fault, AfterEnter::NoRetry).resolved()) {
            return std::nullopt;
        }
    }
}

/// Calls step(frame, offset in it, bytes done so far, bytes of this piece) for each page's part of the range.
template <typename Step>
CopyResult UserMemory::for_each_piece(VirtAddr start, std::size_t bytes, Access access, const Step& step) {
    std::size_t done = 0;
    while (done < bytes) {
        const std::uint64_t at = std::uint64_t{start.value} + done;
        if (at >= space_.layout().end.value) {
            return CopyResult::Fault;
        }
        const VirtAddr va(static_cast<std::uint32_t>(at));
        const auto frame = reach(va, access);
        if (!frame) {
            return CopyResult::Fault;
        }
        const std::size_t piece = std::min<std::size_t>(bytes - done, PAGE_SIZE - va.offset());
        step(*frame, va.offset(), done, piece);
        done += piece;
    }
    return CopyResult::Ok;
}

CopyResult UserMemory::copy_in(VirtAddr from, std::span<std::byte> to) {
    const PhysicalMemory& memory = space_.vm().memory();
    return for_each_piece(from, to.size(), Access::Read,
                          [&](FrameNumber frame, std::uint32_t offset, std::size_t done, std::size_t piece) {
                              std::memcpy(to.data() + done, memory.frame(frame).data() + offset, piece);
                          });
}

CopyResult UserMemory::copy_out(VirtAddr to, std::span<const std::byte> from) {
    PhysicalMemory& memory = space_.vm().memory();
    return for_each_piece(to, from.size(), Access::Write,
                          [&](FrameNumber frame, std::uint32_t offset, std::size_t done, std::size_t piece) {
                              std::memcpy(memory.writable_frame(frame).data() + offset, from.data() + done, piece);
                          });
}

CopyResult UserMemory::clear(VirtAddr to, std::uint32_t bytes) {
    PhysicalMemory& memory = space_.vm().memory();
    return for_each_piece(to, bytes, Access::Write,
                          [&](FrameNumber frame, std::uint32_t offset, std::size_t, std::size_t piece) {
                              std::memset(memory.writable_frame(frame).data() + offset, 0, piece);
                          });
}

std::optional<std::string> UserMemory::copy_in_string(VirtAddr from, std::uint32_t limit) {
    std::string text;
    std::array<char, PAGE_SIZE> piece{};
    while (text.size() <= limit) {
        const std::uint32_t room = PAGE_SIZE - from.offset();
        if (copy_in(from, std::as_writable_bytes(std::span(piece).first(room))) == CopyResult::Fault) {
            return std::nullopt;
        }
        const char* end = std::find(piece.data(), piece.data() + room, '\0');
        text.append(piece.data(), static_cast<std::size_t>(end - piece.data()));
        if (end != piece.data() + room) {
            return text.size() <= limit ? std::optional(text) : std::nullopt;
        }
        from = from + room;
    }
    return std::nullopt;
}

}  // namespace vmlab
