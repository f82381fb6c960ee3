// SPDX-License-Identifier: GPL-2.0-only
// Segment descriptors and gates as bytes in guest RAM: the GDT, the TSS with esp0, and the IDT, all in one frame.
#pragma once

#include <cstdint>

#include "base/address.hpp"
#include "machine/physical_memory.hpp"

namespace vmlab {

enum class Ring : std::uint8_t { Kernel = 0, User = 3 };

/// Which GDT slots a system uses; the selectors that a guest sees follow from it.
struct GdtLayout {
    std::uint8_t kernel_code = 1;
    std::uint8_t kernel_data = 2;
    std::uint8_t user_code = 3;
    std::uint8_t user_data = 4;
    std::uint8_t first_tls = 6;  ///< three slots for set_thread_area

    [[nodiscard]] std::uint16_t kernel_cs() const { return static_cast<std::uint16_t>(kernel_code * 8); }
    [[nodiscard]] std::uint16_t kernel_ss() const { return static_cast<std::uint16_t>(kernel_data * 8); }
    [[nodiscard]] std::uint16_t user_cs() const { return static_cast<std::uint16_t>(user_code * 8 + 3); }
    [[nodiscard]] std::uint16_t user_ss() const { return static_cast<std::uint16_t>(user_data * 8 + 3); }
};

/// A segment as a student names it; encode() gives the eight bytes (SDM vol. 3, 3.4.5).
struct SegmentDescriptor {
    std::uint32_t base = 0;
    std::uint32_t limit = 0xFFFFF;  ///< in the unit of `pages`
    enum class Unit : std::uint8_t { Bytes, Pages } unit = Unit::Pages;
    enum class Kind : std::uint8_t { Data, Code } kind = Kind::Data;
    Ring dpl = Ring::Kernel;

    /// Writable data or readable code, 32 bits wide, accessed bit already set.
    [[nodiscard]] std::uint64_t encode() const;
};

/// One IDT entry: where a vector leads, and which ring may ask for it by `int n`.
struct Gate {
    std::uint32_t handler = 0;
    std::uint16_t selector = 0;
    Ring dpl = Ring::Kernel;
    enum class Kind : std::uint8_t { Interrupt, Trap } kind = Kind::Interrupt;

    /// A present gate's eight bytes (SDM vol. 3, 6.11).
    [[nodiscard]] std::uint64_t encode() const;
    [[nodiscard]] static Gate decode(std::uint64_t bytes);
};

/// The frame that holds the GDT at +0, the TSS at +0x400 and the IDT at +0x800.
/// Owner: the Machine, which keeps the frame on supervisor pages. The TSS is not in the GDT: no guest may load it.
class DescriptorTables {
public:
    static constexpr std::uint32_t GDT_ENTRIES = 32;
    static constexpr std::uint32_t GDT_LIMIT = GDT_ENTRIES * 8 - 1;
    static constexpr std::uint32_t TSS_OFFSET = 0x400;
    static constexpr std::uint32_t IDT_OFFSET = 0x800;
    static constexpr std::uint32_t VECTORS = 256;

    DescriptorTables(PhysicalMemory& memory, FrameNumber frame, const GdtLayout& layout);

    [[nodiscard]] FrameNumber frame() const { return frame_; }
    [[nodiscard]] const GdtLayout& layout() const { return layout_; }

    void set_segment(std::uint32_t slot, std::uint64_t descriptor);
    [[nodiscard]] std::uint64_t segment(std::uint32_t slot) const;
    void set_gate(std::uint8_t vector, const Gate& gate);
    [[nodiscard]] Gate gate(std::uint8_t vector) const;
    /// Whether ring 3 may raise `vector` by a software interrupt: the gate in RAM is present and its DPL is 3.
    [[nodiscard]] bool user_may_raise(std::uint8_t vector) const {
        constexpr std::uint32_t PRESENT = 0x8000, DPL_3 = 0x6000;
        const std::uint32_t high = memory_.read32(frame_.address() + (IDT_OFFSET + vector * 8U + 4));
        return (high & (PRESENT | DPL_3)) == (PRESENT | DPL_3);
    }

    /// TSS.esp0: where the processor finds the kernel stack on a trap from ring 3.
    void set_esp0(VirtAddr esp0);
    [[nodiscard]] VirtAddr esp0() const;

private:
    void write64(std::uint32_t offset, std::uint64_t value);
    [[nodiscard]] std::uint64_t read64(std::uint32_t offset) const;

    PhysicalMemory& memory_;
    FrameNumber frame_;
    GdtLayout layout_;
};

}  // namespace vmlab
