// SPDX-License-Identifier: GPL-2.0-only
// UnicornCpu: in and out, carried out in the engine's stead, for who may use the ports.
#include <algorithm>
#include <cstring>

#include "machine/cpu_unicorn_core.hpp"

namespace vmlab {

namespace {

PortWidth width_of(const Opcode& opcode) {
    return (opcode.code & 1) == 0 ? PortWidth::Byte : opcode.operand16 ? PortWidth::Word : PortWidth::Long;
}

/// Replaces the low bits that an operation of this width writes: those of AL, AX or EAX.
std::uint32_t with_low(std::uint32_t old, std::uint32_t value, PortWidth width) {
    const std::uint32_t mask = width == PortWidth::Byte ? 0xFFU : width == PortWidth::Word ? 0xFFFFU : ~0U;
    return (old & ~mask) | (value & mask);
}

}  // namespace

std::optional<CpuExit> UnicornCpu::use_ports(const Opcode& opcode, std::uint32_t length) {
    if (io_privilege_ != Ring::User || config_.ports == nullptr) {
        return exception(Vector::GeneralProtection, 0);
    }
    references_.assign(1, Reference{registers_.eip & ~PAGE_MASK, Access::Fetch});
    const VirtAddr instruction(registers_.eip);
    const auto failed = opcode.is_port_string() ? move_strings(opcode) : move_accumulator(opcode);
    if (failed) {
        return failed;
    }
    const bool goes_on = opcode.is_port_string() && opcode.repeat != 0 && count_of(opcode) != 0;
    if (!goes_on) {
        edit().eip += length;
    }
    if (every_reference_) {
        report_references(opcode);
    }
    if ((registers_.eflags & Eflags::TRAP) != 0) {
        CpuExit exit = exception(Vector::Debug, 0);
        exit.instruction = instruction;
        return exit;
    }
    return std::nullopt;
}

std::optional<CpuExit> UnicornCpu::move_accumulator(const Opcode& opcode) {
    const PortWidth width = width_of(opcode);
    const bool immediate = opcode.code < 0xE8;
    const auto port = static_cast<std::uint16_t>(immediate ? opcode.modrm : registers_.edx);
    const bool out = (opcode.code & 2) != 0;
    if (out) {
        config_.ports->write(port, width, registers_.eax);
    } else {
        edit().eax = with_low(registers_.eax, config_.ports->read(port, width), width);
    }
    --remaining_;
    return std::nullopt;
}

/// ins and outs, as often as their prefix says, until the budget ends or, under the trap flag, once. Each counts.
std::optional<CpuExit> UnicornCpu::move_strings(const Opcode& opcode) {
    if (opcode.repeat != 0 && count_of(opcode) == 0) {
        --remaining_;
        return std::nullopt;
    }
    do {
        if (const auto failed = move_string(opcode)) {
            return failed;
        }
        --remaining_;
        if (opcode.repeat == 0) {
            break;
        }
        edit().ecx =
            opcode.address16 ? with_low(registers_.ecx, registers_.ecx - 1, PortWidth::Word) : registers_.ecx - 1;
    } while (count_of(opcode) != 0 && remaining_ > 0 && (registers_.eflags & Eflags::TRAP) == 0);
    return std::nullopt;
}

std::uint32_t UnicornCpu::count_of(const Opcode& opcode) const {
    return opcode.address16 ? registers_.ecx & 0xFFFF : registers_.ecx;
}

/// One operand between the port DX and ES:EDI or DS:ESI. The port is touched once the memory is known to be there.
std::optional<CpuExit> UnicornCpu::move_string(const Opcode& opcode) {
    const bool out = (opcode.code & 2) != 0;
    const SegmentName segment = out ? opcode.segment.value_or(SegmentName::Ds) : SegmentName::Es;
    if ((selector_of(segment) & ~3U) == 0) {
        return exception(Vector::GeneralProtection, 0);
    }
    const PortWidth width = width_of(opcode);
    const auto size = static_cast<std::uint32_t>(width);
    const std::uint32_t index = out ? registers_.esi : registers_.edi;
    const VirtAddr start((opcode.address16 ? index & 0xFFFF : index) + segment_base(segment));
    std::array<Piece, 2> pieces;
    if (const auto failed = find_operand(start, size, out ? Access::Read : Access::Write, pieces)) {
        return failed;
    }
    const auto port = static_cast<std::uint16_t>(registers_.edx);
    std::array<std::byte, sizeof(std::uint32_t)> bytes{};
    std::uint32_t value = 0;
    if (!out) {
        value = config_.ports->read(port, width);
        std::memcpy(bytes.data(), &value, sizeof value);
    }
    std::size_t done = 0;
    for (const Piece& piece : pieces) {
        const auto part = std::span(bytes).subspan(done, piece.bytes);
        out ? memory_.read(piece.address, part) : memory_.write(piece.address, part);
        done += piece.bytes;
    }
    if (out) {
        std::memcpy(&value, bytes.data(), sizeof value);
        config_.ports->write(port, width, value);
    }
    const std::uint32_t moved = (registers_.eflags & Eflags::DIRECTION) != 0 ? index - size : index + size;
    std::uint32_t& place = out ? edit().esi : edit().edi;
    place = opcode.address16 ? with_low(index, moved, PortWidth::Word) : moved;
    return std::nullopt;
}

/// Where the operand's bytes are in RAM, in one piece or two. The exit is that of the first page that denies it.
std::optional<CpuExit> UnicornCpu::find_operand(VirtAddr start, std::uint32_t size, Access access,
                                                std::array<Piece, 2>& pieces) {
    std::uint32_t done = 0;
    for (Piece& piece : pieces) {
        if (done == size) {
            break;
        }
        const VirtAddr at = start + done;
        const Translation translation = mmu_.translate(at, access, Privilege::User);
        if (translation.end == TranslateEnd::BusError) {
            return exception(Vector::MachineCheck, 0);
        }
        if (translation.end == TranslateEnd::PageFault) {
            return CpuExit{.kind = ExitKind::PageFault,
                           .vector = static_cast<std::uint8_t>(Vector::PageFault),
                           .error_code = translation.error,
                           .address = at,
                           .access = access,
                           .instruction = VirtAddr(registers_.eip)};
        }
        note_reference(at.page().value, access);
        const std::uint32_t bytes = std::min(size - done, PAGE_SIZE - at.offset());
        piece = {translation.frame.address() + at.offset(), bytes};
        done += bytes;
    }
    return std::nullopt;
}

}  // namespace vmlab
