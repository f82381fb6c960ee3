// SPDX-License-Identifier: GPL-2.0-only
// BareEngine: Unicorn with a page map of its own in the TLB fill hook, and nothing of vmlab, to test the engine itself.
#pragma once

#include <unicorn/unicorn.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "machine/cpu_unicorn_library.hpp"

namespace vmlab::test {

inline std::shared_ptr<const UnicornLibrary> unicorn_for_tests() {
    static const auto library = open_unicorn(VMLAB_TEST_UNICORN_LIBRARY);
    return library;
}

/// One engine with RAM, segments for both rings and hooks that only record.
class BareEngine {
public:
    static constexpr std::uint32_t PAGE = 0x1000;
    static constexpr std::uint32_t GDT = 0xFFFF0000;   ///< on frame 0, for ring 0 alone
    static constexpr std::uint32_t STUB = 0xFFFE0000;  ///< on frame 1: iret, and a stack
    static constexpr std::uint32_t CODE = 0x00400000;  ///< on frame 2
    static constexpr std::uint32_t CODE_FRAME = 2;
    static constexpr std::uint32_t FRAMES = 64;

    struct Mapping {
        std::uint32_t frame;
        int perms;
        bool ring0_only = false;
    };
    struct Fill {
        std::uint32_t page;
        uc_mem_type type;
        bool granted;
        std::uint32_t eip;
        std::uint32_t cs;
    };
    struct Interrupt {
        std::uint32_t vector;
        std::uint32_t eip;
    };
    struct Block {
        std::uint32_t address;
        std::uint32_t size;
    };

    const UnicornLibrary& library;
    uc_engine* uc = nullptr;
    std::map<std::uint32_t, Mapping> pages;
    std::vector<Fill> fills;
    std::vector<Interrupt> interrupts;
    std::vector<Block> blocks;
    std::optional<std::uint32_t> stop_at_block;

    explicit BareEngine(int cpu_model = UC_CPU_X86_QEMU32) : library(*unicorn_for_tests()), ram_(FRAMES * PAGE + PAGE) {
        check(library.open(UC_ARCH_X86, UC_MODE_32, &uc));
        check(control(UC_CTL_WRITE(UC_CTL_TCG_BUFFER_SIZE, 1), 32U << 20));
        check(control(UC_CTL_WRITE(UC_CTL_CPU_MODEL, 1), cpu_model));
        check(control(UC_CTL_WRITE(UC_CTL_TLB_TYPE, 1), static_cast<int>(UC_TLB_VIRTUAL)));
        check(control(UC_CTL_WRITE(UC_CTL_UC_USE_EXITS, 1), 1));
        check(library.mem_map_ptr(uc, 0, FRAMES * PAGE, UC_PROT_ALL, ram()));
        hook(UC_HOOK_TLB_FILL, reinterpret_cast<void*>(&on_fill));
        hook(UC_HOOK_INTR, reinterpret_cast<void*>(&on_interrupt));
        pages[GDT] = {0, UC_PROT_READ | UC_PROT_WRITE, true};
        pages[STUB] = {1, UC_PROT_ALL, true};
        pages[CODE] = {CODE_FRAME, UC_PROT_READ | UC_PROT_EXEC};
        write_descriptors();
    }
    BareEngine(const BareEngine&) = delete;
    BareEngine& operator=(const BareEngine&) = delete;
    ~BareEngine() { library.close(uc); }

    static void check(uc_err error) {
        if (error != UC_ERR_OK) {
            throw std::runtime_error("engine error " + std::to_string(error));
        }
    }

    template <typename... Args>
    uc_err control(uc_control_type type, Args... args) {
        return library.ctl(uc, type, args...);
    }
    void flush_tlb() { check(control(UC_CTL_WRITE(UC_CTL_TLB_FLUSH, 0))); }
    void flush_code() { check(control(UC_CTL_WRITE(UC_CTL_TB_FLUSH, 0))); }

    void hook(int type, void* callback) {
        uc_hook handle = 0;
        check(library.hook_add(uc, &handle, type, callback, this, 1, 0));
    }
    void hook_blocks() { hook(UC_HOOK_BLOCK, reinterpret_cast<void*>(&on_block)); }
    void hook_instruction(int instruction, void* callback) {
        uc_hook handle = 0;
        check(library.hook_add(uc, &handle, UC_HOOK_INSN, callback, this, 1, 0, instruction));
    }

