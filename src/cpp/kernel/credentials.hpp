// SPDX-License-Identifier: GPL-2.0-only
// Credentials: what a thread may do. Its user and group are always 0, the only ones there are.
#pragma once

#include <cstdint>

namespace vmlab {

/// Root's rights, one bit each. They are kept and told; no call asks for one.
struct Capabilities {
    static constexpr std::uint64_t ALL = (std::uint64_t{1} << 41) - 1;  ///< up to CAP_CHECKPOINT_RESTORE
    std::uint64_t effective = ALL;                                      ///< in force
    std::uint64_t permitted = ALL;                                      ///< that it may put in force
    std::uint64_t inheritable = 0;                                      ///< that a program it executes may have
};

/// Elsewhere: struct cred (Linux), struct ucred (BSD).
/// Owner: its thread; a child has a copy.
struct Credentials {
    std::uint32_t further_groups = 0;  ///< how many times group 0 is in its list of groups
    Capabilities capabilities;

    /// Root has all rights again in a program that it executes.
    void start_program() { capabilities.effective = capabilities.permitted = Capabilities::ALL; }
};

}  // namespace vmlab
