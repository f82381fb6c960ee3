// SPDX-License-Identifier: GPL-2.0-only
#include "abi/own/caller.hpp"

#include <algorithm>
#include <array>

#include "kernel/files/kernel_buffers.hpp"

namespace vmlab {

void Caller::note(std::string_view step, std::vector<std::uint64_t> numbers, std::string_view bytes) {
    kernel_.journal().record({InputKind::OwnAbiStep, std::move(numbers), {std::string(step), std::string(bytes)}});
}

// A page at a time, so that a length which is far too large costs no more than what is there.
std::optional<std::string> Caller::read(VirtAddr from, std::uint32_t bytes) {
    note("read", {from.value, bytes});
    std::string content;
    std::array<std::byte, PAGE_SIZE> piece;
    while (content.size() < bytes) {
        const auto done = static_cast<std::uint32_t>(content.size());
        if (std::uint64_t{from.value} + done > ~std::uint32_t{0}) {
            return std::nullopt;
        }
        const VirtAddr at = from + done;
        const auto part = std::span(piece).first(std::min(bytes - done, PAGE_SIZE - at.offset()));
        if (memory_.copy_in(at, part) == CopyResult::Fault) {
            return std::nullopt;
        }
        content.append(reinterpret_cast<const char*>(part.data()), part.size());
    }
    return content;
}

bool Caller::write(VirtAddr to, std::string_view bytes) {
    note("write", {to.value}, bytes);
    return memory_.copy_out(to, std::as_bytes(std::span(bytes))) == CopyResult::Ok;
}

std::optional<std::string> Caller::read_string(VirtAddr from, std::uint32_t limit) {
    note("read_string", {from.value, limit});
    return memory_.copy_in_string(from, limit);
}

void Caller::print(std::string_view text) {
    note("print", {}, text);
    kernel_.print(text);
}

std::optional<std::string> Caller::read_console(std::uint32_t bytes) {
    note("read_console", {bytes});
    StringSink typed;
    const FileCount count = kernel_.terminal().read(typed, bytes);
    return count ? std::optional(std::move(typed.content)) : std::nullopt;
}

std::optional<std::uint32_t> Caller::fork() {
    note("fork", {});
    const Process* const child = kernel_.fork(process_, {});
    return child == nullptr ? std::nullopt : std::optional(child->pid());
}

Result<Done, VmError> Caller::set_heap_end(VirtAddr end) {
    note("set_heap_end", {end.value});
    return process_.space().set_break(end);
}

Result<VirtAddr, VmError> Caller::map(std::optional<VirtAddr> address, std::uint64_t bytes, Protection rights) {
    std::vector<std::uint64_t> numbers{bytes, rights.bits};
    MapRequest request{.length = bytes, .protection = rights};
    if (address) {
        numbers.push_back(address->value);
        request.address = *address;
        request.placement = Placement::FixedNoReplace;
    }
    note("map", std::move(numbers));
    return process_.space().map(std::move(request));
}

Result<Done, VmError> Caller::unmap(const VirtRange& range) {
    note("unmap", {range.start.value, range.end});
    return process_.space().unmap(range);
}

Result<Done, VmError> Caller::protect(const VirtRange& range, Protection rights) {
    note("protect", {range.start.value, range.end, rights.bits});
    return process_.space().protect(range, rights);
}

bool Caller::wake(std::uint32_t pid) {
    note("wake", {pid});
    const Process* const sleeper = kernel_.find_process(pid);
    const bool waits =
        sleeper != nullptr && sleeper->state() == ProcessState::Blocked && sleeper->wait == Wait::Release;
    kernel_.wake(Wait::Release, pid);
    return waits;
}

bool Caller::reap(std::uint32_t pid) {
    note("reap", {pid});
    const auto children = kernel_.children_of(process_);
    const auto found = std::ranges::find(children, pid, &Process::pid);
    if (found == children.end() || (*found)->alive() || (*found)->reaped()) {
        return false;
    }
    kernel_.reap(**found, process_);
    return true;
}

void Caller::give_up_slice() {
    note("give_up_slice", {});
    kernel_.yield();
}

void Caller::leave(const Leaving& leaving) {
    static constexpr std::array<std::string_view, 7> STEPS{
        "", "exit", "kill", "wait", "wait_for_child", "wait_for_console", "sleep_until"};
    const bool has_number = leaving.how == Leaving::How::Exit || leaving.how == Leaving::How::Sleep;
    note(STEPS.at(static_cast<std::size_t>(leaving.how)),
         has_number ? std::vector{leaving.number} : std::vector<std::uint64_t>());
    leaving_ = leaving;
}

Caller::Settled Caller::settle() {
    switch (leaving_.how) {
        case Leaving::How::Stays:
            return Settled::GoesOn;
        case Leaving::How::Exit:
            kernel_.end_process(process_, static_cast<std::uint32_t>(leaving_.number), Signal::None);
            break;
        case Leaving::How::Kill:
            kernel_.end_process(process_, 0, Signal::Kill);
            break;
        case Leaving::How::Wait:
            kernel_.block(process_, Wait::Release);
            break;
        case Leaving::How::WaitForChild:
            kernel_.block(process_, Wait::ChildEnd);
            break;
        case Leaving::How::WaitForConsole:
            kernel_.wait_for_files(
                process_,
                {.channels = {kernel_.terminal().channel(Direction::Input)}, .turn = FileWait::Turn::Exclusive},
                std::nullopt);
            break;
        case Leaving::How::Sleep:
            kernel_.sleep_until(process_, leaving_.number);
            break;
    }
    return Settled::Left;
}

}  // namespace vmlab
