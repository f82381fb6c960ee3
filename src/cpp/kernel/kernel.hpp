// SPDX-License-Identifier: GPL-2.0-only
// Kernel: owns the processes and the virtual memory of one Lab, and runs them, one slice at a time.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/simulated_time.hpp"
#include "kernel/fault_handler.hpp"
#include "kernel/files/ram_filesystem.hpp"
#include "kernel/futex_queue.hpp"
#include "kernel/message_queues.hpp"
#include "kernel/owned_futexes.hpp"
#include "kernel/personality.hpp"
#include "kernel/process.hpp"
#include "kernel/random_source.hpp"
#include "kernel/shared_segments.hpp"
#include "kernel/stop.hpp"
#include "machine/machine.hpp"
#include "trace/journal.hpp"
#include "trace/tracer.hpp"
#include "vm/virtual_memory.hpp"

namespace vmlab {

struct KernelConfig {
    VmConfig vm;
    std::uint64_t seed = 0;                  ///< of the random numbers that guests get
    std::optional<std::uint64_t> randomize;  ///< seed of where programs lie; without one they always lie the same
    std::uint32_t frame_buffer_pages = 0;    ///< of the device /dev/fb0; 0: there is none
    /// Called when a process is about to end, while it still has all its memory.
    std::function<void(Process&)> before_end;
};

/// Owner: the Lab. Owns: Tracer, Journal, VirtualMemory, filesystem, processes. The Machine and Personality outlive it.
/// Invariants: runs only between two slices of the processor; a trap is handled wholly or not at all, so that a stop at
/// `fault` finds the kernel before it acted.
class Kernel {
public:
    /// Throws std::invalid_argument when RAM has no room for the frame buffer.
    Kernel(Machine& machine, std::unique_ptr<Personality> personality, const KernelConfig& config);
    ~Kernel();

    [[nodiscard]] Machine& machine() { return machine_; }
    [[nodiscard]] VirtualMemory& vm() { return vm_; }
    [[nodiscard]] Tracer& tracer() { return *tracer_; }
    /// The log, for who reads it when the kernel is gone.
    [[nodiscard]] std::shared_ptr<Tracer> log() const { return tracer_; }
    [[nodiscard]] Journal& journal() { return journal_; }
    [[nodiscard]] RamFilesystem& filesystem() { return *filesystem_; }
    [[nodiscard]] Personality& personality() { return *personality_; }
    [[nodiscard]] RandomSource& random() { return random_; }
    /// For personalities: decides where a program lies; null when that is fixed.
    [[nodiscard]] RandomSource* layout_random() { return layout_random_ ? &*layout_random_ : nullptr; }
    /// The same for a program of this process.
    [[nodiscard]] RandomSource* layout_random(const Process& process) {
        return process.fixed_places ? nullptr : layout_random();
    }
    /// Frames in a row that are nobody's page: a device's, or the kernel's own where processes may see it.
    struct DeviceMemory {
        Ref<VmObject> object;
        FrameNumber first_frame;
    };
    /// For personalities, when they boot. Throws std::invalid_argument when RAM has no room for `what`.
    [[nodiscard]] DeviceMemory make_device_memory(std::uint32_t pages, std::string_view what);
    /// What /dev/fb0 shows; empty when there is none.
    [[nodiscard]] const Ref<VmObject>& frame_buffer() const { return frame_buffer_; }

    /// Puts a file into the guest's filesystem, making directories. Fails with a sentence.
    [[nodiscard]] Result<Done, std::string> add_file(const std::string& path, std::string bytes,
                                                     std::uint32_t permissions);
    /// The same of a directory; one that is there stays as it is.
    [[nodiscard]] Result<Done, std::string> add_directory(const std::string& path, std::uint32_t permissions);
    /// The same of a symbolic link, which may lead nowhere.
    [[nodiscard]] Result<Done, std::string> add_link(const std::string& path, const std::string& target);
    /// Gives the disk behind the ports these bytes; journalled. Fails with a sentence.
    [[nodiscard]] Result<Done, std::string> insert_disk(const std::string& bytes);
    /// Starts a program. Fails with a sentence for the user (bad ELF, RAM too small); then nothing is left behind.
    [[nodiscard]] Result<Process*, std::string> spawn(SpawnRequest request);

