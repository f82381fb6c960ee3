// SPDX-License-Identifier: GPL-2.0-only
// What the system calls itself, in uname() and in /proc.
#pragma once

namespace vmlab {

struct SystemNames {
    static constexpr const char* SYSTEM = "Linux";
    static constexpr const char* HOST = "vmlab";
    static constexpr const char* RELEASE = "6.1.0";
    static constexpr const char* VERSION = "#1 vmlab";
    static constexpr const char* MACHINE = "i686";
    static constexpr const char* DOMAIN = "(none)";
};

}  // namespace vmlab
