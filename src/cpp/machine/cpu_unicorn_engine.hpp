// SPDX-License-Identifier: GPL-2.0-only
// UnicornEngine: one uc_engine with its settings, and the calls that UnicornCpu makes, each checked.
// Included only by cpu_unicorn*.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "machine/cpu_unicorn_library.hpp"
#include "machine/floating_point.hpp"
#include "machine/registers.hpp"

namespace vmlab {

/// Frees what the library allocated.
struct ContextDeleter {
    const UnicornLibrary* library;
    void operator()(uc_context* context) const noexcept { library->context_free(context); }
};
using EngineContext = std::unique_ptr<uc_context, ContextDeleter>;

/// The registers that the engine runs on, as the library keeps them between runs: asking it for ten of them takes as long
/// as the rest of a system call's way out of the guest.
struct LiveRegisters {
    std::array<std::uint64_t, 16> general;  ///< by the instruction set's numbers, 64-bit mode's too
    std::uint64_t eip;
    std::uint64_t eflags;
    std::array<std::byte, 480> segments_and_control;
    std::array<std::array<std::byte, 16>, 8> x87;  ///< 10 bytes each, as they lie: ST(i) is number top + i
    std::array<std::byte, 72> float_control;
    std::array<std::array<std::byte, 64>, 8> vectors;  ///< XMM0 to XMM7 in the first 16 bytes of each
};
static_assert(offsetof(LiveRegisters, x87) == 624 && offsetof(LiveRegisters, vectors) == 824);

/// Owner: UnicornCpu. Invariant: every call that can fail is checked; a failure is a Panic.
class UnicornEngine {
public:
    /// Private memory of the engine, outside guest RAM: the way into ring 3 and the probes lie there.
    static constexpr std::uint64_t PRIVATE_PHYSICAL = 0xF0000000;
    static constexpr std::uint32_t PRIVATE_BYTES = 0x1000;

    UnicornEngine(std::shared_ptr<const UnicornLibrary> library, std::span<std::byte> ram);
    UnicornEngine(const UnicornEngine&) = delete;
    UnicornEngine& operator=(const UnicornEngine&) = delete;
    ~UnicornEngine();

    [[nodiscard]] uc_engine* handle() const { return engine_; }
    [[nodiscard]] const UnicornLibrary& library() const { return *library_; }
    [[nodiscard]] std::span<std::uint8_t> private_page() { return {private_page_.get(), PRIVATE_BYTES}; }

    uc_hook add_hook(int type, void* callback, void* user, std::uint64_t first, std::uint64_t last);
    void remove_hook(uc_hook hook);
    [[nodiscard]] uc_err start(std::uint32_t eip) { return library_->emu_start(engine_, eip, 0, 0, 0); }
    void stop() { library_->emu_stop(engine_); }

    void flush_tlb();
    /// Asks the fill hooks for a translation that allows the page to be fetched, and nothing else: what they grant
    /// takes the place of whatever the TLB held of the page. Nothing happens where it holds one to fetch by.
    void replace_translation(std::uint32_t page);
    void flush_code();
    void remove_code(std::uint32_t first, std::uint32_t last);

    [[nodiscard]] std::uint32_t read_register(int number) const;
    void write_register(int number, std::uint32_t value);
    /// False when the engine refuses the selector.
    [[nodiscard]] bool try_write_segment(int number, std::uint16_t selector);
    void write_descriptor_table(std::uint32_t base, std::uint32_t limit);

    /// From now on the general registers and EFLAGS are read and written there. Requires: that is where they are.
    void use_live_registers(LiveRegisters* live) { live_ = live; }
    /// The general registers, EIP and EFLAGS, in one call.
    void read_general(Registers& out);
    void read_selectors(Registers& out);
    /// Writes the general registers and EFLAGS that differ from `known`; neither EIP nor selectors.
    void write_changed(const Registers& wanted, const Registers& known);

    [[nodiscard]] FloatingPoint read_floating_point();
    void write_floating_point(FloatingPoint state);

    [[nodiscard]] EngineContext make_context() const;
    void save(uc_context& context) const;
    void restore(uc_context& context);
    [[nodiscard]] std::size_t context_size() const { return library_->context_size(engine_); }

private:
    template <typename... Args>
    void control(uc_control_type type, Args... args);
    void check(uc_err error, const char* what) const;

    struct PageDeleter {
        void operator()(std::uint8_t* page) const noexcept {
            ::operator delete[](page, std::align_val_t{PRIVATE_BYTES});
        }
    };
    std::shared_ptr<const UnicornLibrary> library_;
    std::unique_ptr<std::uint8_t, PageDeleter> private_page_;
    uc_engine* engine_ = nullptr;
    LiveRegisters* live_ = nullptr;  ///< the library's own; null where they were not found
};

}  // namespace vmlab