    /// The machine's keyboard and screen.
    [[nodiscard]] Terminal& terminal() { return *terminal_; }
    /// Somebody types on it; journalled. It comes when a process waits for it.
    void type(std::string_view text);
    /// For personalities: the kernel's own words on the machine's console.
    void print(std::string_view text) { terminal_->show(text); }
    /// The first process of the terminal's session has ended, or gives it up.
    void hang_up();

    /// Runs until a condition of `limits` holds. Python exceptions of handlers pass through and leave the kernel whole.
    Stop run(const RunLimits& limits);

    [[nodiscard]] const std::vector<std::unique_ptr<Process>>& processes() const { return processes_; }
    [[nodiscard]] Process* find_process(std::uint32_t pid) const;

    /// Simulated time: instructions executed plus what the cost model charged.
    [[nodiscard]] std::uint64_t now() const { return vm_.now(); }
    void charge(std::uint64_t units) { vm_.charge(units); }
    [[nodiscard]] std::uint64_t instructions() const { return machine_now(); }

    /// A page reference of the current process, when every one is traced: replacement policies hear of it.
    void note_access(VirtAddr page, Access access);

    /// The next transfers of a disk fail; journalled.
    void fail_disk(DiskName disk, IoDirection direction, std::uint32_t transfers);

    /// A handler of the user's that sees each page fault first; empty removes it.
    void set_fault_handler(FaultHandler* handler) { fault_handler_ = handler; }

