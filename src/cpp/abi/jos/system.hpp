// SPDX-License-Identifier: GPL-2.0-only
// System: one JOS kernel, of one of the course's labs: its environments and pages, and what becomes of them.
#pragma once

#include "abi/jos/environments.hpp"
#include "abi/jos/kernel_lines.hpp"
#include "abi/jos/page_records.hpp"

namespace vmlab::jos_abi {

/// Owner: the personality, from the boot on.
class System {
public:
    System(Kernel& its_kernel, Lab its_lab)
        : kernel(its_kernel),
          lab(its_lab),
          environments(its_kernel, its_lab),
          pages(its_kernel),
          lines(its_kernel, its_lab) {}

    /// The environment itself or a child of its own. Null: no such one, or another's. Elsewhere: envid2env with checkperm.
    [[nodiscard]] Environment* find_own(Environment& caller, EnvId id);
    /// Elsewhere: env_destroy.
    void destroy(Environment& environment);
    /// Whether the current environment, whose process it is, may access the range; ends it if not. Elsewhere: user_mem_assert.
    [[nodiscard]] bool expect_memory(Process& process, VirtAddr start, std::uint32_t bytes, Access access);
    [[nodiscard]] Process& process_of(const Environment& environment);
    /// Lets it run, or go on.
    void release(Environment& environment);
    /// Lets it run no more until it is released; the caller's own call is made again then.
    void hold(Environment& environment);
    /// The environment's process is ending.
    void free(Environment& environment);
    void stop_if_none_is_left();

    Kernel& kernel;
    Lab lab;
    Environments environments;
    PageRecords pages;
    KernelLines lines;
    /// In whose trap the kernel is; null between traps, and once it has ended.
    Environment* current = nullptr;
};

/// While it lives the kernel is in a trap of the environment's.
class InTrap {
public:
    InTrap(System& system, Environment& environment) : system_(system) { system.current = &environment; }
    InTrap(const InTrap&) = delete;
    InTrap& operator=(const InTrap&) = delete;
    ~InTrap() { system_.current = nullptr; }

private:
    System& system_;
};

}  // namespace vmlab::jos_abi
