// SPDX-License-Identifier: GPL-2.0-only
#include "machine/descriptor.hpp"

#include "base/panic.hpp"

namespace vmlab {

std::uint64_t SegmentDescriptor::encode() const {
    constexpr std::uint64_t ACCESSED = 1, READ_WRITE = 2, CODE = 8, CODE_OR_DATA = 0x10, PRESENT = 0x80, BITS_32 = 0x40;
    const std::uint64_t access = ACCESSED | READ_WRITE | CODE_OR_DATA | PRESENT |
                                 (std::uint64_t{static_cast<std::uint8_t>(dpl)} << 5) |
                                 (kind == Kind::Code ? CODE : 0U);
    const std::uint64_t flags = BITS_32 | (unit == Unit::Pages ? 0x80U : 0U);
    return (std::uint64_t{limit} & 0xFFFF) | ((std::uint64_t{base} & 0xFFFFFF) << 16) | (access << 40) |
           (((std::uint64_t{limit} >> 16) & 0xF) << 48) | (flags << 48) | ((std::uint64_t{base} >> 24) << 56);
}

std::uint64_t Gate::encode() const {
    const std::uint64_t type = kind == Kind::Interrupt ? 0xE : 0xF;
    const std::uint64_t access = 0x80 | (std::uint64_t{static_cast<std::uint8_t>(dpl)} << 5) | type;
    return (std::uint64_t{handler} & 0xFFFF) | (std::uint64_t{selector} << 16) | (access << 40) |
           ((std::uint64_t{handler} >> 16) << 48);
}

Gate Gate::decode(std::uint64_t bytes) {
    const auto access = static_cast<std::uint8_t>(bytes >> 40);
    return {.handler = static_cast<std::uint32_t>((bytes & 0xFFFF) | ((bytes >> 48) << 16)),
            .selector = static_cast<std::uint16_t>(bytes >> 16),
            .dpl = ((access >> 5) & 3) == 3 ? Ring::User : Ring::Kernel,
            .kind = (access & 0xF) == 0xF ? Kind::Trap : Kind::Interrupt};
}

DescriptorTables::DescriptorTables(PhysicalMemory& memory, FrameNumber frame, const GdtLayout& layout)
    : memory_(memory), frame_(frame), layout_(layout) {
    memory_.zero_frame(frame);
    using Kind = SegmentDescriptor::Kind;
    set_segment(layout.kernel_code, SegmentDescriptor{.kind = Kind::Code, .dpl = Ring::Kernel}.encode());
    set_segment(layout.kernel_data, SegmentDescriptor{.kind = Kind::Data, .dpl = Ring::Kernel}.encode());
    set_segment(layout.user_code, SegmentDescriptor{.kind = Kind::Code, .dpl = Ring::User}.encode());
    set_segment(layout.user_data, SegmentDescriptor{.kind = Kind::Data, .dpl = Ring::User}.encode());
}

void DescriptorTables::set_segment(std::uint32_t slot, std::uint64_t descriptor) {
    require(slot < GDT_ENTRIES, "GDT slot outside the table");
    write64(slot * 8, descriptor);
}

std::uint64_t DescriptorTables::segment(std::uint32_t slot) const {
    require(slot < GDT_ENTRIES, "GDT slot outside the table");
    return read64(slot * 8);
}

void DescriptorTables::set_gate(std::uint8_t vector, const Gate& gate) {
    write64(IDT_OFFSET + vector * 8U, gate.encode());
}

Gate DescriptorTables::gate(std::uint8_t vector) const { return Gate::decode(read64(IDT_OFFSET + vector * 8U)); }

void DescriptorTables::set_esp0(VirtAddr esp0) {
    memory_.write32(frame_.address() + (TSS_OFFSET + 4), esp0.value);
    memory_.write32(frame_.address() + (TSS_OFFSET + 8), layout_.kernel_ss());
}

VirtAddr DescriptorTables::esp0() const { return VirtAddr(memory_.read32(frame_.address() + (TSS_OFFSET + 4))); }

void DescriptorTables::write64(std::uint32_t offset, std::uint64_t value) {
    memory_.write32(frame_.address() + offset, static_cast<std::uint32_t>(value));
    memory_.write32(frame_.address() + (offset + 4), static_cast<std::uint32_t>(value >> 32));
}

std::uint64_t DescriptorTables::read64(std::uint32_t offset) const {
    return memory_.read32(frame_.address() + offset) |
           (std::uint64_t{memory_.read32(frame_.address() + (offset + 4))} << 32);
}

}  // namespace vmlab
