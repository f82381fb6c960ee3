// SPDX-License-Identifier: GPL-2.0-only
#include "machine/vector.hpp"

#include <array>

namespace vmlab {

const char* mnemonic_of(std::uint8_t vector) {
    static constexpr std::array<const char*, 21> names = {"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD",
                                                          "#NM", "#DF", "",    "#TS", "#NP", "#SS", "#GP",
                                                          "#PF", "",    "#MF", "#AC", "#MC", "#XM", "#VE"};
    return vector < names.size() ? names[vector] : "";
}

}  // namespace vmlab