    /// For personalities: CR2, where the last page fault of any process was.
    [[nodiscard]] VirtAddr last_fault_address() const { return last_fault_address_; }
    /// For personalities: a child of the current process, or one more thread, which goes on behind the same trap with EAX 0;
    /// nothing when frames ran out.
    [[nodiscard]] Process* fork(Process& parent, const ForkSharing& shares);
    /// For personalities: a child of the current process that runs a program of its own, with an address space and with
    /// descriptors as the user's programs get them. When it fails, nothing is left behind.
    [[nodiscard]] Result<Process*, StartFailure> start_child(Process& parent, ProgramStart start);
    /// For personalities: a child of the current process with nothing in its memory, which would go on like one of fork() and
    /// is blocked until it is released; nothing when frames ran out. Elsewhere: sys_exofork (JOS).
    [[nodiscard]] Process* fork_empty(Process& parent);
    /// For personalities: puts another program in the current process's place. When it fails, nothing has changed.
    [[nodiscard]] Result<Done, StartFailure> exec(Process& process, ProgramStart start);
    /// Of all its threads; also those that ended and were not reaped, in the order of their pids. First threads stand for all.
    [[nodiscard]] std::vector<Process*> children_of(const Process& parent) const;
    /// Those that have not ended, in the order of their pids.
    [[nodiscard]] std::vector<Process*> threads_of(std::uint32_t thread_group) const;
    /// Whether any of them has not ended.
    [[nodiscard]] bool has_threads(std::uint32_t thread_group) const;
    /// The first thread of a process, which stands for it; it may have ended before the others.
    [[nodiscard]] Process& leader_of(const Process& thread) const;
    /// Of all threads of a process, ended ones included.
    [[nodiscard]] ResourceUse use_of(const Process& process) const;
    /// For personalities: the parent has been told of the child's end, and has what it used added to its children's.
    void reap(Process& child, const Process& parent);
    [[nodiscard]] FutexQueue& futexes() { return futexes_; }
    [[nodiscard]] OwnedFutexes& owned_futexes() { return owned_futexes_; }
    [[nodiscard]] SharedSegments& segments() { return segments_; }
    [[nodiscard]] SemaphoreSets& semaphores() { return semaphores_; }
    [[nodiscard]] MessageQueues& messages() { return messages_; }
    /// For personalities: the process does not run until wake(); then the same trap is handled again.
    void block(Process& process, Wait wait);
    /// For personalities: the current process gives up the rest of its slice.
    void yield() { slice_left_ = 0; }
    [[nodiscard]] static bool is_runnable(const Process& process) {
        return process.state() == ProcessState::Ready || process.state() == ProcessState::Running;
    }
    /// Gives it the processor the next time that one goes on in ring 3. Requires: it is runnable.
    void run_next(const Process& process);
    void wake(Wait wait, std::uint32_t pid);
    void wake_threads(Wait wait, std::uint32_t thread_group);
    /// For personalities: ends a wait that a signal may end; the same trap is handled again.
    void interrupt(Process& process);
    /// For personalities: no thread of the process runs until resume().
    void stop(Process& process, Signal by);
    void resume(Process& process);
    /// For personalities: the process does not run until then; others do.
    void sleep_until(Process& process, std::uint64_t time) { block_until(process, Wait::Time, time); }
    /// The same for a wait that something else may end before.
    void block_until(Process& process, Wait wait, std::uint64_t time);
    /// For personalities: Personality::timer_expired is called then. The timer is the process's, whichever thread sets it.
    void set_timer(Process& process, TimerKind kind, const IntervalTimer& timer);
    [[nodiscard]] const IntervalTimer& timer_of(const Process& process, TimerKind kind) const;
    /// The time by which such a timer goes.
    [[nodiscard]] std::uint64_t time_of(const Process& process, TimerKind kind) const;
    [[nodiscard]] std::uint64_t time_of(const Process& process, const MadeTimer& timer) const;
    /// For personalities: a timer that the process made was set, or goes on.
    void note_timer_set(TimerKind kind);
    /// For personalities: how long a process may execute was limited.
    void note_time_limited() { own_timers_used_ = true; }
    /// For personalities: the process does not run until one of the channels is woken, or until a time.
    void wait_for_files(Process& process, FileWait wait, std::optional<std::uint64_t> until);
    void wake(const WaitChannel& channel, WakeWho who);
    /// Who is to be killed when no frame can be made free: the one with the most pages in memory.
    [[nodiscard]] Process& choose_oom_victim(Process& faulting);

    /// For personalities: ends the process, closing its files and giving its memory back.
    void end_process(Process& process, std::uint32_t status, Signal signal);
    /// The same with all threads of the process.
    void end_threads(Process& process, std::uint32_t status, Signal signal);
    /// The same for want of memory.
    void kill_for_memory(Process& victim, const TrapRecord& trap);

    /// The user changes a process from outside; journalled. False when an address is not mapped.
    [[nodiscard]] bool write_memory(Process& process, VirtAddr va, std::span<const std::byte> bytes);
    /// For personalities: writes into another process's memory. False when an address is not mapped.
    [[nodiscard]] bool write_as(Process& process, VirtAddr va, std::span<const std::byte> bytes);
    /// For personalities: works in another process's memory.
    void in_memory_of(Process& process, const std::function<void()>& work);
    void write_registers(Process& process, const Registers& registers);
    /// The registers as the process would go on with.
    [[nodiscard]] Registers registers(Process& process);
    /// The trap that arrived and is not yet handled, as at a stop at `fault`.
    [[nodiscard]] const std::optional<CpuExit>& pending_trap() const { return pending_; }

    /// What all address spaces together take, and what the kernel takes for itself.
    struct Usage {
        std::uint64_t resident_pages = 0;  ///< a page counts once for each address space that shows it
        std::uint64_t pss_bytes = 0;       ///< and here once
        std::uint32_t table_frames = 0;
        std::uint32_t kernel_frames = 0;   ///< descriptors, kernel stacks, devices, the frame of zeros
        std::uint64_t metadata_bytes = 0;  ///< mappings, objects and pages, in memory of the host's
    };
    [[nodiscard]] Usage usage();

