// SPDX-License-Identifier: GPL-2.0-only
// Brings a fresh engine into ring 3, and finds where it keeps what its interface does not tell, or tells slowly.
// Included only by cpu_unicorn*.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/address.hpp"
#include "machine/cpu_unicorn_engine.hpp"
#include "machine/descriptor.hpp"

namespace vmlab {

/// Places inside the library's own objects, found or verified by deliberate faults and never assumed.
struct EnginePrivates {
    std::optional<std::size_t> fault_address;  ///< byte in uc_engine; nothing where it did not prove right
    std::size_t error_code = 0;                ///< byte in a saved uc_context
    std::size_t is_software = 0;               ///< byte in a saved uc_context: 1 after int n, int3 and into
    std::size_t exception_in_flight = 0;       ///< byte in a saved uc_context; must be put back after an exception
    std::int32_t no_exception = 0;             ///< its value in a clean context
    bool replaces_translations = false;        ///< what replace_translation() promises proved right
    LiveRegisters* live_registers = nullptr;   ///< null where they did not prove to be where they are looked for

    void avoid_shortcuts() {
        fault_address.reset();
        replaces_translations = false;
        live_registers = nullptr;
    }
    [[nodiscard]] std::uint64_t read_fault_address(const uc_engine* engine) const;
    [[nodiscard]] static std::int32_t read(const uc_context& context, std::size_t at);
    static void write(uc_context& context, std::size_t at, std::int32_t value);
};

/// Loads the descriptor table and control registers, enters ring 3 by an iret and probes.
/// Ensures: ring 3, general registers 0, x87 and SSE initialised, no translation cached, no hook left.
/// Throws EngineError when the engine does not behave as the supported versions do.
[[nodiscard]] EnginePrivates set_up_engine(UnicornEngine& engine, VirtAddr gdt_address, FrameNumber gdt_frame,
                                           const GdtLayout& layout);

}  // namespace vmlab
