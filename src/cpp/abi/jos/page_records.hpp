// SPDX-License-Identifier: GPL-2.0-only
// PageRecords: what the kernel keeps of each page frame, as it lies in RAM where every environment can read it.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel/kernel.hpp"

namespace vmlab::jos_abi {

/// One record a frame: the next free frame's record, and how many entries of page tables name the frame; a page table or
/// directory counts the one entry that leads to it.
/// Owner: the System. Elsewhere: pages[], page_free_list, pp_link and pp_ref.
/// Invariants: the records say what the machine's frames and tables say, at any time; the free ones are one list.
class PageRecords : private FrameListener {
public:
    /// Takes the frames for the records. Throws std::invalid_argument when RAM has no room for them.
    explicit PageRecords(Kernel& kernel);
    PageRecords(const PageRecords&) = delete;
    PageRecords& operator=(const PageRecords&) = delete;
    ~PageRecords() override;

    /// The records, for the address spaces.
    [[nodiscard]] Ref<VmObject> object() const { return Ref<VmObject>(object_); }

private:
    static constexpr std::uint32_t NONE = ~0U;
    struct Record {
        std::uint32_t next = NONE, previous = NONE;  ///< of a free frame
        std::uint32_t references = 0;
    };
    void frame_taken(FrameNumber frame) override;
    void frame_freed(FrameNumber frame) override;
    void entry_changed(Pte old, Pte updated) override;
    void put_first(std::uint32_t frame);
    void count(Pte entry, std::uint32_t change);
    void publish(std::uint32_t frame);
    [[nodiscard]] PhysAddr record_address(std::uint32_t frame) const;

    Machine& machine_;
    VmObject* object_ = nullptr;  ///< the kernel's, which goes before its personality does
    FrameNumber first_frame_;
    std::vector<Record> records_;
    std::uint32_t first_free_ = NONE;
};

}  // namespace vmlab::jos_abi
