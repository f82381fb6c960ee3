// SPDX-License-Identifier: GPL-2.0-only
#include "machine/cpu_unicorn_setup.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#if defined(__linux__)
#include <sys/uio.h>
#include <unistd.h>
#endif

namespace vmlab {

namespace {

// The private page as the probes see it.
constexpr std::uint32_t PAGE = 0xFFFFE000;
constexpr std::uint32_t IRET = PAGE + 0x00;
constexpr std::uint32_t LOAD_SEGMENT = PAGE + 0x10;
constexpr std::uint32_t DIVIDE = PAGE + 0x20;
constexpr std::uint32_t LOAD = PAGE + 0x30;
constexpr std::uint32_t INTERRUPT = PAGE + 0x40;
constexpr std::uint32_t START = PAGE + 0x50;
constexpr std::uint32_t COMPARE = PAGE + 0x60;
constexpr std::uint32_t STACK = PAGE + 0x800;
constexpr std::uint32_t DATA = PAGE - 0x1000;  ///< the private page again, granted to data and counted
constexpr std::uint32_t ABSENT = PAGE - 0x3000;

// Byte offset of uc_struct::invalid_addr in the 2.1.4 x86-64 Linux library; verified below, and doubted elsewhere.
constexpr std::size_t FAULT_ADDRESS_OFFSET = 1416;
// There, too: the byte offset of uc_struct::cpu, and that of the registers in what it points to.
constexpr std::size_t CPU_OFFSET = 440;
constexpr std::size_t REGISTERS_OFFSET = 35408;

constexpr std::uint32_t CR0_BITS = 0x33;   // PE, MP, ET, NE
constexpr std::uint32_t CR4_BITS = 0x600;  // OSFXSR, OSXMMEXCPT

/// Grants the private page and the descriptor table, denies all else, and notes the vector of an exception.
class Probe {
public:
    Probe(UnicornEngine& engine, VirtAddr gdt_address, FrameNumber gdt_frame)
        : engine_(engine), gdt_address_(gdt_address), gdt_frame_(gdt_frame) {
        fill_ = engine.add_hook(UC_HOOK_TLB_FILL, reinterpret_cast<void*>(&on_fill), this, 1, 0);
        interrupt_ = engine.add_hook(UC_HOOK_INTR, reinterpret_cast<void*>(&on_interrupt), this, 1, 0);
    }
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;
    ~Probe() {
        engine_.library().hook_del(engine_.handle(), fill_);
        engine_.library().hook_del(engine_.handle(), interrupt_);
    }

    /// The vector raised, or -1 when a fill was denied.
    int run(std::uint32_t eip) {
        vector_ = -1;
        (void)engine_.start(eip);
        return vector_;
    }
    void forbid_start(bool forbid) { start_forbidden_ = forbid; }
    /// How often DATA was asked for.
    [[nodiscard]] int data_fills() const { return data_fills_; }

private:
    static bool on_fill(uc_engine*, std::uint64_t page, uc_mem_type type, uc_tlb_entry* out, void* user) {
        auto& self = *static_cast<Probe*>(user);
        if (page == DATA) {
            ++self.data_fills_;
            out->paddr = UnicornEngine::PRIVATE_PHYSICAL;
            out->perms = type == UC_MEM_FETCH ? UC_PROT_EXEC : static_cast<uc_prot>(UC_PROT_READ | UC_PROT_WRITE);
            return true;
        }
        out->perms = UC_PROT_ALL;
        if (page == PAGE && !(self.start_forbidden_ && type == UC_MEM_FETCH && self.in_ring3())) {
            out->paddr = UnicornEngine::PRIVATE_PHYSICAL;
            return true;
        }
        out->paddr = self.gdt_frame_.address().value;
        return page == self.gdt_address_.value;
    }
    static void on_interrupt(uc_engine*, std::uint32_t vector, void* user) {
        auto& self = *static_cast<Probe*>(user);
        self.vector_ = static_cast<int>(vector);
        self.engine_.stop();
    }
    [[nodiscard]] bool in_ring3() const { return (engine_.read_register(UC_X86_REG_CS) & 3) == 3; }

