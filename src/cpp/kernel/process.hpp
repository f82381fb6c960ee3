// SPDX-License-Identifier: GPL-2.0-only
// Process: an address space, a kernel stack with its trap frame, a saved processor context, and open files.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernel/credentials.hpp"
#include "kernel/files/console.hpp"
#include "kernel/files/descriptor_table.hpp"
#include "kernel/files/executed_file.hpp"
#include "kernel/files/inode.hpp"
#include "kernel/files/wait_channel.hpp"
#include "kernel/program.hpp"
#include "kernel/resource_limits.hpp"
#include "kernel/resource_use.hpp"
#include "kernel/semaphore_sets.hpp"
#include "kernel/signal_state.hpp"
#include "kernel/timers.hpp"
#include "machine/cpu.hpp"
#include "machine/kernel_stack.hpp"
#include "vm/address_space.hpp"
#include "vm/counters.hpp"

namespace vmlab {

enum class ProcessState : std::uint8_t { Ready, Running, Blocked, Stopped, Exited };

/// What a blocked process waits for.
enum class Wait : std::uint8_t {
    Nothing,
    ChildEnd,     ///< a child to end
    ChildMemory,  ///< a child to give the memory back that it borrowed
    Page,         ///< a page to come, or to be written
    Frame,        ///< a frame to become free
    Time,         ///< a time to come
    File,         ///< something of a file, or a time
    Signal,       ///< a signal to come
    Futex,        ///< to be woken at a word of memory, or a time
    Ipc,          ///< a semaphore to change, a message, or room for one, or a time
    Release,      ///< another process to let it go on
};

/// A signal ends these waits; who waits for memory sleeps on.
[[nodiscard]] constexpr bool is_interruptible(Wait wait) {
    return wait != Wait::Nothing && wait != Wait::ChildMemory && wait != Wait::Page && wait != Wait::Frame;
}

/// What a parent has not yet been told of a child that lives.
enum class ChildNews : std::uint8_t { None, Stopped, Continued };

/// Elsewhere: struct proc (xv6, BSD), struct Env (JOS), task_struct (Linux), struct thread (Pintos).
/// Owner: the ProcessTable. Holds: its AddressSpace and its kernel stack's frame until it ends.
/// Invariants: while it is in a trap, the trap frame on its kernel stack is the truth about its registers.
class Process {
public:
    Process(std::uint32_t pid, std::string name, Ref<AddressSpace> space, KernelStack kernel_stack,
            std::unique_ptr<CpuContext> context)
        : pid_(pid),
          name_(std::move(name)),
          space_(std::move(space)),
          kernel_stack_(kernel_stack),
          context_(std::move(context)) {
        thread_group = group = session = pid;
    }

    [[nodiscard]] std::uint32_t pid() const { return pid_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] ProcessState state() const { return state_; }
    void set_state(ProcessState state) { state_ = state; }
    [[nodiscard]] bool alive() const { return state_ != ProcessState::Exited; }

    /// Requires: the process is alive; an ended one has given its memory back.
    [[nodiscard]] AddressSpace& space() {
        require(has_space(), "a process that ended has no address space");
        return *space_;
    }
    [[nodiscard]] bool has_space() const { return static_cast<bool>(space_); }
    /// Null once it has ended.
    [[nodiscard]] const AddressSpace* find_space() const { return space_.get(); }
    [[nodiscard]] Ref<AddressSpace> share_space() const { return space_; }
    /// Returns the one before.
    Ref<AddressSpace> exchange_space(Ref<AddressSpace> space) {
        peak_resident_pages_ = peak_resident_pages();
        return std::exchange(space_, std::move(space));
    }
    void drop_space() { AddressSpace::drop(exchange_space(nullptr)); }
    /// The most pages that it has had in memory at a time, in this program or one before.
    [[nodiscard]] std::uint32_t peak_resident_pages() const {
        return std::max(peak_resident_pages_, has_space() ? space_->pmap().peak_resident_pages() : 0U);
    }

    /// Requires: it is in memory.
    [[nodiscard]] KernelStack& kernel_stack() {
        require(stack_in_memory(), "the kernel stack is in memory");
        return *kernel_stack_;
    }
    /// In a frame, or while the process is swapped out in a swap slot.
    [[nodiscard]] bool stack_in_memory() const { return !stack_slot_.valid(); }
    [[nodiscard]] SwapSlot stack_slot() const { return stack_slot_; }
    void move_stack_to(SwapSlot slot) { stack_slot_ = slot; }
    void move_stack_to(const KernelStack& stack) {
        kernel_stack_.emplace(stack);
        stack_slot_ = SwapSlot();
    }
    /// The trap frame as its bytes are now, in memory or in swap.
    [[nodiscard]] TrapFrame trap_frame() const {
        return stack_in_memory() ? kernel_stack_->top() : trap_frame_in_swap();
    }
    void set_trap_frame(const TrapFrame& frame);
    /// FS and GS are not in the frame.
    std::uint16_t fs = 0;
    std::uint16_t gs = 0;
    /// The outermost ring that may use ports while it runs, whatever the frame's EFLAGS say. Elsewhere: IOPL.
    Ring io_privilege = Ring::Kernel;
    /// The registers that it goes on with.
    [[nodiscard]] Registers registers() const {
        Registers rest;
        rest.fs = fs;
        rest.gs = gs;
        return registers_after_iret(trap_frame(), rest);
    }

