// SPDX-License-Identifier: GPL-2.0-only
// Signal numbers, sets of them, and what is known of one that was sent; how they are delivered is the abi's matter.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "base/address.hpp"

namespace vmlab {

/// Those that have a name; 32 to 64 are the real-time signals.
enum class Signal : std::uint8_t {
    None = 0,
    HangUp = 1,
    Interrupt = 2,
    Quit = 3,
    Ill = 4,
    Trap = 5,
    Abort = 6,
    Bus = 7,
    FloatingPoint = 8,
    Kill = 9,
    User1 = 10,
    Segv = 11,
    User2 = 12,
    Pipe = 13,
    Alarm = 14,
    Term = 15,
    StackFault = 16,
    Child = 17,
    Continue = 18,
    Stop = 19,
    TerminalStop = 20,
    TerminalInput = 21,
    TerminalOutput = 22,
    Urgent = 23,
    CpuLimit = 24,
    FileSizeLimit = 25,
    VirtualAlarm = 26,
    Profile = 27,
    WindowChanged = 28,
    Io = 29,
    Power = 30,
    System = 31,
};

inline constexpr std::uint32_t FIRST_REALTIME_SIGNAL = 32;
inline constexpr std::uint32_t LAST_SIGNAL = 64;

/// A set of signals: bit n - 1 is signal n, as in a sigset_t.
struct SignalSet {
    std::uint64_t bits = 0;

    template <typename... Signals>
    [[nodiscard]] static constexpr SignalSet of(Signals... signals) {
        return {(std::uint64_t{0} | ... | (std::uint64_t{1} << (static_cast<std::uint32_t>(signals) - 1)))};
    }
    /// As it stands in a guest's memory: signals 1 to 32, and 33 to 64.
    using Words = std::array<std::uint32_t, 2>;
    [[nodiscard]] static constexpr SignalSet of_words(Words words) {
        return {words[0] | (std::uint64_t{words[1]} << 32)};
    }
    [[nodiscard]] constexpr Words words() const {
        return {static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32)};
    }
    [[nodiscard]] constexpr bool empty() const { return bits == 0; }
    [[nodiscard]] constexpr bool contains(Signal signal) const { return (bits & of(signal).bits) != 0; }
    /// Requires: not empty.
    [[nodiscard]] constexpr Signal first() const { return static_cast<Signal>(std::countr_zero(bits) + 1); }
    [[nodiscard]] constexpr SignalSet with(SignalSet other) const { return {bits | other.bits}; }
    [[nodiscard]] constexpr SignalSet without(SignalSet other) const { return {bits & ~other.bits}; }
    [[nodiscard]] constexpr SignalSet both(SignalSet other) const { return {bits & other.bits}; }
    bool operator==(const SignalSet&) const = default;
};

/// What a receiver may ask of a signal. Elsewhere: siginfo_t, which is made from it.
struct SignalInfo {
    Signal signal = Signal::None;
    std::int32_t code = 0;     ///< the ABI's si_code: who sent it and why
    std::uint32_t pid = 0;     ///< of the sender, or of the child
    std::uint32_t status = 0;  ///< a child's status
    std::uint32_t value = 0;   ///< what the sender added
    VirtAddr address;          ///< of a fault
    std::uint32_t timer = 0;   ///< one more than the number of the timer that sent it; 0: none did
};

}  // namespace vmlab
