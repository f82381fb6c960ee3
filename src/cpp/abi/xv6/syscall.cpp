// SPDX-License-Identifier: GPL-2.0-only
#include "abi/xv6/syscall.hpp"

#include <array>

namespace vmlab::xv6_abi {

namespace {

constexpr std::size_t TABLE_SIZE = 32;

constexpr std::array<SyscallHandler, TABLE_SIZE> HANDLERS = [] {
    std::array<SyscallHandler, TABLE_SIZE> handlers{};
#define VMLAB_XV6_SYSCALL(number, name, arguments, handler) handlers[number] = handler;
#include "abi/xv6/syscalls.def"
    return handlers;
}();

constexpr SyscallName NAMES[] = {
#define VMLAB_XV6_SYSCALL(number, name, arguments, handler) {number, #name, arguments},
#include "abi/xv6/syscalls.def"
};

}  // namespace

SyscallHandler find_syscall(std::uint32_t number) { return number < TABLE_SIZE ? HANDLERS[number] : nullptr; }

std::span<const SyscallName> syscall_table() { return NAMES; }

std::optional<std::uint32_t> Syscall::word_at(std::uint32_t address) {
    if (address >= size() || address + 4 > size()) {
        return std::nullopt;
    }
    return memory.read<std::uint32_t>(VirtAddr(address));
}

std::optional<std::string> Syscall::text_at(std::uint32_t address) {
    std::string text;
    std::array<char, PAGE_SIZE> piece{};
    while (address < size()) {
        const std::uint32_t in_page = PAGE_SIZE - VirtAddr(address).offset();
        const auto part = std::span(piece).first(std::min(in_page, size() - address));
        if (memory.copy_in(VirtAddr(address), std::as_writable_bytes(part)) == CopyResult::Fault) {
            return std::nullopt;
        }
        const std::string_view found(part.data(), part.size());
        const std::size_t end = found.find('\0');
        text.append(found.substr(0, end));
        if (end != std::string_view::npos) {
            return text;
        }
        address += static_cast<std::uint32_t>(part.size());
    }
    return std::nullopt;
}

std::optional<VirtAddr> Syscall::pointer(std::uint32_t index, std::uint32_t bytes) {
    const auto address = argument(index);
    const bool good =
        address && static_cast<std::int32_t>(bytes) >= 0 && *address < size() && *address + bytes <= size();
    return good ? std::optional(VirtAddr(*address)) : std::nullopt;
}

std::optional<std::string> Syscall::text(std::uint32_t index) {
    const auto address = argument(index);
    return address ? text_at(*address) : std::nullopt;
}

Ref<OpenFile> Syscall::file() {
    const auto descriptor = argument(0);
    const auto found = descriptor ? process.files().get(*descriptor) : Failure(FileError::BadDescriptor);
    return found ? found.value() : nullptr;
}

std::uint32_t wait_for(Syscall& call, const OpenFile& file, Direction direction) {
    const auto channel = file.wait_channel(direction);
    require(channel.has_value(), "what makes one wait wakes one");
    call.kernel.wait_for_files(call.process, {.channels = {*channel}, .turn = FileWait::Turn::Exclusive}, std::nullopt);
    return FAILED;
}

}  // namespace vmlab::xv6_abi
