// SPDX-License-Identifier: GPL-2.0-only
// UnicornCpu: the class behind make_unicorn_cpu. Included only by cpu_unicorn*.cpp.
#pragma once

#include <array>
#include <exception>
#include <memory>
#include <optional>
#include <vector>

#include "machine/cpu_unicorn.hpp"
#include "machine/cpu_unicorn_blocks.hpp"
#include "machine/cpu_unicorn_engine.hpp"
#include "machine/cpu_unicorn_setup.hpp"
#include "machine/vector.hpp"

namespace vmlab {

/// A ring-3 processor on Unicorn in its UC_TLB_VIRTUAL mode: the engine asks on_fill for every translation it does not
/// hold, and on_fill asks the Mmu.
/// Owner: the Machine. Elsewhere: a vcpu.
/// Invariants:
///   U1 no exception leaves a hook; failure_ carries it to the end of the slice.
///   U2 the engine's TLB entries were granted under the Mmu's generation seen_generation_, or are flushed before running;
///      of the pages outdated after the seen_outdated_ first, none of which was fetched, it holds none when it next runs.
///   U3 no TLB entry is writable and not executable for a frame that holds translated code.
///   U4 registers_ is what the engine's registers shall hold when it next runs; what they hold now (EIP apart) is the same
///      while registers_written_ is set, and known_ otherwise.
class UnicornCpu final : public Cpu, private CodeFrameListener {
public:
    UnicornCpu(const EngineLibraries& libraries, PhysicalMemory& memory, Mmu& mmu, const DescriptorTables& descriptors,
               const UnicornCpuConfig& config);
    UnicornCpu(const UnicornCpu&) = delete;
    UnicornCpu& operator=(const UnicornCpu&) = delete;
    ~UnicornCpu() override;

    [[nodiscard]] CpuExit run(std::uint64_t budget) override;
    [[nodiscard]] Registers registers() override { return registers_; }
    void set_registers(const Registers& registers) override;
    void set_io_privilege(Ring ring) override;
    void load_segments() override;
    [[nodiscard]] FloatingPoint floating_point() override { return engine_.read_floating_point(); }
    void set_floating_point(const FloatingPoint& state) override { engine_.write_floating_point(state); }
    [[nodiscard]] std::uint64_t instructions() const override {
        return finished_ + static_cast<std::uint64_t>(budget_ - remaining_);
    }
    [[nodiscard]] std::unique_ptr<CpuContext> save_context() override;
    void restore_context(const CpuContext& context) override;
    [[nodiscard]] std::unique_ptr<CpuContext> initial_context() override;
    void forget_code() override;

private:
    /// How fast a slice goes: block by block, or one instruction under the trap flag.
    enum class Pace : std::uint8_t { Blocks, OneInstruction };
    /// Why uc_emu_start returned.
    enum class Stop : std::uint8_t {
        None,
        Denied,       ///< the Mmu denied denied_
        GdtWanted,    ///< the engine needs the descriptor table, or the guest touched its page
        FlushWanted,  ///< the engine may hold entries that break U3
        Budget,       ///< the next block is longer than the budget left
        Attention,    ///< the next block holds an instruction that needs attention
        Interrupt,    ///< vector_ was raised
        Undefined,    ///< an undefined instruction, or int $6
    };
    /// Which translations on_fill grants while the host, not the guest, uses the engine.
    enum class HostAccess : std::uint8_t { None, DescriptorTable, DirectMap, Replacement };

