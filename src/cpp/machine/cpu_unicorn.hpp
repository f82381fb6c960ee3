// SPDX-License-Identifier: GPL-2.0-only
// The processor that executes real i386 code: Unicorn behind the Cpu interface.
#pragma once

#include <memory>

#include "machine/cpu.hpp"
#include "machine/descriptor.hpp"
#include "machine/engine_library.hpp"
#include "machine/io_ports.hpp"
#include "machine/mmu.hpp"
#include "machine/physical_memory.hpp"

namespace vmlab {

/// Whether every single page reference reaches the Mmu, or only those that the engine's own TLB misses.
enum class AccessTracing : std::uint8_t { OnMiss, EveryReference };

/// Whether what is known of the engine beyond its interface is used where it proves right: a fault's exact address, the
/// registers' place, forgetting a single page. Without it the same comes of bisection, of calls, of forgetting all.
enum class EngineShortcuts : std::uint8_t { WhereProven, Never };

struct UnicornCpuConfig {
    VirtAddr gdt_address;  ///< the GDT's linear address, as sgdt shows it
    /// EveryReference costs about a microsecond an instruction. It is implied by StaleEntries::Honoured.
    AccessTracing tracing = AccessTracing::OnMiss;
    /// Told, under EveryReference, of each page an instruction referenced, once the instruction has completed; each
    /// distinct (page, access) once, a read-modify-write as a Write alone. Not owned; may be null.
    AccessObserver* observer = nullptr;
    EngineShortcuts shortcuts = EngineShortcuts::WhereProven;
    /// What in and out reach. Not owned; without it they are refused.
    IoPorts* ports = nullptr;
};

/// Makes a processor in ring 3 on `memory`, translating through `mmu`. All references must outlive it.
/// It installs itself as the memory's code listener. Throws EngineError when the engine cannot be used.
[[nodiscard]] std::unique_ptr<Cpu> make_unicorn_cpu(const EngineLibraries& libraries, PhysicalMemory& memory, Mmu& mmu,
                                                    const DescriptorTables& descriptors,
                                                    const UnicornCpuConfig& config);

}  // namespace vmlab
