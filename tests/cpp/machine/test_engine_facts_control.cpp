// SPDX-License-Identifier: GPL-2.0-only
// What UnicornCpu relies on in the engine: rings, exceptions, stopping, stepping, contexts. One case a fact.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "machine/bare_engine.hpp"

using vmlab::test::BareEngine;

namespace {

constexpr std::uint32_t CODE = BareEngine::CODE;
constexpr std::uint32_t DATA = 0x00500000;
constexpr int RW = UC_PROT_READ | UC_PROT_WRITE;
constexpr std::uint32_t TRAP_FLAG = 0x100;

class Context {
public:
    explicit Context(BareEngine& engine) : engine_(engine) {
        BareEngine::check(engine.library.context_alloc(engine.uc, &context_));
    }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    ~Context() { engine_.library.context_free(context_); }

    std::vector<std::int32_t> save() {
        BareEngine::check(engine_.library.context_save(engine_.uc, context_));
        std::vector<std::int32_t> words(engine_.library.context_size(engine_.uc) / 4);
        std::memcpy(words.data(), context_, words.size() * 4);
        return words;
    }
    void write(std::size_t word, std::int32_t value) {
        std::memcpy(reinterpret_cast<std::uint8_t*>(context_) + word * 4, &value, 4);
    }
    void restore() { BareEngine::check(engine_.library.context_restore(engine_.uc, context_)); }

private:
    BareEngine& engine_;
    uc_context* context_ = nullptr;
};

void step(BareEngine& engine, std::uint32_t eip) {
    engine.set(UC_X86_REG_EFLAGS, engine.get(UC_X86_REG_EFLAGS) | TRAP_FLAG);
    engine.run(eip);
}

}  // namespace

TEST_CASE("engine: ring 3 is entered by iret; writing a ring-3 SS in ring 0 is refused") {
    BareEngine engine;
    engine.set(UC_X86_REG_CS, 0x08);
    engine.set(UC_X86_REG_SS, 0x10);
    CHECK(engine.try_set(UC_X86_REG_SS, 0x23) != UC_ERR_OK);
    engine.enter_ring3();
    CHECK(engine.get(UC_X86_REG_CS) == 0x1B);
    CHECK(engine.get(UC_X86_REG_SS) == 0x23);
    CHECK(engine.get(UC_X86_REG_EIP) == CODE);
}

TEST_CASE("engine: a privileged instruction in ring 3 arrives as vector 13 with EIP on it") {
    for (const int opcode : {0xFA, 0xFB, 0xF4}) {  // cli, sti, hlt
        CAPTURE(opcode);
        BareEngine engine;
        engine.enter_ring3();
        engine.code({0x90, opcode});
        engine.run();
        REQUIRE(engine.interrupts.size() == 1);
        CHECK(engine.interrupts[0].vector == 13);
        CHECK(engine.interrupts[0].eip == CODE + 1);
    }
}

TEST_CASE("engine: int n is delivered for every n but 6, with EIP after it and no gate check") {
    BareEngine engine;
    engine.enter_ring3();
    for (int n = 0; n < 256; ++n) {
        CAPTURE(n);
        const std::uint32_t at = static_cast<std::uint32_t>(n) * 4;
        engine.code({0xCD, n, 0x90, 0x90}, at);
        engine.interrupts.clear();
        const uc_err result = engine.run(CODE + at);
        if (n == 6) {  // taken for an undefined instruction, with EIP on it
            CHECK(result == UC_ERR_INSN_INVALID);
            CHECK(engine.get(UC_X86_REG_EIP) == CODE + at);
            continue;
        }
        REQUIRE(engine.interrupts.size() == 1);
        CHECK(engine.interrupts[0].vector == static_cast<std::uint32_t>(n));
        CHECK(engine.interrupts[0].eip == CODE + at + 2);
    }
}

TEST_CASE("engine: int3 arrives as vector 3 with EIP after it, into likewise as vector 4") {
    BareEngine engine;
    engine.enter_ring3();
    engine.code({0xCC, 0xCE});
    engine.run();
    engine.set(UC_X86_REG_EFLAGS, 0xA02);
    engine.run(CODE + 1);
    REQUIRE(engine.interrupts.size() == 2);
    CHECK(engine.interrupts[0].vector == 3);
    CHECK(engine.interrupts[0].eip == CODE + 1);
    CHECK(engine.interrupts[1].vector == 4);
    CHECK(engine.interrupts[1].eip == CODE + 2);
}

TEST_CASE("engine: in, out, syscall and sysenter raise nothing in ring 3") {
    BareEngine engine;
    engine.enter_ring3();
    engine.code({0xE4, 0x10, 0xE6, 0x10, 0x0F, 0x05, 0x0F, 0x34, 0x90, 0xCC});
    engine.run();
    REQUIRE(engine.interrupts.size() == 1);
    CHECK(engine.interrupts[0].vector == 3);
    CHECK(engine.interrupts[0].eip == CODE + 10);
}

