// SPDX-License-Identifier: GPL-2.0-only
// The terminal and the processes: when what is typed comes, and what becomes of its session.
#include <algorithm>

#include "kernel/kernel.hpp"

namespace vmlab {

void Kernel::open_terminal() {
    const std::string& path = filesystem_->shape().console;
    Ref<Inode> device = path.empty() ? Ref<Inode>(make_ref<Device>(std::uint64_t{0}, DeviceKind::Console))
                                     : filesystem_->find("/", path, FollowLinks::Yes).value();
    terminal_ = make_ref<Terminal>(
        std::move(device), [this](const WaitChannel& channel, WakeWho who) { filesystem_->waker()(channel, who); },
        [this](std::uint32_t group, Signal signal) { personality_->signal_group(*this, group, signal); });
    terminal_->set_settings(personality_->console_settings());
    filesystem_->set_terminal([this](DeviceKind kind) {
        const bool own = current_ != nullptr && current_->session == terminal_->session;
        return kind == DeviceKind::Console || own ? terminal_ : Ref<Terminal>();
    });
}

void Kernel::type(std::string_view text) {
    journal_.record(Input{InputKind::Type, {}, {std::string(text)}});
    terminal_->type(text);
    type_for_readers();
}

bool Kernel::waits_for_terminal(const Process& process) const {
    return process.alive() && process.wait == Wait::File &&
           std::ranges::count(process.file_wait.channels, terminal_->channel(Direction::Input)) > 0;
}

bool Kernel::anybody_waits_for_terminal() const {
    return std::ranges::any_of(processes_, [this](const auto& process) { return waits_for_terminal(*process); });
}

void Kernel::type_for_readers() {
    while (anybody_waits_for_terminal() && terminal_->type_next()) {
    }
}

void Kernel::attach_terminal(const Process& process, std::string_view typed) {
    terminal_->session = terminal_->foreground = process.pid();
    terminal_->type(typed);
}

/// Elsewhere: disassociate_ctty (Linux).
void Kernel::hang_up() {
    const std::uint32_t group = std::exchange(terminal_->foreground, 0);
    terminal_->session = 0;
    personality_->signal_group(*this, group, Signal::HangUp);
    personality_->signal_group(*this, group, Signal::Continue);
}

}  // namespace vmlab
