// SPDX-License-Identifier: GPL-2.0-only
#include "machine/opcode.hpp"

#include <array>

namespace vmlab {

namespace {

std::uint32_t general_register(const Registers& r, unsigned number) {
    const std::array<std::uint32_t, 8> values = {r.eax, r.ecx, r.edx, r.ebx, r.esp, r.ebp, r.esi, r.edi};
    return values[number & 7];
}

/// Takes displacement bytes one after another; missing ones are zero.
class ByteReader {
public:
    ByteReader(std::span<const std::uint8_t> bytes, std::size_t at) : bytes_(bytes), at_(at) {}
    std::uint8_t u8() { return at_ < bytes_.size() ? bytes_[at_++] : std::uint8_t{0}; }
    std::uint32_t s8() { return static_cast<std::uint32_t>(static_cast<std::int32_t>(static_cast<std::int8_t>(u8()))); }
    std::uint32_t u16() {
        const std::uint32_t low = u8();
        return low | (std::uint32_t{u8()} << 8);
    }
    std::uint32_t u32() {
        const std::uint32_t low = u16();
        return low | (u16() << 16);
    }

private:
    std::span<const std::uint8_t> bytes_;
    std::size_t at_;
};

struct Address {
    std::uint32_t offset = 0;
    SegmentName segment = SegmentName::Ds;
};

Address address_32(std::uint8_t modrm, ByteReader bytes, const Registers& r) {
    const unsigned mod = modrm >> 6;
    const unsigned rm = modrm & 7;
    Address address;
    unsigned base = rm;
    if (rm == 4) {
        const std::uint8_t sib = bytes.u8();
        base = sib & 7;
        const unsigned index = (sib >> 3) & 7;
        if (index != 4) {
            address.offset += general_register(r, index) << (sib >> 6);
        }
    }
    if (base == 5 && mod == 0) {
        address.offset += bytes.u32();
        return address;
    }
    address.offset += general_register(r, base);
    if (base == 4 || base == 5) {
        address.segment = SegmentName::Ss;
    }
    if (mod == 1) {
        address.offset += bytes.s8();
    } else if (mod == 2) {
        address.offset += bytes.u32();
    }
    return address;
}

Address address_16(std::uint8_t modrm, ByteReader bytes, const Registers& r) {
    const unsigned mod = modrm >> 6;
    Address address;
    switch (modrm & 7) {
        case 0:
            address.offset = r.ebx + r.esi;
            break;
        case 1:
            address.offset = r.ebx + r.edi;
            break;
        case 2:
            address = {r.ebp + r.esi, SegmentName::Ss};
            break;
        case 3:
            address = {r.ebp + r.edi, SegmentName::Ss};
            break;
        case 4:
            address.offset = r.esi;
            break;
        case 5:
            address.offset = r.edi;
            break;
        case 6:
            address = mod == 0 ? Address{bytes.u16(), SegmentName::Ds} : Address{r.ebp, SegmentName::Ss};
            break;
        default:
            address.offset = r.ebx;
            break;
    }
    if (mod == 1) {
        address.offset += bytes.s8();
    } else if (mod == 2) {
        address.offset += bytes.u16();
    }
    address.offset &= 0xFFFF;
    return address;
}

std::optional<SegmentName> segment_prefix(std::uint8_t byte) {
    switch (byte) {
        case 0x26:
            return SegmentName::Es;
        case 0x2E:
            return SegmentName::Cs;
        case 0x36:
            return SegmentName::Ss;
        case 0x3E:
            return SegmentName::Ds;
        case 0x64:
            return SegmentName::Fs;
        case 0x65:
            return SegmentName::Gs;
        default:
            return std::nullopt;
    }
}

bool is_byte_operand(std::uint32_t code) {
    return (code & 1) == 0 && (code < 0x100 || code == 0x0FB0 || code == 0x0FC0);
}

}  // namespace

std::optional<Opcode> Opcode::read(std::span<const std::uint8_t> bytes) {
    Opcode opcode;
    std::size_t at = 0;
    for (; at < bytes.size(); ++at) {
        const std::uint8_t byte = bytes[at];
        if (const auto segment = segment_prefix(byte)) {
            opcode.segment = segment;
        } else if (byte == 0x66) {
            opcode.operand16 = true;
        } else if (byte == 0x67) {
            opcode.address16 = true;
        } else if (byte == 0xF2 || byte == 0xF3) {
            opcode.repeat = byte;
        } else if (byte == 0xF0) {
            opcode.lock = true;
        } else {
            break;
        }
    }
    const auto next = [&]() -> std::optional<std::uint8_t> {
        return at < bytes.size() ? std::optional(bytes[at++]) : std::nullopt;
    };
    for (bool more = true; more;) {
        const auto byte = next();
        if (!byte) {
            return std::nullopt;
        }
        opcode.code = (opcode.code << 8) | *byte;
        more = opcode.code == 0x0F || opcode.code == 0x0F38 || opcode.code == 0x0F3A;
    }
    opcode.after_opcode = static_cast<std::uint8_t>(at);
    opcode.modrm = next().value_or(0);
    return opcode;
}

bool Opcode::is_read_modify_write() const {
    switch (code) {
        case 0x00:
        case 0x01:
        case 0x08:
        case 0x09:
        case 0x10:
        case 0x11:
        case 0x18:
        case 0x19:
        case 0x20:
        case 0x21:
        case 0x28:
        case 0x29:
        case 0x30:
        case 0x31:  // add or adc sbb and sub xor
        case 0x86:
        case 0x87:  // xchg
        case 0xC0:
        case 0xC1:
        case 0xD0:
        case 0xD1:
        case 0xD2:
        case 0xD3:  // shifts
        case 0x0FA4:
        case 0x0FA5:
        case 0x0FAC:
        case 0x0FAD:  // shld, shrd
        case 0x0FAB:
        case 0x0FB3:
        case 0x0FBB:  // bts btr btc
        case 0x0FB0:
        case 0x0FB1:
        case 0x0FC0:
        case 0x0FC1:  // cmpxchg, xadd
            return true;
        case 0x80:
        case 0x81:
        case 0x82:
        case 0x83:
            return reg() != 7;
        case 0xF6:
        case 0xF7:
            return reg() == 2 || reg() == 3;  // not, neg
        case 0xFE:
        case 0xFF:
            return reg() < 2;  // inc, dec
        case 0x0FBA:
            return reg() >= 5;  // bts, btr, btc with an immediate
        case 0x0FC7:
            return reg() == 1;  // cmpxchg8b
        default:
            return false;
    }
}

bool Opcode::may_load_segment() const {
    switch (code) {
        case 0x07:
        case 0x17:
        case 0x1F:
        case 0x8E:
        case 0x0FA1:
        case 0x0FA9:  // pop and mov
        case 0xC4:
        case 0xC5:
        case 0x0FB2:
        case 0x0FB4:
        case 0x0FB5:  // les, lds, lss, lfs, lgs
        case 0x9A:
        case 0xCA:
        case 0xCB:
        case 0xCF:
        case 0xEA:
            return true;  // far call, return, iret, jump
        case 0xFF:
            return reg() == 3 || reg() == 5;
        default:
            return false;
    }
}

bool Opcode::is_port_io() const {
    return (code >= 0xE4 && code <= 0xE7) || (code >= 0xEC && code <= 0xEF) || is_port_string();
}

bool Opcode::runs_alone() const {
    const bool shift = code == 0xC0 || code == 0xC1 || (code >= 0xD0 && code <= 0xD3);
    const bool rotate_through_carry = shift && (reg() == 2 || reg() == 3);
    const bool set_on_condition = code >= 0x0F90 && code <= 0x0F9F;
    const bool compare_exchange_8 = code == 0x0FC7 && reg() == 1;
    return (rotate_through_carry || set_on_condition || compare_exchange_8) && modrm >> 6 != 3;
}

bool Opcode::is_repeated_string() const {
    return repeat != 0 && ((code >= 0xA4 && code <= 0xA7) || (code >= 0xAA && code <= 0xAF));
}

bool Opcode::repetition_ends(std::uint32_t eflags) const {
    constexpr std::uint32_t ZERO_FLAG = 0x40;
    const bool compares = code == 0xA6 || code == 0xA7 || code == 0xAE || code == 0xAF;
    return compares && ((eflags & ZERO_FLAG) != 0) == (repeat == 0xF2);
}

std::optional<std::uint8_t> Opcode::software_interrupt() const {
    switch (code) {
        case 0xCC:
            return std::uint8_t{3};
        case 0xCD:
            return modrm;
        case 0xCE:
            return std::uint8_t{4};
        default:
            return std::nullopt;
    }
}

std::optional<MemoryOperand> read_modify_write_operand(const Opcode& opcode, std::span<const std::uint8_t> bytes,
                                                       const Registers& registers) {
    if (opcode.modrm >> 6 == 3) {
        return std::nullopt;
    }
    const ByteReader rest(bytes, opcode.after_opcode + std::size_t{1});
    Address address =
        opcode.address16 ? address_16(opcode.modrm, rest, registers) : address_32(opcode.modrm, rest, registers);
    std::uint32_t size = is_byte_operand(opcode.code) ? 1 : opcode.operand16 ? 2 : 4;
    if (opcode.code == 0x0FC7) {
        size = 8;
    }
    if (opcode.code == 0x0FAB || opcode.code == 0x0FB3 || opcode.code == 0x0FBB) {
        // The bit's number, signed, reaches beyond the operand.
        const std::uint32_t number = general_register(registers, opcode.reg());
        const std::int32_t bit =
            opcode.operand16 ? static_cast<std::int16_t>(number) : static_cast<std::int32_t>(number);
        address.offset += static_cast<std::uint32_t>(bit >> (opcode.operand16 ? 4 : 5)) * size;
        if (opcode.address16) {
            address.offset &= 0xFFFF;
        }
    }
    return MemoryOperand{.segment = opcode.segment.value_or(address.segment), .offset = address.offset, .size = size};
}

}  // namespace vmlab
