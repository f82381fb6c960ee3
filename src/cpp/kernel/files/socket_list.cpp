// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/socket_list.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

namespace vmlab {

void SocketList::remove(const OpenSocket& socket) {
    std::erase(open_, &socket);
    const Socket& closed = *socket.socket();
    const auto named = names_.find({closed.kind(), closed.name()});
    if (named != names_.end() && named->second == &closed) {
        names_.erase(named);
    }
}

Socket* SocketList::find(SocketKind kind, const SocketName& name) const {
    const auto found = names_.find({kind, name});
    return found == names_.end() ? nullptr : found->second;
}

Result<Done, FileError> SocketList::name(Socket& socket, SocketName name) {
    if (!names_.try_emplace({socket.kind(), name}, &socket).second) {
        return Failure(FileError::AddressInUse);
    }
    socket.set_name(std::move(name), nullptr);
    return Done{};
}

Result<Done, FileError> SocketList::name_by_number(Socket& socket) {
    constexpr std::uint32_t NUMBERS = 1U << 20;
    for (std::uint32_t tried = 0; tried < NUMBERS; ++tried) {
        std::array<char, 8> digits{};
        (void)std::snprintf(digits.data(), digits.size(), "%05x", next_number_++ % NUMBERS);
        if (name(socket, SocketName(1, '\0') + digits.data())) {
            return Done{};
        }
    }
    return Failure(FileError::NoSpace);
}

std::map<const OpenFile*, std::uint32_t> SocketList::count_on_their_way() const {
    std::map<const OpenFile*, std::uint32_t> counts;
    const auto count = [&counts](const OpenFile& file) { ++counts[&file]; };
    for (const OpenSocket* socket : open_) {
        socket->socket()->for_each_file(count);
        for (const auto& connection : socket->socket()->waiting_connections()) {
            count(*connection);
        }
    }
    return counts;
}

// What is held by more than messages is reached, and so is what is on its way to it.
std::vector<Ref<OpenSocket>> SocketList::find_unreachable() const {
    const auto on_their_way = count_on_their_way();
    std::set<const OpenFile*> reached;
    std::vector<const OpenSocket*> todo;
    const auto reach = [&](const OpenFile& file) {
        const auto* const socket = dynamic_cast<const OpenSocket*>(&file);
        if (socket != nullptr && reached.insert(socket).second) {
            todo.push_back(socket);
        }
    };
    for (const OpenSocket* socket : open_) {
        const auto found = on_their_way.find(socket);
        if (found == on_their_way.end() || socket->ref_count() > found->second) {
            reach(*socket);
        }
    }
    while (!todo.empty()) {
        const Socket& next = *todo.back()->socket();
        todo.pop_back();
        next.for_each_file(reach);
        std::ranges::for_each(next.waiting_connections(), [&](const auto& connection) { reach(*connection); });
    }
    std::vector<Ref<OpenSocket>> unreachable;
    for (OpenSocket* socket : open_) {
        if (!reached.contains(socket)) {
            unreachable.emplace_back(socket);
        }
    }
    return unreachable;
}

void SocketList::collect() {
    const auto has_files = [](const OpenSocket* socket) { return socket->socket()->holds_files(); };
    if (collecting_ == Collecting::Yes || std::ranges::none_of(open_, has_files)) {
        return;
    }
    collecting_ = Collecting::Yes;
    for (const Ref<OpenSocket>& socket : find_unreachable()) {
        socket->socket()->discard();
    }
    collecting_ = Collecting::No;
}

}  // namespace vmlab
