// SPDX-License-Identifier: GPL-2.0-only
#include "abi/pintos/command_line.hpp"

#include <algorithm>

namespace vmlab::pintos_abi {

std::vector<std::string> split_command(std::string_view line) {
    std::vector<std::string> words;
    for (std::size_t at = line.find_first_not_of(' '); at != std::string_view::npos;) {
        const std::size_t end = std::min(line.find(' ', at), line.size());
        words.emplace_back(line.substr(at, end - at));
        at = line.find_first_not_of(' ', end);
    }
    return words;
}

std::string join_command(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words) {
        line.append(line.empty() ? "" : " ").append(word);
    }
    return line;
}

}  // namespace vmlab::pintos_abi