    /// Recomputes what the virtual memory believes and names what differs; empty when all holds.
    [[nodiscard]] std::vector<std::string> check();

private:
    class Run;
    struct RetriedFault {
        std::uint32_t pid;
        PageFault fault;
        std::uint32_t pde, pte;
        std::uint64_t instructions;
        bool operator==(const RetriedFault&) const = default;
    };

    [[nodiscard]] std::uint64_t machine_now() const { return machine_.instructions(); }
    [[nodiscard]] Result<Done, std::string> load(Process& process, const SpawnRequest& request);
    /// Where a program's file is, and whether the start of that program put it there.
    struct StoredFile {
        std::string path;
        enum class Origin : std::uint8_t { Added, WasThere } origin;
    };
    [[nodiscard]] Result<StoredFile, std::string> store_executable(const SpawnRequest& request);
    [[nodiscard]] static bool holds(const VmObject& object, std::string_view bytes);
    /// What a new child has of its parent beside memory.
    Process& adopt(std::unique_ptr<Process> owned, const Process& parent, const ForkSharing& shares);
    /// With a kernel stack and the next pid; nothing without space or a frame for the stack.
    [[nodiscard]] std::unique_ptr<Process> make_process(std::string name, Ref<AddressSpace> space);
    void enter_space(Process& process);
    /// Opens the streams that a program begins with. Requires: it has a console, and nothing open.
    void open_streams(Process& process);
    /// What the swapper does to processes; swap_processes.cpp.
    void swap_out_idle();
    /// When the next process will have been idle for long enough; NEVER when none waits.
    [[nodiscard]] std::uint64_t next_swap_out() const;
    void swap_out_stack(Process& process);
    /// False when there is no frame for it.
    [[nodiscard]] bool swap_in_stack(Process& process);
    void release_stack(Process& process);
    void leave_family(Process& thread);
    void leave_child(Process& child, Process& parent);
    /// Who takes the children of a process that ends; null when nobody does.
    [[nodiscard]] Process* find_reaper(const Process& ended) const;
    /// What execve does to them.
    void end_other_threads(Process& process);
    /// The process is this thread from now on.
    void become_leader(Process& thread);
    void leave_old_memory(Process& process, Ref<AddressSpace>& old_space);
    /// Those who wait for a child to give their memory back.
    void wake_lenders(const Process& child);
    void tell_parent(Process& process);
    void journal_spawn(std::uint32_t pid, const SpawnRequest& request);