    [[nodiscard]] const CpuContext& context() const { return *context_; }
    void set_context(std::unique_ptr<CpuContext> context) { context_ = std::move(context); }

    [[nodiscard]] DescriptorTable& files() { return files_->table; }
    /// Closes them, unless threads go on with them.
    void drop_files();
    /// From now on its descriptors are no other thread's.
    void keep_own_files() {
        if (files_->ref_count() > 1) {
            files_ = make_ref<SharedFiles>(files_->table);
        }
    }
    /// Where standard output and error went; stays readable after the end.
    [[nodiscard]] const Ref<Console>& console() const { return console_; }
    void set_console(Ref<Console> console) { console_ = std::move(console); }
    [[nodiscard]] VmCounters& counters() { return counters_; }
    /// Of this thread.
    [[nodiscard]] ResourceUse use() const {
        return {.time = executed_instructions,
                .minor_faults = counters_.minor_faults,
                .major_faults = counters_.major_faults,
                .voluntary_switches = counters_.voluntary_switches,
                .involuntary_switches = counters_.involuntary_switches,
                .peak_resident_pages = peak_resident_pages()};
    }
    std::uint64_t executed_instructions = 0;

    /// What a forked child has from its parent, memory apart: registers but for EAX, files, and the like.
    void inherit(const Process& parent, const ForkSharing& shares);
    /// What a child with a program of its own has from who started it: console, working directory, limits.
    void start_below(const Process& parent);
    /// It is the first thread from now on, under that one's pid, and has what is the process's.
    void take_lead(Process& leader);
    /// It is to run this program.
    void begin(LoadedProgram program);
    /// What exec changes: registers, program, name, thread-local segments, files marked close-on-exec.
    void start_anew(LoadedProgram program);
    /// What a program calls itself, or its file's name. Elsewhere: comm (Linux).
    void set_name(std::string name) { name_ = std::move(name); }
    /// pid of the process that forked it or took it in; 0 when the user started it, or nobody is left.
    [[nodiscard]] std::uint32_t parent() const { return parent_; }
    void set_parent(std::uint32_t pid) { parent_ = pid; }
    bool orphan = false;         ///< its parent has ended, and nobody took it in
    bool takes_orphans = false;  ///< it becomes the parent of its descendants' children. Elsewhere: a subreaper (Linux)
    /// What it is sent when its parent ends.
    Signal parent_end_signal = Signal::None;
    /// Whether its end was reported to its parent, or there is nobody to tell.
    [[nodiscard]] bool reaped() const { return reaped_; }
    void set_reaped() { reaped_ = true; }
    /// What it waits for while it is blocked, and the trap that goes on when it came.
    Wait wait = Wait::Nothing;
    std::uint32_t wait_pid = 0;       ///< of the child with borrowed memory
    std::uint32_t wait_transfer = 0;  ///< that carries the page
    std::optional<CpuExit> blocked_trap;
    bool resumed = false;       ///< its trap is handled again after it was blocked
    std::uint64_t wake_at = 0;  ///< the time that it waits for
    FileWait file_wait;         ///< what of files it waits for, or was woken for
    /// What the call that it is blocked in has done so far: bytes moved, or one more than the descriptor that is opened.
    std::uint32_t progress = 0;
    [[nodiscard]] bool waits_for_time() const {
        return wait == Wait::Time || wait == Wait::File || wait == Wait::Futex || wait == Wait::Ipc;
    }
    std::uint64_t idle_since = 0;  ///< when it ran last
    std::uint64_t started_at = 0;
    std::uint64_t run_time = 0;  ///< instructions that it has executed
    bool swapped_out = false;    ///< the swapper has dealt with it since then
    /// How the page fault that it is blocked in is to be tried again.
    FaultAttempt next_attempt{.io = IoMode::Start};

    void end(std::uint32_t status, Signal signal) {
        state_ = ProcessState::Exited;
        exit_status_ = status;
        exit_signal_ = signal;
    }
    /// What its parent is told: on Linux the low eight bits of exit()'s argument; 0 when a signal killed it.
    [[nodiscard]] std::uint32_t exit_status() const { return exit_status_; }
    [[nodiscard]] Signal exit_signal() const { return exit_signal_; }

