// SPDX-License-Identifier: GPL-2.0-only
// CallHandler: what the calls and traps of an ABI of the user's own do.
#pragma once

#include <cstdint>
#include <span>

#include "abi/own/caller.hpp"

namespace vmlab {

/// Implemented by the bindings, for an ABI written in Python and for replay. Each may throw what the user's code threw: the
/// trap is then handled again by the next run.
class CallHandler {
public:
    virtual ~CallHandler() = default;
    /// What goes into EAX; it counts unless the caller left. Also of a number that no call has, without arguments.
    [[nodiscard]] virtual std::uint32_t on_call(Caller& caller, std::uint32_t number,
                                                std::span<const std::uint32_t> arguments) = 0;
    /// The instruction is tried again unless the caller left.
    virtual void on_fault(Caller& caller, const PageFault& fault, FaultResult why) = 0;
    virtual void on_exception(Caller& caller, std::uint8_t vector, std::uint32_t error) = 0;
};

}  // namespace vmlab
