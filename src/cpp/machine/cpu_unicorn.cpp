// SPDX-License-Identifier: GPL-2.0-only
// UnicornCpu: construction, registers, slices and what ends them.
#include "machine/cpu_unicorn.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/panic.hpp"
#include "machine/cpu_unicorn_core.hpp"
#include "machine/vector.hpp"

namespace vmlab {

namespace {

// RF is the processor's own; the others could take the guest out of ring 3 or give it the ports.
constexpr std::uint32_t FORBIDDEN_FLAGS = Eflags::VM86 | Eflags::IOPL;
constexpr std::uint32_t DEFINED_FLAGS = 0x003F7FD7;  // the others read as 0 (SDM volume 1, 3.4.3)

std::uint32_t iopl_of(Ring ring) { return ring == Ring::User ? Eflags::IOPL : 0U; }

}  // namespace

class UnicornCpu::Context final : public CpuContext {
public:
    Context(const UnicornCpu& its_owner, EngineContext saved, const Registers& its_registers)
        : owner(its_owner), context(std::move(saved)), registers(its_registers) {}
    const UnicornCpu& owner;
    EngineContext context;
    Registers registers;
};

std::unique_ptr<Cpu> make_unicorn_cpu(const EngineLibraries& libraries, PhysicalMemory& memory, Mmu& mmu,
                                      const DescriptorTables& descriptors, const UnicornCpuConfig& config) {
    return std::make_unique<UnicornCpu>(libraries, memory, mmu, descriptors, config);
}

UnicornCpu::UnicornCpu(const EngineLibraries& libraries, PhysicalMemory& memory, Mmu& mmu,
                       const DescriptorTables& descriptors, const UnicornCpuConfig& config)
    : memory_(memory),
      mmu_(mmu),
      descriptors_(descriptors),
      config_(config),
      engine_(libraries.unicorn, {memory.data(), memory.size()}),
      decoder_(libraries.capstone),
      blocks_(decoder_),
      privates_(set_up_engine(engine_, config.gdt_address, descriptors.frame(), descriptors.layout())),
      scratch_(engine_.make_context()),
      initial_(engine_.make_context()),
      every_reference_(config.tracing == AccessTracing::EveryReference ||
                       mmu.tlb().config().stale == StaleEntries::Honoured),
      seen_generation_(mmu.generation()),
      seen_outdated_(mmu.outdated_pages()),
      frames_(memory.frame_count()),
      fetched_bits_((std::size_t{1} << 20) / 64) {
    if (config.shortcuts == EngineShortcuts::Never) {
        privates_.avoid_shortcuts();
    }
    engine_.use_live_registers(privates_.live_registers);
    engine_.add_hook(UC_HOOK_TLB_FILL, reinterpret_cast<void*>(&on_fill), this, 1, 0);
    engine_.add_hook(UC_HOOK_INTR, reinterpret_cast<void*>(&on_interrupt), this, 1, 0);
    engine_.add_hook(UC_HOOK_BLOCK, reinterpret_cast<void*>(&on_block), this, 1, 0);
    engine_.save(*initial_);
    read_back();
    registers_.eip = 0;
    memory_.set_code_listener(this);
}

UnicornCpu::~UnicornCpu() { memory_.set_code_listener(nullptr); }

std::uint32_t UnicornCpu::allowed_flags(std::uint32_t eflags) const {
    const std::uint32_t forced = io_privilege_ == Ring::User ? std::uint32_t{Eflags::IOPL} : Eflags::INTERRUPT;
    return (eflags & DEFINED_FLAGS & ~FORBIDDEN_FLAGS) | Eflags::FIXED | forced;
}

void UnicornCpu::set_io_privilege(Ring ring) {
    if (ring != io_privilege_) {
        io_privilege_ = ring;
        edit().eflags = allowed_flags(registers_.eflags);
    }
}

void UnicornCpu::load_segments() {
    static_cast<void>(edit());
    load_segments_ = true;
}

void UnicornCpu::set_registers(const Registers& registers) {
    const std::uint16_t cs = registers_.cs;  // ring 3 has one code segment
    edit() = registers;
    registers_.eflags = allowed_flags(registers.eflags);
    registers_.cs = cs;
}

std::unique_ptr<CpuContext> UnicornCpu::save_context() {
    write_back();
    EngineContext context = engine_.make_context();
    engine_.save(*context);
    return std::make_unique<Context>(*this, std::move(context), registers_);
}

void UnicornCpu::restore_context(const CpuContext& context) {
    const auto* saved = dynamic_cast<const Context*>(&context);
    require(saved != nullptr && &saved->owner == this, "a context belongs to the Cpu that made it");
    engine_.restore(*saved->context);
    registers_ = saved->registers;
    registers_written_ = true;
    load_segments_ = false;
    selectors_known_ = true;
    if ((registers_.eflags & Eflags::IOPL) != iopl_of(io_privilege_)) {
        edit().eflags = allowed_flags(registers_.eflags);
    }
}

std::unique_ptr<CpuContext> UnicornCpu::initial_context() {
    engine_.save(*scratch_);
    engine_.restore(*initial_);
    EngineContext context = engine_.make_context();
    engine_.save(*context);
    Registers registers;
    engine_.read_general(registers);
    engine_.read_selectors(registers);
    registers.eip = 0;
    engine_.restore(*scratch_);
    return std::make_unique<Context>(*this, std::move(context), registers);
}

CpuExit UnicornCpu::run(std::uint64_t budget) {
    constexpr auto LARGEST = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    budget_ = remaining_ = static_cast<std::int64_t>(std::min(budget, LARGEST));
    CpuExit exit = run_slices();
    if (exit.kind == ExitKind::BudgetSpent && left_ring3()) {
        exit = refuse_ring_change();
    }
    finished_ = instructions();
    budget_ = remaining_ = 0;
    return exit;
}

CpuExit UnicornCpu::run_slices() {
    while (remaining_ > 0) {
        if (!every_reference_ && remaining_ > 1) {
            start_until_no_need(Pace::Blocks, 0);
            const bool later_page = stop_ == Stop::Denied && denied_.access == Access::Fetch &&
                                    denied_.page != (registers_.eip & ~PAGE_MASK);
            if (stop_ != Stop::Budget && stop_ != Stop::Attention && !later_page) {
                return stop_exit();
            }
        }
        // An instruction that the engine must not see, or that lies in the block whose second page is absent; or the
        // last few of the budget.
        do {
            if (const auto exit = step()) {
                return *exit;
            }
        } while (stop_ == Stop::Budget && remaining_ > 0);
    }
    return CpuExit{.kind = ExitKind::BudgetSpent, .instruction = VirtAddr(registers_.eip)};
}

/// Runs the engine until something other than its own needs stops it.
void UnicornCpu::start_until_no_need(Pace pace, std::uint32_t guest_trap_flag) {
    for (;;) {
        start(pace);
        if (stop_ == Stop::GdtWanted) {
            load_descriptor_table();
        } else if (stop_ == Stop::FlushWanted) {
            flush_tlb();
        } else {
            return;
        }
        if (denied_.access != Access::Fetch) {
            uncount_from(registers_.eip);
        }
        if (pace == Pace::OneInstruction) {
            edit().eflags = (registers_.eflags & ~Eflags::TRAP) | guest_trap_flag;
        }
    }
}

void UnicornCpu::start(Pace pace) {
    forget_outdated();
    if (!stale_code_.empty()) {
        drop_stale_code();
    }
    if (pace == Pace::OneInstruction) {
        edit().eflags |= Eflags::TRAP;
    }
    write_back();
    pace_ = pace;
    stop_ = Stop::None;
    last_slot_ = NO_SLOT;
    blocks_.trim();
    const uc_err result = engine_.start(registers_.eip);
    read_back();
    if (failure_) {
        std::rethrow_exception(std::exchange(failure_, nullptr));
    }
    if (stop_ == Stop::None) {
        require(result == UC_ERR_INSN_INVALID, "the engine stopped for no reason that UnicornCpu knows");
        stop_ = Stop::Undefined;
    }
}

void UnicornCpu::read_back() {
    engine_.read_general(registers_);
    if (!selectors_known_) {
        engine_.read_selectors(registers_);
        selectors_known_ = true;
    }
    registers_written_ = true;
}

Registers& UnicornCpu::edit() {
    if (registers_written_) {
        known_ = registers_;
        registers_written_ = false;
    }
    return registers_;
}

void UnicornCpu::write_back() {
    if (registers_written_) {
        return;
    }
    engine_.write_changed(registers_, known_);
    const auto write = [this](int number, std::uint16_t& wanted, std::uint16_t old) {
        if (wanted == old && !(load_segments_ && wanted != 0)) {
            return;
        }
        host_access_ = HostAccess::DescriptorTable;
        if (!engine_.try_write_segment(number, wanted)) {
            wanted = number == UC_X86_REG_SS ? old : std::uint16_t{0};  // as a kernel does with a selector gone bad
            (void)engine_.try_write_segment(number, wanted);
        }
        host_access_ = HostAccess::None;
    };
    write(UC_X86_REG_SS, registers_.ss, known_.ss);
    write(UC_X86_REG_DS, registers_.ds, known_.ds);
    write(UC_X86_REG_ES, registers_.es, known_.es);
    write(UC_X86_REG_FS, registers_.fs, known_.fs);
    write(UC_X86_REG_GS, registers_.gs, known_.gs);
    registers_written_ = true;
    load_segments_ = false;
}

/// The exit of a stop that the kernel must see.
CpuExit UnicornCpu::stop_exit() {
    CpuExit exit;
    switch (stop_) {
        case Stop::Denied:
            exit = page_fault();
            break;
        case Stop::Interrupt:
            exit = interrupt_exit();
            break;
        default:
            exit = undefined_exit();
            break;
    }
    return left_ring3() ? refuse_ring_change() : exit;
}

/// An iret can claim virtual-8086 mode, which the processor would not have let it. The engine starts anew in ring 3.
CpuExit UnicornCpu::refuse_ring_change() {
    Registers seen = registers_;
    engine_.restore(*initial_);
    selectors_known_ = false;
    read_back();
    seen.cs = registers_.cs;
    seen.ss = registers_.ss;
    seen.ds = registers_.ds;
    seen.es = registers_.es;
    seen.fs = registers_.fs;
    seen.gs = registers_.gs;
    seen.eflags = allowed_flags(seen.eflags);
    edit() = seen;
    return exception(Vector::GeneralProtection, 0);
}

bool UnicornCpu::left_ring3() const {
    return registers_.cs != descriptors_.layout().user_cs() || (registers_.ss & 3) != 3 ||
           (registers_.eflags & FORBIDDEN_FLAGS) != iopl_of(io_privilege_);
}

CpuExit UnicornCpu::exception(Vector vector, std::uint32_t error_code) const {
    return {.kind = ExitKind::Exception,
            .vector = static_cast<std::uint8_t>(vector),
            .error_code = error_code,
            .instruction = VirtAddr(registers_.eip)};
}

CpuExit UnicornCpu::interrupt_exit() {
    const auto vector = static_cast<Vector>(vector_);
    const Block* block = last_block();
    if (block != nullptr && block->software_interrupt == vector_ && registers_.eip == block->end()) {
        return {.kind = ExitKind::SoftwareInterrupt, .vector = vector_, .instruction = VirtAddr(block->last_start)};
    }
    if (vector == Vector::Debug) {
        CpuExit exit = exception(vector, 0);
        exit.instruction = VirtAddr(block != nullptr ? block->last_start : registers_.eip);
        return exit;
    }
    const Raised raised = take_exception();
    if (raised.origin == Raised::Origin::Software) {
        return {.kind = ExitKind::SoftwareInterrupt,
                .vector = vector_,
                .instruction = VirtAddr(registers_.eip - software_interrupt_length())};
    }
    uncount_from(registers_.eip);
    return exception(vector, pushes_error_code(vector_) ? raised.error_code : 0);
}

/// Reads what the engine keeps of the exception just raised, and makes it forget, or the next one would escalate.
UnicornCpu::Raised UnicornCpu::take_exception() {
    engine_.save(*scratch_);
    EnginePrivates::write(*scratch_, privates_.exception_in_flight, privates_.no_exception);
    engine_.restore(*scratch_);
    const bool software = EnginePrivates::read(*scratch_, privates_.is_software) != 0;
    return {.origin = software ? Raised::Origin::Software : Raised::Origin::Processor,
            .error_code = static_cast<std::uint32_t>(EnginePrivates::read(*scratch_, privates_.error_code))};
}

/// Bytes of the int n, int3 or into before EIP, where the block does not tell.
std::uint32_t UnicornCpu::software_interrupt_length() {
    std::array<std::uint8_t, 1> before{};
    const bool readable = copy_code(registers_.eip - 1, before);
    const bool short_form = readable && Opcode{.code = before[0]}.software_interrupt() == vector_ &&
                            vector_ != static_cast<std::uint8_t>(Vector::DivideError);
    return short_form ? 1 : 2;
}

CpuExit UnicornCpu::undefined_exit() {
    uncount_from(registers_.eip);
    const VirtAddr instruction(registers_.eip);
    const CodeBytes code = code_at(instruction.value);
    const auto opcode = Opcode::read(code.span());
    constexpr std::uint32_t ICEBP = 0xF1;
    constexpr std::uint8_t INVALID_OPCODE = static_cast<std::uint8_t>(Vector::InvalidOpcode);
    const bool icebp = opcode && opcode->code == ICEBP;
    const bool interrupt = opcode && opcode->software_interrupt() == INVALID_OPCODE;
    if (!icebp && !interrupt) {
        return exception(Vector::InvalidOpcode, 0);
    }
    registers_.eip += static_cast<std::uint32_t>(decoder_.length_of(code.span()));
    --remaining_;
    CpuExit exit = exception(icebp ? Vector::Debug : Vector::InvalidOpcode, 0);
    exit.kind = icebp ? ExitKind::Exception : ExitKind::SoftwareInterrupt;
    exit.instruction = instruction;
    return exit;
}

void UnicornCpu::uncount_from(std::uint32_t eip) {
    const Block* block = last_block();
    if (block != nullptr && block->contains(eip)) {
        remaining_ += block->count - block->instructions_before(eip);
    }
}

void UnicornCpu::count_rare_block(std::uint32_t address, std::uint32_t size) noexcept {
    try {
        look_at_block(address, size);
    } catch (...) {
        failure_ = std::current_exception();
        engine_.stop();
    }
}

void UnicornCpu::on_interrupt(uc_engine*, std::uint32_t vector, void* user) {
    auto& self = *static_cast<UnicornCpu*>(user);
    self.vector_ = static_cast<std::uint8_t>(vector);
    self.stop_ = Stop::Interrupt;
    self.engine_.stop();
}

}  // namespace vmlab
