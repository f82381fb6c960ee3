// SPDX-License-Identifier: GPL-2.0-only
// Caller: a process in a trap, and what the kernel of an ABI of the user's own may do for it and to it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/kernel.hpp"
#include "kernel/user_memory.hpp"

namespace vmlab {

/// Each change and each look at memory, which may bring pages in, is journalled, so that a run can be made again without the
/// user's code. What ends the process or lets it wait comes about when the trap has been handled: see settle().
/// It is valid until then.
class Caller {
public:
    Caller(Kernel& kernel, Process& process) : kernel_(kernel), process_(process), memory_(process) {}
    Caller(const Caller&) = delete;
    Caller& operator=(const Caller&) = delete;

    [[nodiscard]] Kernel& kernel() { return kernel_; }
    [[nodiscard]] Process& process() { return process_; }

    /// Nothing where not all of it can be read, or written; what lies before that has been.
    [[nodiscard]] std::optional<std::string> read(VirtAddr from, std::uint32_t bytes);
    [[nodiscard]] bool write(VirtAddr to, std::string_view bytes);
    /// Without its NUL; nothing where it cannot be read, or none comes within so many bytes.
    [[nodiscard]] std::optional<std::string> read_string(VirtAddr from, std::uint32_t limit);

    /// On the machine's console.
    void print(std::string_view text);
    /// What was typed there: a line at most. Nothing where there is none yet, "" at the end of what is typed.
    [[nodiscard]] std::optional<std::string> read_console(std::uint32_t bytes);
    /// The child's pid; nothing when frames ran out.
    [[nodiscard]] std::optional<std::uint32_t> fork();
    [[nodiscard]] Result<Done, VmError> set_heap_end(VirtAddr end);
    /// Fresh private memory, where there is room or, with an address, there and nowhere else.
    [[nodiscard]] Result<VirtAddr, VmError> map(std::optional<VirtAddr> address, std::uint64_t bytes,
                                                Protection rights);
    [[nodiscard]] Result<Done, VmError> unmap(const VirtRange& range);
    [[nodiscard]] Result<Done, VmError> protect(const VirtRange& range, Protection rights);
    /// Lets a process go on that waits since wait(). False when it does not.
    bool wake(std::uint32_t pid);
    /// The caller has been told of its child's end. False when there is no such child to be told of.
    bool reap(std::uint32_t pid);
    /// The others have the rest of its slice.
    void give_up_slice();

    // The last of these counts.
    void exit(std::uint32_t status) { leave({.how = Leaving::How::Exit, .number = status}); }
    void kill() { leave({.how = Leaving::How::Kill}); }
    /// It waits to be woken, for a child to end, for something typed, or for a time; then its trap is handled again.
    void wait() { leave({.how = Leaving::How::Wait}); }
    void wait_for_child() { leave({.how = Leaving::How::WaitForChild}); }
    void wait_for_console() { leave({.how = Leaving::How::WaitForConsole}); }
    void sleep_until(std::uint64_t time) { leave({.how = Leaving::How::Sleep, .number = time}); }

    /// The trap has been handled. Says whether the process goes on behind it.
    enum class Settled : std::uint8_t { GoesOn, Left };
    [[nodiscard]] Settled settle();

private:
    struct Leaving {
        enum class How : std::uint8_t { Stays, Exit, Kill, Wait, WaitForChild, WaitForConsole, Sleep } how = How::Stays;
        std::uint64_t number = 0;  ///< the status, or the time
    };
    void leave(const Leaving& leaving);
    void note(std::string_view step, std::vector<std::uint64_t> numbers, std::string_view bytes = {});

    Kernel& kernel_;
    Process& process_;
    UserMemory memory_;
    Leaving leaving_;
};

}  // namespace vmlab
