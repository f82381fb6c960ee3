// SPDX-License-Identifier: GPL-2.0-only
// Personality: what an ABI decides: how a program starts, what a software interrupt means, what an unresolved trap does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "kernel/files/console.hpp"
#include "kernel/files/ram_filesystem.hpp"
#include "kernel/files/terminal_settings.hpp"
#include "kernel/program.hpp"
#include "kernel/random_source.hpp"
#include "kernel/signal.hpp"
#include "kernel/start_failure.hpp"
#include "machine/cpu.hpp"
#include "machine/descriptor.hpp"
#include "machine/vector.hpp"
#include "vm/address_space.hpp"

namespace vmlab {

class Kernel;
class Process;
struct MadeTimer;
enum class TimerKind : std::uint8_t;

/// What a program is started with.
struct SpawnRequest {
    std::string name;                      ///< argv[0] unless arguments say otherwise
    std::string elf;                       ///< the file's bytes
    std::vector<std::string> arguments;    ///< argv, [0] included
    std::vector<std::string> environment;  ///< "NAME=value"
    std::string standard_input;
    /// Whether its three streams are the lab's terminal, which is then its session's; standard_input is typed there.
    enum class Streams : std::uint8_t { Pipes, Terminal } streams = Streams::Pipes;
    /// Whether it may use the machine's ports, and so its disks.
    enum class Ports : std::uint8_t { Closed, Open } ports = Ports::Closed;
};

/// One system call of an ABI, for tables, traces and docs.
struct SyscallName {
    std::uint32_t number;
    std::string_view name;
    std::string_view arguments;  ///< one letter an argument: d decimal, x hex, p pointer, s string, f descriptor
};

/// Owner: the Lab's Kernel. Stateless but for what belongs to a process.
/// Elsewhere: struct sysentvec (FreeBSD), emul (NetBSD), binfmt and entry code (Linux).
class Personality {
public:
    virtual ~Personality() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// The memory profile of the system that has this ABI.
    [[nodiscard]] virtual std::string_view default_profile() const = 0;
    [[nodiscard]] virtual GdtLayout gdt() const = 0;
    [[nodiscard]] virtual VirtAddr kernel_window() const = 0;
    /// Of a process that the user starts; others have their parent's.
    virtual void set_first_limits(Process&) const {}
    /// What a program that the user starts has open, from descriptor 0 on.
    [[nodiscard]] virtual std::vector<Console::Stream> standard_streams() const {
        return {Console::Stream::Input, Console::Stream::Output, Console::Stream::Error};
    }
    /// Of a new address space; `random`, if there is one, says what of it is left to chance.
    [[nodiscard]] virtual SpaceLayout layout(RandomSource* random) const = 0;
    /// The vector of its system calls; its gate is open to ring 3.
    [[nodiscard]] virtual std::uint8_t syscall_vector() const = 0;
    [[nodiscard]] virtual std::vector<SyscallName> syscall_names() const = 0;

    // What the machine and its files are; as on Linux where nothing else is said.
    /// RAM of a machine for which nobody names another size.
    [[nodiscard]] virtual std::uint64_t default_ram() const { return std::uint64_t{64} << 20; }
    /// Of such a machine: how many frames may hold pages at most, and how much swap there is.
    [[nodiscard]] virtual std::optional<std::uint32_t> default_frames() const { return std::nullopt; }
    [[nodiscard]] virtual std::uint64_t default_swap() const { return 0; }
    /// Whether ring 3 may raise one of the exceptions 3 to 5 by `int n`.
    [[nodiscard]] virtual bool lets_user_raise(Vector vector) const { return vector != Vector::BoundRange; }
    [[nodiscard]] virtual FilesystemShape files() const { return {}; }
    /// What a file of the user's is called in the guest.
    [[nodiscard]] virtual std::string path_of(const std::string& path) const { return path; }
    /// Whether programs know symbolic links.
    [[nodiscard]] virtual bool knows_links() const { return false; }
    /// Whether the streams of programs are the machine's console, where the user types what they read, and no pipes.
    [[nodiscard]] virtual bool uses_console() const { return false; }
    /// Whether the machine has disks behind ports, and a program of the user's may use them.
    [[nodiscard]] virtual bool gives_ports() const { return false; }
    /// How the console treats what is typed and written, to begin with.
    [[nodiscard]] virtual TerminalSettings console_settings() const { return {}; }
    /// Another process has the processor than the one that had it last, or the first has it.
    virtual void switched(Kernel&, Process* /*from*/, Process& /*to*/) {}
    /// Once, before anything runs.
    virtual void boot(Kernel&) {}

    /// Finds the program and what it needs, maps it and the stack into the process's empty address space, and writes its
    /// arguments there. When it fails, nothing else of the process has changed.
    [[nodiscard]] virtual Result<LoadedProgram, StartFailure> load(Kernel& kernel, Process& process,
                                                                   ProgramStart start) = 0;
    /// Handles a system call; the trap frame on the kernel stack is read and changed through `process`.
    virtual void system_call(Kernel& kernel, Process& process) = 0;
    /// A page fault that resolve_fault could not make good.
    virtual void unresolved_fault(Kernel& kernel, Process& process, const PageFault& fault, FaultResult why) = 0;
    /// Any other exception, or a software interrupt that is no system call (vector and EIP as the trap frame says).
    virtual void exception(Kernel& kernel, Process& process, std::uint8_t vector, std::uint32_t error) = 0;
    /// Before the current process goes on in ring 3, while its signals need attention.
    virtual void deliver_signals(Kernel&, Process&) {}
    /// The process has ended, was stopped or goes on; `parent` may want to know.
    virtual void child_changed(Kernel&, Process& /*child*/, Process& /*parent*/) {}
    virtual void timer_expired(Kernel&, Process&, TimerKind) {}
    /// The process has executed for as long as its limit lets it.
    virtual void time_limit_reached(Kernel&, Process&) {}
    /// Says whether the timer is to wait until its signal is taken.
    [[nodiscard]] virtual bool made_timer_expired(Kernel&, Process&, const MadeTimer&) { return false; }
    /// The thread is about to end, or to go on with another program; it still has its memory.
    virtual void leaving_memory(Kernel&, Process& /*thread*/) {}
    /// The child's parent has ended. It has another by now, or none.
    virtual void parent_ended(Kernel&, Process& /*child*/, Process& /*parent*/) {}
    /// From the terminal, or for its loss.
    virtual void signal_group(Kernel&, std::uint32_t /*group*/, Signal) {}
};

}  // namespace vmlab
