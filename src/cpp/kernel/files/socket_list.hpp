// SPDX-License-Identifier: GPL-2.0-only
// SocketList: all sockets that are open, by the names that no filesystem has too; and those that nobody can reach any more.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "kernel/files/socket.hpp"

namespace vmlab {

/// A socket may be on its way in a message to itself, so that counting never ends it: such ones are found and emptied.
/// Owner: its filesystem. Holds: nothing.
class SocketList {
public:
    using User = std::function<SocketOwner()>;
    /// The process that runs.
    [[nodiscard]] SocketOwner user() const { return user_(); }
    void set_user(User user) { user_ = std::move(user); }

    void add(OpenSocket& socket) { open_.push_back(&socket); }
    void remove(const OpenSocket& socket);

    /// By a name of no filesystem; each kind has names of its own. Null: nobody has it.
    [[nodiscard]] Socket* find(SocketKind kind, const SocketName& name) const;
    /// Fails: AddressInUse.
    [[nodiscard]] Result<Done, FileError> name(Socket& socket, SocketName name);
    /// Names it by a number that no other has. Fails: NoSpace.
    [[nodiscard]] Result<Done, FileError> name_by_number(Socket& socket);

    /// Empties those that can only be reached by what is on its way to themselves.
    void collect();

private:
    [[nodiscard]] std::map<const OpenFile*, std::uint32_t> count_on_their_way() const;
    [[nodiscard]] std::vector<Ref<OpenSocket>> find_unreachable() const;

    std::vector<OpenSocket*> open_;
    std::map<std::pair<SocketKind, SocketName>, Socket*> names_;
    User user_ = [] { return SocketOwner{}; };
    std::uint32_t next_number_ = 1;
    enum class Collecting : std::uint8_t { No, Yes } collecting_ = Collecting::No;
};

}  // namespace vmlab