    UnicornEngine& engine_;
    VirtAddr gdt_address_;
    FrameNumber gdt_frame_;
    uc_hook fill_ = 0;
    uc_hook interrupt_ = 0;
    int vector_ = -1;
    int data_fills_ = 0;
    bool start_forbidden_ = false;
};

[[noreturn]] void refuse(const char* what) {
    throw EngineError(std::string("the Unicorn library ") + what +
                      "; install a supported one with: python -m pip install \"" + UNICORN_REQUIREMENT + "\"");
}

void put_code(UnicornEngine& engine, std::uint32_t at, std::initializer_list<std::uint8_t> code) {
    std::copy(code.begin(), code.end(), engine.private_page().begin() + (at - PAGE));
}

void enter_ring3(UnicornEngine& engine, Probe& probe, const GdtLayout& layout) {
    engine.write_register(UC_X86_REG_CR0, CR0_BITS);
    engine.write_register(UC_X86_REG_CR4, engine.read_register(UC_X86_REG_CR4) | CR4_BITS);
    if (!engine.try_write_segment(UC_X86_REG_CS, layout.kernel_cs()) ||
        !engine.try_write_segment(UC_X86_REG_SS, layout.kernel_ss())) {
        refuse("refuses the kernel's segments");
    }
    const std::array<std::uint32_t, 5> frame = {START, layout.user_cs(), 0x202, 0, layout.user_ss()};
    std::memcpy(engine.private_page().data() + (STACK - PAGE), frame.data(), sizeof frame);
    put_code(engine, IRET, {0xCF});
    engine.write_register(UC_X86_REG_ESP, STACK);
    probe.forbid_start(true);
    (void)probe.run(IRET);
    probe.forbid_start(false);
    if (engine.read_register(UC_X86_REG_CS) != layout.user_cs() || engine.read_register(UC_X86_REG_EIP) != START) {
        refuse("did not enter ring 3");
    }
    for (const int segment : {UC_X86_REG_DS, UC_X86_REG_ES}) {
        if (!engine.try_write_segment(segment, layout.user_ss())) {
            refuse("refuses the user's segments");
        }
    }
    for (const int segment : {UC_X86_REG_FS, UC_X86_REG_GS}) {
        (void)engine.try_write_segment(segment, 0);
    }
    engine.write_register(UC_X86_REG_FPCW, 0x37F);
    engine.write_register(UC_X86_REG_FPTAG, 0xFFFF);
    engine.write_register(UC_X86_REG_MXCSR, 0x1F80);
}

std::vector<std::int32_t> words_of(const UnicornEngine& engine, const uc_context& context) {
    std::vector<std::int32_t> words(engine.context_size() / sizeof(std::int32_t));
    std::memcpy(words.data(), &context, words.size() * sizeof(std::int32_t));
    return words;
}

/// The exception's record and its error code are found by what they hold after known exceptions.
void find_exception_record(UnicornEngine& engine, Probe& probe, EnginePrivates& found) {
    put_code(engine, LOAD_SEGMENT, {0x8E, 0xE8});  // mov gs, ax
    put_code(engine, DIVIDE, {0xF7, 0xF1});        // div ecx
    put_code(engine, INTERRUPT, {0xCD, 0x31});     // int 0x31
    const EngineContext clean = engine.make_context();
    const EngineContext after = engine.make_context();
    engine.save(*clean);
    const auto words_before = words_of(engine, *clean);

    const auto words_after = [&](std::uint32_t selector) {
        engine.restore(*clean);
        engine.write_register(UC_X86_REG_EAX, 0x77770000 | selector);
        if (probe.run(LOAD_SEGMENT) != 13) {
            refuse("does not raise #GP for a bad selector");
        }
        engine.save(*after);
        return words_of(engine, *after);
    };
    const auto first = words_after(0x5A34);
    const auto second = words_after(0x1E48);
    (void)probe.run(DIVIDE);
    engine.save(*after);
    const auto third = words_of(engine, *after);
    engine.restore(*clean);
    (void)probe.run(INTERRUPT);
    engine.save(*after);
    const auto software = words_of(engine, *after);
    engine.restore(*clean);

    std::vector<std::size_t> codes;
    std::vector<std::size_t> records;
    for (std::size_t i = 0; i < first.size(); ++i) {
        if (first[i] == 0x5A34 && second[i] == 0x1E48) {
            codes.push_back(i);
        }
        if (words_before[i] != 13 && first[i] == 13 && second[i] == 13 && third[i] == 8) {
            records.push_back(i);
        }
    }
    if (codes.size() != 1 || records.size() != 1) {
        refuse("keeps exceptions in another way");
    }
    const std::size_t beside = codes[0] + 1;
    if (beside >= first.size() || first[beside] != 0 || third[beside] != 0 || software[beside] != 1) {
        refuse("does not tell software interrupts from exceptions");
    }
    found.is_software = beside * sizeof(std::int32_t);
    found.error_code = codes[0] * sizeof(std::int32_t);
    found.exception_in_flight = records[0] * sizeof(std::int32_t);
    found.no_exception = words_before[records[0]];
}

void verify_fault_address(UnicornEngine& engine, Probe& probe, EnginePrivates& found) {
    put_code(engine, LOAD, {0x8B, 0x03});  // mov eax, [ebx]
    found.fault_address = FAULT_ADDRESS_OFFSET;
    for (const std::uint32_t address : {ABSENT + 0x123U, ABSENT + 0x1ABCU}) {
        engine.write_register(UC_X86_REG_EBX, address);
        (void)probe.run(LOAD);
        if (found.read_fault_address(engine.handle()) != address) {
            found.fault_address.reset();
            break;
        }
    }
    engine.write_register(UC_X86_REG_EBX, 0);
}

/// Looks at memory that may not be there; nothing is assumed of what a pointer of the library's points to.
std::optional<LiveRegisters> look_at(const void* place) {
#if defined(__linux__)
    LiveRegisters found{};
    const iovec here{.iov_base = &found, .iov_len = sizeof found};
    const iovec there{.iov_base = const_cast<void*>(place), .iov_len = sizeof found};
    if (process_vm_readv(getpid(), &here, 1, &there, 1, 0) == static_cast<ssize_t>(sizeof found)) {
        return found;
    }
#else
    static_cast<void>(place);
#endif
    return std::nullopt;
}

/// Whether these are the registers that the library's interface tells.
bool are_registers_of(const LiveRegisters& live, UnicornEngine& engine) {
    constexpr std::array<int, 8> GENERAL = {UC_X86_REG_EAX, UC_X86_REG_ECX, UC_X86_REG_EDX, UC_X86_REG_EBX,
                                            UC_X86_REG_ESP, UC_X86_REG_EBP, UC_X86_REG_ESI, UC_X86_REG_EDI};
    bool same =
        live.eip == engine.read_register(UC_X86_REG_EIP) && live.eflags == engine.read_register(UC_X86_REG_EFLAGS);
    for (std::size_t i = 0; i < GENERAL.size(); ++i) {
        same = same && live.general[i] == engine.read_register(GENERAL[i]);
    }
    const FloatingPoint told = engine.read_floating_point();
    for (std::size_t i = 0; i < told.st.size(); ++i) {
        const auto& st = live.x87[(told.top() + i) % told.st.size()];
        same = same && std::equal(told.st[i].begin(), told.st[i].end(), st.begin()) &&
               std::equal(told.xmm[i].begin(), told.xmm[i].end(), live.vectors[i].begin());
    }
    return same;
}

/// Other registers, and other flags once they are compared, for each seed.
void fill_registers(UnicornEngine& engine, std::uint32_t seed) {
    std::uint32_t next = seed;
    const auto draw = [&next] { return next = next * 1664525U + 1013904223U; };
    for (const int number : {UC_X86_REG_EAX, UC_X86_REG_ECX, UC_X86_REG_EDX, UC_X86_REG_EBX, UC_X86_REG_ESP,
                             UC_X86_REG_EBP, UC_X86_REG_ESI, UC_X86_REG_EDI}) {
        engine.write_register(number, draw());
    }
    FloatingPoint state{.status = static_cast<std::uint16_t>(seed << 11)};
    for (std::size_t i = 0; i < state.st.size(); ++i) {
        std::ranges::generate(state.st[i], [&draw] { return static_cast<std::byte>(draw() >> 24); });
        std::ranges::generate(state.xmm[i], [&draw] { return static_cast<std::byte>(draw() >> 24); });
    }
    engine.write_floating_point(state);
}

/// Null where the registers are not where they are in the one library that was looked into: after each of several runs
/// the words there must be what the interface tells, and what is written there must be what it tells next.
LiveRegisters* find_live_registers(UnicornEngine& engine, Probe& probe) {
    put_code(engine, COMPARE, {0x39, 0xD8, 0xCD, 0x31});  // cmp eax, ebx; int 0x31
    std::uintptr_t cpu = 0;
    std::memcpy(&cpu, reinterpret_cast<const std::byte*>(engine.handle()) + CPU_OFFSET, sizeof cpu);
    auto* const place = reinterpret_cast<LiveRegisters*>(cpu + REGISTERS_OFFSET);
    for (std::uint32_t seed = 1; seed <= 4; ++seed) {
        fill_registers(engine, seed);
        (void)probe.run(COMPARE);
        const auto found = look_at(place);
        if (!found || !are_registers_of(*found, engine)) {
            return nullptr;
        }
    }
    place->general[3] ^= 0x5A5A;
    place->vectors[7][0] ^= std::byte{0x5A};
    place->x87[2][9] ^= std::byte{0x5A};
    constexpr std::uint32_t CARRY_AND_OVERFLOW = 0x801;
    const std::uint64_t flags = place->eflags ^ CARRY_AND_OVERFLOW;
    place->eflags = flags;
    (void)probe.run(INTERRUPT);  // flags count once the engine takes them up
    return are_registers_of(*place, engine) && place->eflags == flags ? place : nullptr;
}

/// After a load the TLB holds DATA, so that a second one asks nobody; after the replacement a third one must ask.
bool replaces_translations(UnicornEngine& engine, Probe& probe) {
    put_code(engine, LOAD, {0x8B, 0x03, 0xCD, 0x31});  // mov eax, [ebx]; int 0x31
    engine.write_register(UC_X86_REG_EBX, DATA);
    std::array<int, 4> fills{};
    (void)probe.run(LOAD);
    fills[0] = probe.data_fills();
    (void)probe.run(LOAD);
    fills[1] = probe.data_fills();
    engine.replace_translation(DATA);
    fills[2] = probe.data_fills();
    (void)probe.run(LOAD);
    fills[3] = probe.data_fills();
    return fills == std::array{1, 1, 2, 3};
}

}  // namespace

std::uint64_t EnginePrivates::read_fault_address(const uc_engine* engine) const {
    std::uint64_t value = 0;
    std::memcpy(&value, reinterpret_cast<const std::byte*>(engine) + *fault_address, sizeof value);
    return value;
}

std::int32_t EnginePrivates::read(const uc_context& context, std::size_t at) {
    std::int32_t value = 0;
    std::memcpy(&value, reinterpret_cast<const std::byte*>(&context) + at, sizeof value);
    return value;
}

void EnginePrivates::write(uc_context& context, std::size_t at, std::int32_t value) {
    std::memcpy(reinterpret_cast<std::byte*>(&context) + at, &value, sizeof value);
}

EnginePrivates set_up_engine(UnicornEngine& engine, VirtAddr gdt_address, FrameNumber gdt_frame,
                             const GdtLayout& layout) {
    constexpr std::uint8_t HLT = 0xF4;  // keeps the engine from translating on beyond a probe
    std::fill(engine.private_page().begin(), engine.private_page().end(), HLT);
    Probe probe(engine, gdt_address, gdt_frame);
    engine.write_descriptor_table(gdt_address.value, DescriptorTables::GDT_LIMIT);
    enter_ring3(engine, probe, layout);
    EnginePrivates found;
    find_exception_record(engine, probe, found);
    verify_fault_address(engine, probe, found);
    const EngineContext clean = engine.make_context();
    engine.save(*clean);
    found.replaces_translations = replaces_translations(engine, probe);
    found.live_registers = find_live_registers(engine, probe);
    engine.restore(*clean);
    engine.write_changed(Registers{.eflags = 0x202}, Registers{.eax = 1, .esp = 1, .eflags = 0});
    engine.flush_tlb();
    return found;
}

}  // namespace vmlab
