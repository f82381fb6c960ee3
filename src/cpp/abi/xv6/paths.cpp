// SPDX-License-Identifier: GPL-2.0-only
#include "abi/xv6/paths.hpp"

#include "abi/xv6/layout.hpp"

namespace vmlab::xv6_abi {

Path read_path(std::string_view text) {
    Path path{.text = text.starts_with('/') ? "/" : "", .last = ""};
    while (!text.empty()) {
        const std::size_t slash = std::min(text.find('/'), text.size());
        if (slash > 0) {
            path.last = text.substr(0, std::min<std::size_t>(slash, LONGEST_NAME));
            path.text += (path.text.empty() || path.text.ends_with('/') ? "" : "/") + path.last;
        }
        text.remove_prefix(std::min(slash + 1, text.size()));
    }
    path.text = path.text.empty() ? "." : path.text;
    return path;
}

std::string directory_for(const Process& process, const Path& path) {
    return path.text.starts_with('/') ? "/" : process.place().working_directory();
}

std::string path_of_users_file(std::string_view path) {
    const std::size_t name = path.rfind('/') + 1;
    std::string without(path);
    if (path.size() > name + 1 && path[name] == '_') {
        without.erase(name, 1);
    }
    return read_path(without).text;
}

}  // namespace vmlab::xv6_abi
