// SPDX-License-Identifier: GPL-2.0-only
// KernelFixture: a kernel of any ABI on a processor that plays scripts, and a small program to start there.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernel/elf_builder.hpp"
#include "kernel/kernel.hpp"
#include "kernel/user_memory.hpp"
#include "machine/cpu_script.hpp"

namespace vmlab_test {

/// A program of one page of text at 0x08048000 and data and bss from 0x0804a234 to 0x0804c334.
inline std::string small_program() {
    ElfBuilder elf;
    elf.segments = {
        {.offset = 0, .address = 0x08048000, .file_bytes = 0x800, .memory_bytes = 0x800, .flags = 5},
        {.offset = 0x1234, .address = 0x0804a234, .file_bytes = 0x100, .memory_bytes = 0x2100, .flags = 6},
    };
    std::string bytes = elf.bytes();
    std::fill(bytes.begin() + 0x1000, bytes.end(), 'd');
    return bytes;
}

/// Where small_program() has memory that may be written.
constexpr std::uint32_t SCRATCH = 0x0804b000;
constexpr std::uint32_t READ_ONLY = 0x08048000;
constexpr std::uint32_t UNMAPPED = 0x70000000;

struct KernelFixture {
    explicit KernelFixture(std::unique_ptr<vmlab::Personality> personality,
                           std::uint64_t ram_bytes = std::uint64_t{4} << 20, const vmlab::KernelConfig& config = {})
        : machine({.ram_bytes = ram_bytes, .gdt = personality->gdt(), .kernel_window = personality->kernel_window()},
                  [this](vmlab::Machine& made) { return make_cpu(made); }),
          kernel(machine, std::move(personality), config) {}

    vmlab::Result<vmlab::Process*, std::string> try_spawn(vmlab::SpawnRequest request) {
        auto spawned = kernel.spawn(std::move(request));
        if (spawned) {
            // A test looks at memory through UserMemory, as the kernel does for the process that runs.
            machine.mmu().load_cr3(spawned.value()->space().pmap().root());
        }
        return spawned;
    }
    vmlab::Process& spawn(vmlab::SpawnRequest request) {
        auto spawned = try_spawn(std::move(request));
        REQUIRE_MESSAGE(spawned.ok(), spawned.error());
        return *spawned.value();
    }
    /// What starts a program with these arguments, its own name the first.
    static vmlab::SpawnRequest request_of(std::vector<std::string> arguments, std::string elf = small_program()) {
        std::string name = arguments.front();
        return {.name = std::move(name),
                .elf = std::move(elf),
                .arguments = std::move(arguments),
                .environment = {},
                .standard_input = ""};
    }

    vmlab::ScriptCpu* cpu = nullptr;
    vmlab::Machine machine;
    vmlab::Kernel kernel;

private:
    std::unique_ptr<vmlab::Cpu> make_cpu(vmlab::Machine& made) {
        auto script = std::make_unique<vmlab::ScriptCpu>(made.memory(), made.mmu());
        cpu = script.get();
        return script;
    }
};

}  // namespace vmlab_test