    /// The three thread-local segments of set_thread_area, as GDT bytes; loaded when the process runs.
    static constexpr std::size_t TLS_SLOTS = 3;
    using ThreadSegments = std::array<std::uint64_t, TLS_SLOTS>;
    [[nodiscard]] const ThreadSegments& tls() const { return tls_; }
    void set_tls(std::size_t slot, std::uint64_t descriptor) {
        tls_[slot] = descriptor;
        tls_changed_ = true;
    }
    /// Whether they have changed since this was last asked: then the processor has still loaded what they were.
    [[nodiscard]] bool take_tls_changed() { return std::exchange(tls_changed_, false); }
    SignalState signals;
    /// The first thread's are those of the process.
    std::array<IntervalTimer, TIMER_KINDS> timers{};
    std::vector<MadeTimer> made_timers;
    [[nodiscard]] IntervalTimer& timer(TimerKind kind) { return timers[static_cast<std::size_t>(kind)]; }
    /// What of System V semaphores is undone at its end; null: nothing. Threads may have it in common.
    Ref<UndoList> semaphore_undo;
    [[nodiscard]] const Ref<UndoList>& ensure_semaphore_undo() {
        semaphore_undo = semaphore_undo ? semaphore_undo : make_ref<UndoList>();
        return semaphore_undo;
    }
    /// Of the children that were waited for, and of those whom these waited for; the first thread has it.
    ResourceUse children_use;
    Credentials credentials;
    /// From -20, which gets the most of the processor, to 19.
    std::int32_t niceness = 0;
    /// What it asked of the scheduler, which serves all alike, in its personality's own words.
    std::uint32_t scheduling_policy = 0;
    /// How its programs are to find the system, in its personality's own words. Elsewhere: personality (Linux).
    std::uint32_t program_quirks = 0;
    bool fixed_places = false;  ///< nothing of where its programs lie is left to chance
    /// The process that it is a thread of: its first thread's pid. Threads share memory, and end together.
    std::uint32_t thread_group;
    [[nodiscard]] bool leads_threads() const { return thread_group == pid_; }
    /// Where zero is written and a waiter woken at its end, for who waits for a thread; 0: nowhere.
    VirtAddr clear_at_end;
    /// Where its list of the mutexes begins that are to be given up at its end; 0: there is none.
    VirtAddr robust_list;
    /// The first process of its group and of its session; a pid may be gone while its group is not.
    std::uint32_t group;
    std::uint32_t session;
    bool executed = false;  ///< it runs a program of its own, not its parent's any more
    ChildNews news = ChildNews::None;
    Signal stopped_by = Signal::None;
    /// Sent to the parent at its end; None: nothing is.
    Signal end_signal = Signal::Child;
    /// The file of its program.
    Ref<ExecutedFile> executable;
    /// What its program was started with, as /proc shows it.
    StartRecord started;
    struct Place : RefCounted {
        Place() = default;
        Place(Ref<Directory> directory, std::uint32_t mask) : file_mask(mask), directory_(std::move(directory)) {}
        std::uint32_t file_mask = 022;  ///< the rights that new files do not get
        /// Its path as it is now; "" once it was removed.
        [[nodiscard]] std::string working_directory() const { return directory_ ? directory_->path() : "/"; }
        [[nodiscard]] const Ref<Directory>& directory() const { return directory_; }
        void go_to(Ref<Directory> directory) { directory_ = std::move(directory); }

    private:
        Ref<Directory> directory_;  ///< null: the root
    };
    /// Threads may have it in common.
    [[nodiscard]] Place& place() const { return *place_; }
    /// All threads have them in common.
    [[nodiscard]] const ResourceLimits& limits() const { return *limits_; }
    void set_limit(Resource resource, const ResourceLimit& limit);

private:
    [[nodiscard]] TrapFrame trap_frame_in_swap() const;
    /// What every child has of its parent.
    void join_family(const Process& parent);

    ThreadSegments tls_{};
    bool tls_changed_ = false;

    std::uint32_t pid_;
    std::uint32_t parent_ = 0;
    bool reaped_ = false;
    std::string name_;
    ProcessState state_ = ProcessState::Ready;
    Ref<AddressSpace> space_;
    std::optional<KernelStack> kernel_stack_;  ///< always one; emplaced anew when it comes to another frame
    SwapSlot stack_slot_;
    std::unique_ptr<CpuContext> context_;
    struct SharedFiles : RefCounted {
        SharedFiles() = default;
        explicit SharedFiles(const DescriptorTable& copied) : table(copied) {}
        DescriptorTable table;
    };
    Ref<Place> place_ = make_ref<Place>();
    Ref<ResourceLimits> limits_ = make_ref<ResourceLimits>();
    Ref<SharedFiles> files_ = make_ref<SharedFiles>();
    Ref<Console> console_;
    VmCounters counters_;
    std::uint32_t peak_resident_pages_ = 0;  ///< of the address spaces before this one
    std::uint32_t exit_status_ = 0;
    Signal exit_signal_ = Signal::None;
};

}  // namespace vmlab
