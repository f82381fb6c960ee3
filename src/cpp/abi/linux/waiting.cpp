// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/waiting.hpp"

#include "abi/linux/time_records.hpp"
#include "abi/linux/timeouts.hpp"
#include "kernel/files/socket.hpp"

namespace vmlab::linux_abi {

SyscallResult wait_for(Syscall& call, FileWait wait, OnSignal how, std::optional<std::uint64_t> until) {
    return unless_interrupted(call, how, [&] { call.kernel.wait_for_files(call.process, std::move(wait), until); });
}

namespace {

/// How long a call waits at most, and what it is told then.
struct Patience {
    std::uint64_t units;
    SyscallResult at_end;
};

std::optional<Patience> patience_of(const OpenFile& file, Direction direction) {
    constexpr std::uint64_t TENTH = SECOND / 10;
    if (const auto* const socket = dynamic_cast<const OpenSocket*>(&file)) {
        const Socket::Settings& settings = socket->socket()->settings;
        const auto units = direction == Direction::Input ? settings.receive_patience : settings.send_patience;
        return units ? std::optional(Patience{*units, Errno::AGAIN}) : std::nullopt;
    }
    const bool reads = direction == Direction::Input && file.terminal() != nullptr;
    const auto tenths = reads ? file.terminal()->patience() : std::nullopt;
    return tenths ? std::optional(Patience{*tenths * TENTH, 0U}) : std::nullopt;
}

SyscallResult wait_at(Syscall& call, const OpenFile& file, Direction direction,
                      const std::optional<WaitChannel>& channel) {
    if (file.block_mode() == BlockMode::Refuse || !channel) {
        return Errno::AGAIN;
    }
    const auto patience = patience_of(file, direction);
    const std::uint64_t until = deadline_of(call, patience ? std::optional(patience->units) : std::nullopt);
    if (patience && call.kernel.now() >= until) {
        return patience->at_end;
    }
    const OnSignal how = patience && file.terminal() == nullptr ? OnSignal::Never : OnSignal::Restart;
    return wait_for(call, {.channels = {*channel}, .turn = FileWait::Turn::Exclusive}, how, until);
}

}  // namespace

SyscallResult wait_for_file(Syscall& call, const OpenFile& file, Direction direction) {
    return wait_at(call, file, direction, file.wait_channel(direction));
}

SyscallResult wait_to_move(Syscall& call, const OpenFile& file, Direction direction,
                           const std::optional<WaitChannel>& channel) {
    const SyscallResult waited = wait_at(call, file, direction, channel);
    const std::uint32_t done = call.process.progress;
    if (!is_over(call) || done == 0) {
        return waited;
    }
    call.process.signals.interrupted.reset();  // what was moved is not moved again
    return done;
}

void raise_broken_pipe(Syscall& call) {
    raise_signal(call.kernel, call.process,
                 {.signal = Signal::Pipe, .code = SignalCode::USER, .pid = call.process.pid()});
}

}  // namespace vmlab::linux_abi
