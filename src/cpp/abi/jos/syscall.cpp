// SPDX-License-Identifier: GPL-2.0-only
#include "abi/jos/syscall.hpp"

#include <vector>

namespace vmlab::jos_abi {

namespace {

struct Declaration {
    Lab since;
    std::string_view name, arguments;
    SyscallHandler handler;
};

constexpr Declaration DECLARATIONS[] = {
#define VMLAB_JOS_SYSCALL(since, name, arguments, handler) {Lab::since, #name, arguments, &handler},
#include "abi/jos/syscalls.def"
};

/// By their numbers in one lab.
struct Table {
    std::vector<SyscallName> names;
    std::vector<SyscallHandler> handlers;
};

Table make_table(Lab lab) {
    Table table;
    for (const Declaration& call : DECLARATIONS) {
        if (call.since <= lab) {
            table.names.push_back({static_cast<std::uint32_t>(table.names.size()), call.name, call.arguments});
            table.handlers.push_back(call.handler);
        }
    }
    return table;
}

const Table& table_of(Lab lab) {
    static const std::array TABLES = {make_table(Lab::Three), make_table(Lab::Four), make_table(Lab::Five)};
    return TABLES.at(static_cast<std::size_t>(lab) - static_cast<std::size_t>(Lab::Three));
}

}  // namespace

std::span<const SyscallName> syscall_table(Lab lab) { return table_of(lab).names; }

SyscallHandler find_syscall(Lab lab, std::uint32_t number) {
    const Table& table = table_of(lab);
    return number < table.handlers.size() ? table.handlers[number] : nullptr;
}

}  // namespace vmlab::jos_abi