    struct Denial {
        std::uint32_t page = 0;
        Access access = Access::Read;
        Translation translation;
    };
    struct FrameInfo {
        std::uint32_t version = 0;         ///< grows when code in the frame may have changed
        std::uint32_t writable_epoch = 0;  ///< the TLB epoch in which a writable entry without X was granted
        bool written_by_guest = false;     ///< the guest wrote the frame while it held code
    };
    struct FetchedPage {
        std::uint32_t page = 1;  ///< never a page's address
        std::uint32_t epoch = 0;
        FrameNumber frame;
    };
    struct Raised {
        enum class Origin : std::uint8_t { Processor, Software } origin;
        std::uint32_t error_code;
    };
    struct Reference {
        std::uint32_t page;
        Access access;
        bool operator==(const Reference&) const = default;
    };
    struct CodeBytes {
        std::array<std::uint8_t, MAX_INSTRUCTION_BYTES> bytes{};
        std::size_t size = 0;
        [[nodiscard]] std::span<const std::uint8_t> span() const { return {bytes.data(), size}; }
    };
    /// Of an operand in RAM.
    struct Piece {
        PhysAddr address;
        std::uint32_t bytes = 0;
    };
    class Context;
    static constexpr std::uint32_t NO_SLOT = ~0U;

    // cpu_unicorn.cpp: slices and their ends
    [[nodiscard]] CpuExit run_slices();
    void start(Pace pace);
    /// What of these flags the guest may have.
    [[nodiscard]] std::uint32_t allowed_flags(std::uint32_t eflags) const;
    /// registers_, to be changed.
    [[nodiscard]] Registers& edit();
    void write_back();
    void read_back();
    void start_until_no_need(Pace pace, std::uint32_t guest_trap_flag);
    [[nodiscard]] CpuExit stop_exit();
    [[nodiscard]] CpuExit interrupt_exit();
    [[nodiscard]] CpuExit undefined_exit();
    [[nodiscard]] CpuExit exception(Vector vector, std::uint32_t error_code) const;
    [[nodiscard]] Raised take_exception();
    [[nodiscard]] std::uint32_t software_interrupt_length();
    [[nodiscard]] bool left_ring3() const;
    [[nodiscard]] CpuExit refuse_ring_change();
    void uncount_from(std::uint32_t eip);
    /// look_at_block for a hook. Out of line, or on_block would save registers for it each time.
    [[gnu::noinline]] void count_rare_block(std::uint32_t address, std::uint32_t size) noexcept;

    // cpu_unicorn_step.cpp: one instruction at a time
    [[nodiscard]] std::optional<CpuExit> step();
    [[nodiscard]] std::optional<CpuExit> finish_step(const std::optional<Opcode>& opcode, const Registers& before);
    void hide_trap_flag();
    [[nodiscard]] std::optional<CpuExit> interpose(const Opcode& opcode, std::uint32_t length);

    // cpu_unicorn_ports.cpp: in and out
    [[nodiscard]] std::optional<CpuExit> use_ports(const Opcode& opcode, std::uint32_t length);
    [[nodiscard]] std::optional<CpuExit> move_accumulator(const Opcode& opcode);
    [[nodiscard]] std::optional<CpuExit> move_strings(const Opcode& opcode);
    [[nodiscard]] std::optional<CpuExit> move_string(const Opcode& opcode);
    [[nodiscard]] std::uint32_t count_of(const Opcode& opcode) const;
    [[nodiscard]] std::optional<CpuExit> find_operand(VirtAddr start, std::uint32_t size, Access access,
                                                      std::array<Piece, 2>& pieces);

    // cpu_unicorn_fill.cpp: translations
    [[nodiscard]] bool fill(std::uint32_t page, uc_mem_type type, uc_tlb_entry& out);
    [[nodiscard]] bool fill_for_host(std::uint32_t page, uc_tlb_entry& out) const;
    [[nodiscard]] bool deny(Stop why);
    [[nodiscard]] int grant(std::uint32_t page, Access access, const Translation& translation);
    void note_reference(std::uint32_t page, Access access);
    void report_references(const std::optional<Opcode>& opcode);
    [[nodiscard]] CpuExit page_fault();
    void widen_to_read_modify_write(CpuExit& exit);
    [[nodiscard]] std::uint32_t fault_address();
    [[nodiscard]] std::uint32_t bisect_fault_address();
    [[nodiscard]] std::uint16_t selector_of(SegmentName segment) const;
    [[nodiscard]] std::uint32_t segment_base(SegmentName segment) const;