    /// Works for this process from here on: its pid in the log, its counters, its pages.
    void work_for(Process& process);
    [[nodiscard]] StopReason why_nobody_runs() const;
    [[nodiscard]] Process* choose_process();
    void switch_to(Process& process);
    void leave_current();
    /// Runs the current process until something happens, and notes what: the trap is then pending.
    void run_slice(std::uint64_t budget);
    void note_trap(const CpuExit& exit);
    void note_fault(const CpuExit& exit);
    [[nodiscard]] std::array<std::uint32_t, 4> instruction_bytes(VirtAddr eip) const;
    void handle_pending();
    void dispatch(Process& process, const CpuExit& exit);
    void dispatch_page_fault(Process& process, const PageFault& fault);
    /// As the user's handler says, or the built-in one.
    [[nodiscard]] FaultOutcome answer_page_fault(Process& process, const PageFault& fault);
    [[nodiscard]] FaultOutcome resolve_page_fault(Process& process, const PageFault& fault);
    void block_in_fault(Process& process, const PageFault& fault, const FaultOutcome& outcome);
    /// Wakes those whose transfer is over, or for whom a frame is free.
    void finish_transfers();
    void wake_frame_waiters();
    void wake_sleepers();
    void expire_timers();
    void expire(Process& leader, TimerKind kind);
    void expire_made_timers(Process& leader);
    /// The personality is told when a process has executed for as many seconds as its limit says.
    void expire_limit(Process& process);
    /// What the process may execute until a timer of its own time expires, or its limit is reached.
    [[nodiscard]] std::uint64_t left_of_own_time(const Process& process) const;
    void expire_own_timers(Process& process);
    void find_next_wake();
    void pass_wake_on(Process& process);
    [[nodiscard]] IpcHost ipc_host();
    /// The process waits in no row any more, and what it has of semaphores is undone.
    void leave_rows(Process& process);
    /// What the terminal has to do with processes; terminal_waits.cpp.
    void open_terminal();
    void attach_terminal(const Process& process, std::string_view typed);
    /// What is typed comes as long as a process waits for it.
    void type_for_readers();
    [[nodiscard]] bool waits_for_terminal(const Process& process) const;
    [[nodiscard]] bool anybody_waits_for_terminal() const;
    /// When a disk or a clock interrupts next: a transfer ends, a sleeper wakes, the swapper's time for somebody comes.
    /// NEVER when nothing is to be waited for.
    [[nodiscard]] std::uint64_t next_interrupt();
    /// With nobody to run, lets time pass until the next interrupt. False when there is none to come.
    [[nodiscard]] bool wait_for_interrupt();
    /// Whether a handler of the user's took care of the fault.
    [[nodiscard]] HandlerAnswer ask_handler(Process& process, const PageFault& fault);
    /// Whether the pages of one instruction do not fit into memory together, so that each fault takes what the last one brought.
    [[nodiscard]] bool is_thrashing();
    [[nodiscard]] RetriedFault retried_as(const Process& process, const PageFault& fault) const;
    void expect_progress(Process& process, const PageFault& fault);
    void return_to_user(Process& process);
    void write_thread_segments(const Process& process);

    Machine& machine_;
    std::unique_ptr<Personality> personality_;
    KernelConfig config_;
    std::shared_ptr<Tracer> tracer_ = std::make_shared<Tracer>();
    Journal journal_;
    VirtualMemory vm_;
    std::vector<Ref<VmObject>> device_memory_;
    Ref<VmObject> frame_buffer_;
    std::unique_ptr<RamFilesystem> filesystem_;
    Ref<Terminal> terminal_;
    RandomSource random_;
    std::optional<RandomSource> layout_random_;
    std::vector<std::unique_ptr<Process>> processes_;
    FutexQueue futexes_;
    OwnedFutexes owned_futexes_;
    SharedSegments segments_;
    SemaphoreSets semaphores_;
    MessageQueues messages_;
    Process* current_ = nullptr;       ///< whose context the processor and CR3 hold
    Registers cpu_registers_;          ///< what the processor holds for current_
    std::optional<CpuExit> pending_;   ///< a trap of current_, noted in the log but not yet handled
    std::uint64_t traps_ = 0;          ///< and interrupts that came while nobody ran: each costs a unit of budget
    std::uint64_t next_wake_ = NEVER;  ///< when the first of those that sleep wakes, or of the timers expires
    std::uint64_t slice_left_ = 0;
    bool own_timers_used_ = false;  ///< any timer of a process's own time, or a limit of it, was ever set
    std::uint64_t file_waits_ = 0;  ///< begun so far
    std::uint32_t next_pid_ = 1;
    std::uint32_t last_pid_ = 0;  ///< who ran last
    FaultHandler* fault_handler_ = nullptr;
    std::optional<RetriedFault> retried_;
    /// What the pending page fault came to, until the personality has acted on it.
    std::optional<FaultResult> undelivered_;
    VirtAddr last_fault_address_;
    std::uint64_t stalled_at_ = 0;      ///< instructions that all processes had executed at the last fault
    std::uint32_t stalled_faults_ = 0;  ///< since then
};

}  // namespace vmlab
