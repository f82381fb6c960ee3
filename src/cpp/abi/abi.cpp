// SPDX-License-Identifier: GPL-2.0-only
#include "abi/abi.hpp"

#include <array>

#include "abi/jos/personality.hpp"
#include "abi/linux/personality.hpp"
#include "abi/pintos/personality.hpp"
#include "abi/xv6/personality.hpp"

namespace vmlab {

namespace {

struct Abi {
    std::string_view name;
    std::unique_ptr<Personality> (*make)();
};

constexpr std::array ABIS = {Abi{"linux", &make_linux_personality},       Abi{"xv6", &make_xv6_personality},
                             Abi{"jos-lab3", &make_jos_lab3_personality}, Abi{"jos-lab4", &make_jos_lab4_personality},
                             Abi{"jos-lab5", &make_jos_lab5_personality}, Abi{"pintos", &make_pintos_personality}};

}  // namespace

std::vector<std::string_view> abi_names() {
    std::vector<std::string_view> names;
    for (const Abi& abi : ABIS) {
        names.push_back(abi.name);
    }
    return names;
}

Result<std::unique_ptr<Personality>, std::string> make_personality(std::string_view name) {
    std::string known;
    for (const Abi& abi : ABIS) {
        if (abi.name == name) {
            return abi.make();
        }
        known += (known.empty() ? "\"" : ", \"") + std::string(abi.name) + "\"";
    }
    return Failure("there is no abi \"" + std::string(name) + "\" in this version; there is " + known);
}

}  // namespace vmlab