    // cpu_unicorn_code.cpp: blocks and translated code
    /// The block whose instructions run or were the last to run in this slice, if any.
    [[nodiscard]] const Block* last_block() const {
        return last_slot_ == NO_SLOT ? nullptr : &blocks_.block(last_slot_);
    }
    /// What the block table says must be looked at again before the fast path may count by it.
    void begin_code_epoch() { ++code_epoch_; }
    void look_at_block(std::uint32_t address, std::uint32_t size);
    void refresh(std::uint32_t slot, std::uint32_t address, std::uint32_t size);
    [[nodiscard]] std::optional<FrameNumber> code_frame(std::uint32_t page);
    [[nodiscard]] CodeBytes code_at(std::uint32_t eip);
    template <typename Visit>
    [[nodiscard]] bool visit_code(std::uint32_t address, std::size_t size, Visit visit);
    [[nodiscard]] bool copy_code(std::uint32_t address, std::span<std::uint8_t> out);
    [[nodiscard]] bool holds_code(std::uint32_t address, std::span<const std::uint8_t> wanted);
    void remember_fetch(std::uint32_t page, FrameNumber frame);
    void code_frame_written(FrameNumber frame) override;
    void drop_stale_code();
    void forget_outdated();
    [[nodiscard]] bool forget_page(std::uint32_t page);
    [[nodiscard]] bool was_fetched(std::uint32_t page) const {
        return ((fetched_bits_[page >> (PAGE_SHIFT + 6)] >> ((page >> PAGE_SHIFT) & 63)) & 1) != 0;
    }
    void flush_tlb();
    void load_descriptor_table();

    static bool on_fill(uc_engine*, std::uint64_t page, uc_mem_type type, uc_tlb_entry* out, void* user);
    static void on_block(uc_engine*, std::uint64_t address, std::uint32_t size, void* user);
    static void on_interrupt(uc_engine*, std::uint32_t vector, void* user);
    static bool on_bisect(uc_engine*, std::uint64_t page, uc_mem_type type, uc_tlb_entry* out, void* user);

    PhysicalMemory& memory_;
    Mmu& mmu_;
    const DescriptorTables& descriptors_;
    UnicornCpuConfig config_;
    UnicornEngine engine_;
    InstructionDecoder decoder_;
    BlockTable blocks_;
    EnginePrivates privates_;
    EngineContext scratch_;
    EngineContext initial_;

    Registers registers_;
    Registers known_;
    bool registers_written_ = false;
    bool load_segments_ = false;  ///< also selectors that the engine's registers hold already; only while not written
    Ring io_privilege_ = Ring::Kernel;

    // The slice that runs
    Pace pace_ = Pace::Blocks;
    Stop stop_ = Stop::None;
    HostAccess host_access_ = HostAccess::None;
    bool bisecting_ = false;
    bool bisect_hit_ = false;
    bool descriptor_table_loaded_ = false;
    std::uint8_t vector_ = 0;
    Denial denied_;
    std::exception_ptr failure_;
    std::uint32_t last_slot_ = NO_SLOT;  ///< of the block that runs
    bool selectors_known_ = false;       ///< no block that may load a segment ran since they were read
    std::vector<Reference> references_;
    bool every_reference_;

    std::int64_t budget_ = 0;
    std::int64_t remaining_ = 0;
    std::uint64_t finished_ = 0;  ///< instructions of earlier run() calls

    // What the engine may hold
    std::uint64_t seen_generation_ = 0;
    std::uint64_t seen_outdated_ = 0;
    std::uint32_t epoch_ = 1;       ///< of the TLB: grows with each flush
    std::uint32_t code_epoch_ = 1;  ///< of the block table: grows with each flush and each change of code
    std::vector<FrameInfo> frames_;
    std::array<FetchedPage, 256> fetched_;
    std::vector<std::uint64_t> fetched_bits_;   ///< a bit a page: fetched in this epoch
    std::vector<std::uint32_t> fetched_pages_;  ///< the pages whose bit is set
    std::vector<FrameNumber> stale_code_;       ///< frames whose translations must go before the next slice
};

}  // namespace vmlab
