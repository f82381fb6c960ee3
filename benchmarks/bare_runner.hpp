// SPDX-License-Identifier: GPL-2.0-only
// BareRunner: runs a static program on Unicorn alone, with the least that can be done in a C++ loop; the yardstick.
#pragma once

#include <unicorn/unicorn.h>

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/elf_loader.hpp"
#include "machine/cpu_unicorn_library.hpp"
#include "machine/instruction.hpp"

namespace vmlab::benchmark {

/// A flat array stands for the page tables, a counter for the frame pool; frames are zeroed, system calls answered, and
/// instructions counted a block at a time, as a Lab counts them. It goes on as the child of a fork, with each page
/// write-protected and copied at its first store; there is no parent.
class BareRunner {
public:
    BareRunner(const EngineLibraries& engines, std::string elf, std::uint32_t frames);
    BareRunner(const BareRunner&) = delete;
    BareRunner& operator=(const BareRunner&) = delete;
    ~BareRunner();

    /// Runs the program to its exit and returns its status.
    int run();
    /// Instructions of all blocks that were begun.
    [[nodiscard]] std::uint64_t instructions() const { return instructions_; }

private:
    static constexpr std::uint32_t PAGES = 1U << 20;
    static constexpr std::uint32_t NO_FRAME = ~0U;
    static constexpr std::uint32_t STACK_TOP = 0xBFFFF000;
    static constexpr std::uint32_t GDT_PAGE = 0xFFFF0;
    static constexpr std::uint32_t STUB_PAGE = 0xFFFE0;

    static bool on_fill(uc_engine*, std::uint64_t address, uc_mem_type type, uc_tlb_entry* out, void* user);
    static void on_interrupt(uc_engine*, std::uint32_t vector, void* user);
    static void on_block(uc_engine*, std::uint64_t address, std::uint32_t size, void* user);

    /// A translated block, known by address and size, and the number of its instructions.
    struct CountedBlock {
        std::uint64_t address_and_size = 0;
        std::uint64_t instructions = 0;
    };
    static constexpr std::uint32_t COUNTED_BLOCKS = 4096;

    void check(uc_err error) const;
    void enter_ring3();
    void bring_in(std::uint32_t page);
    void copy(std::uint32_t page);
    void fork();
    [[nodiscard]] std::uint32_t take_frame();
    [[nodiscard]] std::uint64_t instructions_in(std::uint32_t address, std::uint32_t size) const;

    const UnicornLibrary& library_;
    InstructionDecoder decoder_;
    std::string elf_;
    ElfImage image_;
    uc_engine* engine_ = nullptr;
    std::byte* ram_;
    std::uint64_t ram_bytes_;
    std::uint32_t next_frame_ = 0;
    std::vector<std::uint32_t> frame_of_page_;
    std::vector<std::uint8_t> written_;
    std::vector<std::uint8_t> shared_;  ///< copied before the first store
    std::uint32_t denied_page_ = 0;
    enum class Stop : std::uint8_t { None, Fault, SystemCall } stop_ = Stop::None;
    std::vector<CountedBlock> counted_;
    std::uint64_t instructions_ = 0;
};

}  // namespace vmlab::benchmark
