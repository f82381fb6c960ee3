// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/control_messages.hpp"

#include <algorithm>

namespace vmlab::linux_abi {

namespace {

/// struct cmsghdr, before what it tells.
struct ControlHeader {
    static constexpr std::uint32_t SOCKET_LEVEL = 1, RIGHTS = 1, CREDENTIALS = 2;
    std::uint32_t bytes, level, type;
};
constexpr std::uint32_t HEADER_BYTES = sizeof(ControlHeader);

/// Each begins at a multiple of a word.
std::uint32_t padded(std::uint32_t bytes) { return (bytes + 3) & ~3U; }

std::optional<Errno> read_files(Syscall& call, VirtAddr from, std::uint32_t bytes, std::vector<Ref<OpenFile>>& files) {
    constexpr std::size_t MOST_FILES = 253;
    std::vector<std::uint32_t> numbers(bytes / sizeof(std::uint32_t));
    if (files.size() + numbers.size() > MOST_FILES) {
        return Errno::INVAL;
    }
    if (call.memory.copy_in(from, std::as_writable_bytes(std::span(numbers))) == CopyResult::Fault) {
        return Errno::FAULT;
    }
    for (const std::uint32_t number : numbers) {
        auto file = call.process.files().get_any(number);
        if (!file) {
            return Errno::BADF;
        }
        files.push_back(std::move(file).take());
    }
    return std::nullopt;
}

/// Root may say that any process sent it.
std::optional<Errno> read_sender(Syscall& call, VirtAddr from, std::uint32_t bytes, SocketOwner& sender) {
    if (bytes != sizeof(UserCredentials)) {
        return Errno::INVAL;
    }
    const auto credentials = call.memory.read<UserCredentials>(from);
    if (!credentials) {
        return Errno::FAULT;
    }
    if (credentials->user != 0 || credentials->group != 0) {
        return Errno::INVAL;
    }
    if (credentials->pid != sender.pid && call.kernel.find_process(credentials->pid) == nullptr) {
        return Errno::SRCH;
    }
    sender.pid = credentials->pid;
    return std::nullopt;
}

std::optional<Errno> read_one(Syscall& call, const ControlHeader& header, VirtAddr content, Carried& carried) {
    const std::uint32_t bytes = header.bytes - HEADER_BYTES;
    if (header.level != ControlHeader::SOCKET_LEVEL) {
        return std::nullopt;
    }
    if (header.type == ControlHeader::RIGHTS) {
        return read_files(call, content, bytes, carried.files);
    }
    return header.type == ControlHeader::CREDENTIALS ? read_sender(call, content, bytes, carried.sender)
                                                     : std::optional(Errno::INVAL);
}

}  // namespace

Result<Carried, Errno> read_control(Syscall& call, ControlArea area) {
    Carried carried{.files = {}, .sender = call.kernel.filesystem().sockets().user()};
    std::uint32_t at = 0;
    if (area.bytes > 0 && area.bytes < HEADER_BYTES) {
        return Failure(Errno::INVAL);
    }
    while (area.bytes - std::min(area.bytes, at) >= HEADER_BYTES) {
        const auto header = call.memory.read<ControlHeader>(area.address + at);
        if (!header) {
            return Failure(Errno::FAULT);
        }
        if (header->bytes < HEADER_BYTES || header->bytes > area.bytes - at) {
            return Failure(Errno::INVAL);
        }
        if (const auto error = read_one(call, *header, area.address + at + HEADER_BYTES, carried)) {
            return Failure(*error);
        }
        at += padded(header->bytes);
    }
    return carried;
}

namespace {

/// Writes one behind the other, as far as there is room.
class ControlWriter {
public:
    ControlWriter(Syscall& call, ControlArea area) : call_(call), area_(area) {}

    void write_sender(const SocketOwner& sender) {
        const UserCredentials told{sender.pid, sender.user, sender.group};
        const auto content = std::as_bytes(std::span(&told, 1));
        if (left() < HEADER_BYTES) {
            cut();
            return;
        }
        const std::uint32_t room = left() - HEADER_BYTES;
        if (room < content.size()) {
            cut();
        }
        const auto told_part = content.first(std::min<std::size_t>(room, content.size()));
        if (call_.memory.copy_out(place() + HEADER_BYTES, told_part) == CopyResult::Ok) {
            finish(ControlHeader::CREDENTIALS, static_cast<std::uint32_t>(told_part.size()));
        }
    }

    void write_files(const std::vector<Ref<OpenFile>>& files, CloseOnExec on_exec) {
        std::uint32_t told = 0;
        while (told < files.size() && left() >= HEADER_BYTES + (told + 1) * sizeof(std::uint32_t)) {
            const auto number = call_.process.files().install(files[told], 0, on_exec);
            const VirtAddr at = place() + HEADER_BYTES + told * static_cast<std::uint32_t>(sizeof(std::uint32_t));
            if (!number) {
                break;
            }
            if (call_.memory.write(at, number.value()) == CopyResult::Fault) {
                (void)call_.process.files().close(number.value());
                break;
            }
            ++told;
        }
        if (told < files.size()) {
            cut();
        }
        if (told > 0) {
            finish(ControlHeader::RIGHTS, told * static_cast<std::uint32_t>(sizeof(std::uint32_t)));
        }
    }

    [[nodiscard]] const ControlWritten& written() const { return written_; }

private:
    [[nodiscard]] std::uint32_t left() const { return area_.bytes - written_.bytes; }
    [[nodiscard]] VirtAddr place() const { return area_.address + written_.bytes; }
    void cut() { written_.whole = ControlWritten::Whole::CutShort; }
    void finish(std::uint32_t type, std::uint32_t content) {
        const ControlHeader header{HEADER_BYTES + content, ControlHeader::SOCKET_LEVEL, type};
        if (call_.memory.write(place(), header) == CopyResult::Ok) {
            written_.bytes += std::min(left(), padded(header.bytes));
        }
    }

    Syscall& call_;
    ControlArea area_;
    ControlWritten written_;
};

}  // namespace

ControlWritten write_control(Syscall& call, ControlArea area, const SocketReceived& received,
                             const ControlTelling& telling) {
    ControlWriter writer(call, area);
    if (telling.sender == ControlTelling::Sender::Told && received.from == SocketReceived::From::Somebody) {
        writer.write_sender(received.sender);
    }
    writer.write_files(received.files, telling.on_exec);
    return writer.written();
}

}  // namespace vmlab::linux_abi