    std::uint8_t* frame(std::uint32_t number) { return ram() + number * PAGE; }
    void code(std::initializer_list<int> bytes, std::uint32_t offset = 0) {
        std::uint8_t* out = frame(CODE_FRAME) + offset;
        for (const int byte : bytes) {
            *out++ = static_cast<std::uint8_t>(byte);
        }
    }

    std::uint32_t get(int reg) {
        std::uint32_t value = 0;
        check(library.reg_read(uc, reg, &value));
        return value;
    }
    uc_err try_set(int reg, std::uint32_t value) { return library.reg_write(uc, reg, &value); }
    void set(int reg, std::uint32_t value) { check(try_set(reg, value)); }

    uc_err run(std::uint32_t eip = CODE) { return library.emu_start(uc, eip, 0, 0, 0); }

    /// To ring 3 by a real iret, stopping at the fetch of the first instruction.
    void enter_ring3() {
        set(UC_X86_REG_CS, 0x08);
        set(UC_X86_REG_SS, 0x10);
        const std::uint32_t image[5] = {CODE, 0x1B, 0x202, 0, 0x23};
        std::memcpy(frame(1) + 0x100, image, sizeof image);
        frame(1)[0] = 0xCF;
        set(UC_X86_REG_ESP, STUB + 0x100);
        const Mapping saved = pages.at(CODE);
        pages.erase(CODE);
        run(STUB);
        pages[CODE] = saved;
        for (const int segment : {UC_X86_REG_DS, UC_X86_REG_ES}) {
            set(segment, 0x23);
        }
        flush_tlb();
        fills.clear();
    }

    /// The engine's own copy of the last denied address (see UnicornCpu).
    std::uint64_t invalid_address() const {
        std::uint64_t value = 0;
        std::memcpy(&value, reinterpret_cast<const std::uint8_t*>(uc) + 1416, sizeof value);
        return value;
    }

private:
    std::uint8_t* ram() {
        auto address = reinterpret_cast<std::uintptr_t>(ram_.data());
        address = (address + PAGE - 1) & ~std::uintptr_t{PAGE - 1};
        return reinterpret_cast<std::uint8_t*>(address);
    }

    void write_descriptors() {
        const std::uint64_t descriptors[6] = {0,
                                              0x00CF9B000000FFFF,   // 08 code, ring 0
                                              0x00CF93000000FFFF,   // 10 data, ring 0
                                              0x00CFFB000000FFFF,   // 1B code, ring 3
                                              0x00CFF3000000FFFF,   // 23 data, ring 3
                                              0x00CFF3500000FFFF};  // 2B data, ring 3, base 0x500000
        std::memcpy(frame(0), descriptors, sizeof descriptors);
        uc_x86_mmr gdtr{};
        gdtr.base = GDT;
        gdtr.limit = sizeof descriptors - 1;
        check(library.reg_write(uc, UC_X86_REG_GDTR, &gdtr));
    }

    static bool on_fill(uc_engine*, std::uint64_t page, uc_mem_type type, uc_tlb_entry* out, void* user) {
        auto& self = *static_cast<BareEngine*>(user);
        const int wanted = type == UC_MEM_WRITE ? UC_PROT_WRITE : type == UC_MEM_FETCH ? UC_PROT_EXEC : UC_PROT_READ;
        const auto found = self.pages.find(static_cast<std::uint32_t>(page));
        const std::uint32_t cs = self.get(UC_X86_REG_CS) & 0xFFFF;
        const bool granted = found != self.pages.end() && (found->second.perms & wanted) != 0 &&
                             !(found->second.ring0_only && (cs & 3) == 3 && !self.lenient);
        self.fills.push_back({static_cast<std::uint32_t>(page), type, granted, self.get(UC_X86_REG_EIP), cs});
        if (granted) {
            out->paddr = std::uint64_t{found->second.frame} * PAGE;
            out->perms = static_cast<uc_prot>(found->second.perms);
        }
        return granted;
    }
    static void on_interrupt(uc_engine*, std::uint32_t vector, void* user) {
        auto& self = *static_cast<BareEngine*>(user);
        self.interrupts.push_back({vector, self.get(UC_X86_REG_EIP)});
        self.library.emu_stop(self.uc);
    }
    static void on_block(uc_engine*, std::uint64_t address, std::uint32_t size, void* user) {
        auto& self = *static_cast<BareEngine*>(user);
        self.blocks.push_back({static_cast<std::uint32_t>(address), size});
        if (self.stop_at_block && *self.stop_at_block == address) {
            self.library.emu_stop(self.uc);
        }
    }

    std::vector<std::uint8_t> ram_;

public:
    bool lenient = false;  ///< ring 3 may fill ring-0 pages as well
};

}  // namespace vmlab::test