TEST_CASE("engine: a stop asked for in an instruction hook takes effect only at the end of the block") {
    BareEngine engine;
    engine.enter_ring3();
    engine.code({0xE4, 0x10, 0x41, 0xEB, 0x00, 0x42, 0xCC});  // in al,0x10; inc ecx; jmp; inc edx; int3
    const uc_cb_insn_in_t stop = [](uc_engine*, std::uint32_t, int, void* user) -> std::uint32_t {
        auto& self = *static_cast<BareEngine*>(user);
        self.library.emu_stop(self.uc);
        return 0;
    };
    engine.hook_instruction(UC_X86_INS_IN, reinterpret_cast<void*>(stop));
    engine.run();
    CHECK(engine.get(UC_X86_REG_ECX) == 1);  // so in and out must be stopped before the block, not in the hook
    CHECK(engine.get(UC_X86_REG_EDX) == 0);
}

TEST_CASE("engine: an undefined instruction ends the run with its own error code and EIP on it") {
    BareEngine engine;
    engine.enter_ring3();
    engine.code({0x90, 0x0F, 0x0B});
    CHECK(engine.run() == UC_ERR_INSN_INVALID);
    CHECK(engine.get(UC_X86_REG_EIP) == CODE + 1);
    CHECK(engine.interrupts.empty());
    engine.code({0x90, 0x90, 0xF1});  // icebp: unknown to the engine
    CHECK(engine.run(CODE) == UC_ERR_INSN_INVALID);
}

TEST_CASE("engine: a second contributory exception escalates unless the context's memory of the first is put back") {
    BareEngine engine;
    engine.enter_ring3();
    engine.code({0xFA, 0xF7, 0xF1});  // cli; div ecx
    Context context(engine);
    const auto clean = context.save();
    engine.run(CODE);
    const auto after_gp = context.save();
    engine.run(CODE + 1);
    REQUIRE(engine.interrupts.size() == 2);
    CHECK(engine.interrupts[0].vector == 13);
    CHECK(engine.interrupts[1].vector == 8);  // a #DE should be 0
    const auto after_double = context.save();

    std::vector<std::size_t> candidates;
    for (std::size_t i = 0; i < clean.size(); ++i) {
        if (clean[i] == after_gp[i] || after_gp[i] != 13 || after_double[i] != 8) {
            continue;
        }
        candidates.push_back(i);
    }
    REQUIRE(candidates.size() == 1);
    context.write(candidates[0], clean[candidates[0]]);
    context.restore();
    engine.run(CODE + 1);
    CHECK(engine.interrupts.back().vector == 0);
    CHECK(engine.interrupts.back().eip == CODE + 1);
}

TEST_CASE("engine: the error code of a selector exception lies in the context at one place") {
    std::vector<std::size_t> candidates;
    for (const std::uint32_t selector : {0x1234U, 0x4C8U}) {
        BareEngine engine;
        engine.enter_ring3();
        engine.code({0x8E, 0xE8});  // mov gs,ax
        engine.set(UC_X86_REG_EAX, selector);
        Context context(engine);
        engine.run();
        REQUIRE(engine.interrupts.size() == 1);
        CHECK(engine.interrupts[0].vector == 13);
        const auto words = context.save();
        std::vector<std::size_t> found;
        for (std::size_t i = 0; i < words.size(); ++i) {
            if (static_cast<std::uint32_t>(words[i]) == (selector & 0xFFFC) && i > 64) {
                found.push_back(i);
            }
        }
        if (candidates.empty()) {
            candidates = found;
        } else {
            std::erase_if(candidates,
                          [&](std::size_t i) { return std::find(found.begin(), found.end(), i) == found.end(); });
        }
    }
    CHECK(candidates.size() == 1);
}

TEST_CASE("engine: a page fault of the fill hook leaves no trace that escalates") {
    BareEngine engine;
    engine.enter_ring3();
    engine.code({0x89, 0x03, 0xFA});
    engine.set(UC_X86_REG_EBX, DATA);
    for (int i = 0; i < 3; ++i) {
        CHECK(engine.run() == UC_ERR_EXCEPTION);
    }
    CHECK(engine.interrupts.empty());
    engine.run(CODE + 2);
    CHECK(engine.interrupts.back().vector == 13);
}

TEST_CASE("engine: the trap flag raises vector 1 after one instruction and shows in pushf") {
    BareEngine engine;
    engine.enter_ring3();
    engine.pages[DATA] = {8, RW};
    engine.code({0x40, 0x9C, 0x40});
    engine.set(UC_X86_REG_ESP, DATA + 8);
    step(engine, CODE);
    REQUIRE(engine.interrupts.size() == 1);
    CHECK(engine.interrupts[0].vector == 1);
    CHECK(engine.interrupts[0].eip == CODE + 1);
    CHECK(engine.get(UC_X86_REG_EAX) == 1);
    step(engine, CODE + 1);
    CHECK((engine.frame(8)[5] & 1) == 1);
}

TEST_CASE("engine: a stop in the block hook leaves EIP at the block's start with nothing run") {
    BareEngine engine;
    engine.enter_ring3();
    engine.hook_blocks();
    engine.code({0x40, 0xEB, 0x00, 0x41, 0x83, 0xF9, 0x03, 0x75, 0xF7,
                 0xCC});  // inc eax; jmp +0; inc ecx; cmp ecx,3; jne CODE; int3
    engine.stop_at_block = CODE + 3;
    CHECK(engine.run() == UC_ERR_OK);
    CHECK(engine.get(UC_X86_REG_EIP) == CODE + 3);
    CHECK(engine.get(UC_X86_REG_EAX) == 1);
    CHECK(engine.get(UC_X86_REG_ECX) == 0);
    REQUIRE(engine.blocks.size() == 2);
    CHECK(engine.blocks[0].address == CODE);
    CHECK(engine.blocks[0].size == 3);
    // Chained blocks are seen as well.
    engine.stop_at_block.reset();
    engine.run(CODE + 3);
    CHECK(engine.get(UC_X86_REG_EAX) == 3);
    engine.stop_at_block = CODE + 3;
    engine.run(CODE);
    CHECK(engine.get(UC_X86_REG_EIP) == CODE + 3);
}

TEST_CASE("engine: after a stop in the block hook the same block runs when started again") {
    BareEngine engine;
    engine.enter_ring3();
    engine.hook_blocks();
    engine.code({0x40, 0xCC});
    engine.stop_at_block = CODE;
    engine.run();
    CHECK(engine.get(UC_X86_REG_EAX) == 0);
    engine.stop_at_block.reset();
    engine.run();
    CHECK(engine.get(UC_X86_REG_EAX) == 1);
}

TEST_CASE("engine: a store into its own block calls the block hook again") {
    BareEngine engine;
    engine.enter_ring3();
    engine.hook_blocks();
    engine.pages[CODE].perms = UC_PROT_ALL;
    engine.code({0x41, 0xC6, 0x03, 0x42, 0x90, 0x90, 0xCC});  // inc ecx; mov byte [ebx],0x42; nop (becomes inc edx)
    engine.set(UC_X86_REG_EBX, CODE + 5);
    engine.run();
    CHECK(engine.get(UC_X86_REG_ECX) == 1);
    CHECK(engine.get(UC_X86_REG_EDX) == 1);
    CHECK(engine.blocks.size() > 1);
}

TEST_CASE("engine: with exits enabled and none set, code runs on through the until address") {
    BareEngine engine;
    engine.enter_ring3();
    engine.code({0x40, 0x40, 0xCC});
    engine.library.emu_start(engine.uc, CODE, CODE + 1, 0, 0);
    CHECK(engine.get(UC_X86_REG_EAX) == 2);
}

TEST_CASE("engine: loading a segment in ring 3 reads the descriptor table as if ring 3 read it") {
    BareEngine engine;
    engine.enter_ring3();
    engine.code({0x8E, 0xE8, 0xCC});  // mov gs,ax
    engine.set(UC_X86_REG_EAX, 0x2B);
    CHECK(engine.run() == UC_ERR_EXCEPTION);
    REQUIRE(engine.fills.size() == 2);
    CHECK(engine.fills[1].page == BareEngine::GDT);
    CHECK(engine.fills[1].type == UC_MEM_READ);
    CHECK(engine.fills[1].cs == 0x1B);
    CHECK(engine.get(UC_X86_REG_EIP) == CODE);
    engine.lenient = true;
    engine.run();
    CHECK(engine.get(UC_X86_REG_GS) == 0x2B);
}

TEST_CASE("engine: rdtsc and rdtscp can be answered by a hook") {
    BareEngine engine;
    engine.enter_ring3();
    engine.code({0x0F, 0x31, 0xCC});
    const uc_cb_insn_cpuid_t answer = [](uc_engine*, void* user) -> int {
        auto& self = *static_cast<BareEngine*>(user);
        self.set(UC_X86_REG_EAX, 0x1234);
        self.set(UC_X86_REG_EDX, 0x5678);
        return 1;
    };
    engine.hook_instruction(UC_X86_INS_RDTSC, reinterpret_cast<void*>(answer));
    engine.run();
    CHECK(engine.get(UC_X86_REG_EAX) == 0x1234);
    CHECK(engine.get(UC_X86_REG_EDX) == 0x5678);
}

TEST_CASE("engine: rdrand is undefined on the processor model we choose") {
    BareEngine engine(UC_CPU_X86_PENRYN);
    engine.enter_ring3();
    engine.code({0x0F, 0xC7, 0xF0});
    CHECK(engine.run() == UC_ERR_INSN_INVALID);
    BareEngine newer(UC_CPU_X86_IVYBRIDGE);
    newer.enter_ring3();
    newer.code({0x0F, 0xC7, 0xF0, 0xCC});
    CHECK(newer.run() == UC_ERR_OK);
}

#ifdef __linux__
TEST_CASE("engine: a small translation buffer keeps an engine's address space small") {
    const auto reserved_pages = [] {
        std::ifstream file("/proc/self/statm");
        long pages = 0;
        file >> pages;
        return pages;
    };
    const long before = reserved_pages();
    BareEngine engine;
    engine.enter_ring3();
    CHECK((reserved_pages() - before) * 4 < 256 * 1024);
}
#endif
