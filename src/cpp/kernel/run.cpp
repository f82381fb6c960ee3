// SPDX-License-Identifier: GPL-2.0-only
// The kernel's loop: choose a process, run it for a slice, note its trap, handle the trap, go back.
#include <algorithm>
#include <array>
#include <cstring>

#include "kernel/kernel.hpp"
#include "kernel/run.hpp"
#include "machine/vector.hpp"

namespace vmlab {

namespace {

constexpr std::uint32_t MOST_FAULTS_OF_ONE_INSTRUCTION = 32;  ///< it touches eight pages at most, each twice for a copy
constexpr std::uint32_t TIMER_VECTOR = 32;                    ///< what a spent slice leaves in the trap frame
constexpr std::uint32_t DISK_VECTOR = 46;                     ///< IRQ 14: what a slice leaves that a disk has ended

}  // namespace

Stop Kernel::run(const RunLimits& limits) {
    Run run(*this, limits);
    try {
        for (;;) {
            if (pending_) {
                handle_pending();
            }
            if (terminal_->has_typed()) {
                type_for_readers();
            }
            if (const auto reason = run.reason()) {
                return run.end(*reason);
            }
            Process* process = choose_process();
            if (process == nullptr && wait_for_interrupt()) {
                ++traps_;  // a timer that nobody hears would go on for ever
                continue;
            }
            if (process == nullptr) {
                return run.end(why_nobody_runs());
            }
            if (!swap_in_stack(*process)) {
                kill_for_memory(choose_oom_victim(*process), {});
                continue;
            }
            switch_to(*process);
            if (run.heard_event()) {
                return run.end(StopReason::Event);
            }
            if (process->blocked_trap) {
                pending_ = process->blocked_trap;  // what it waited for has come
                continue;
            }
            if (process->signals.need_attention()) {
                work_for(*process);
                tracer_->set_now(now());
                machine_.mmu().abandon_retry();  // a handler may run first
                personality_->deliver_signals(*this, *process);
                continue;
            }
            run_slice(run.left());
            if (run.heard_event()) {
                return run.end(StopReason::Event);
            }
            if (pending_->kind == ExitKind::BudgetSpent) {
                run.slice_ended();
            }
        }
    } catch (...) {
        static_cast<void>(run.end(StopReason::Interrupted));
        throw;
    }
}

void Kernel::run_slice(std::uint64_t budget) {
    work_for(*current_);
    return_to_user(*current_);
    const std::uint64_t before = machine_now();
    const std::uint64_t interrupt = next_interrupt();
    const CpuExit exit = machine_.run(
        std::min({budget, slice_left_, interrupt - std::min(interrupt, now()), left_of_own_time(*current_)}));
    const std::uint64_t executed = machine_now() - before;
    slice_left_ -= std::min(slice_left_, executed);
    current_->executed_instructions += executed;
    note_trap(exit);
}

/// What the processor and the entry stub do: the trap frame onto the kernel stack; then the log.
void Kernel::note_trap(const CpuExit& exit) {
    Process& process = *current_;
    cpu_registers_ = machine_.cpu().registers();
    const VirtAddr frame = process.kernel_stack().frame_address();
    const std::uint32_t interrupt = vm_.transfers().any_due() ? DISK_VECTOR : TIMER_VECTOR;
    const std::uint32_t trapno = exit.kind == ExitKind::BudgetSpent ? interrupt : std::uint32_t{exit.vector};
    const std::uint32_t esp_at_pusha = frame.value + offsetof(TrapFrame, es);
    process.set_trap_frame(make_trap_frame(cpu_registers_, trapno, exit.error_code, esp_at_pusha));
    process.fs = cpu_registers_.fs;
    process.gs = cpu_registers_.gs;
    pending_ = exit;
    const bool calls = exit.kind == ExitKind::SoftwareInterrupt && exit.vector == personality_->syscall_vector();
    vm_.count([calls](VmCounters& c) {
        ++c.kernel_entries;
        c.system_calls += calls ? 1U : 0U;
    });
    tracer_->set_now(now());
    if (exit.kind == ExitKind::BudgetSpent) {
        return;
    }
    ++traps_;
    if (exit.kind == ExitKind::PageFault) {
        last_fault_address_ = exit.address;
        note_fault(exit);
    } else if (!calls) {
        vm_.emit(TrapEvent{.vector = std::uint32_t{exit.vector},
                           .error = exit.error_code,
                           .eip = cpu_registers_.eip,
                           .esp = cpu_registers_.esp,
                           .eflags = cpu_registers_.eflags,
                           .frame = frame});
    }
}

void Kernel::note_fault(const CpuExit& exit) {
    if (!tracer_->records(EventKind::fault)) {
        return;
    }
    const Walk walk = machine_.mmu().walk(exit.address);
    const Registers& r = cpu_registers_;
    FaultEvent event{.address = exit.address,
                     .error = exit.error_code,
                     .access = exit.access,
                     .eip = r.eip,
                     .pde = walk.directory.entry.bits,
                     .pte = walk.table_bits(),
                     .eax = r.eax,
                     .ecx = r.ecx,
                     .edx = r.edx,
                     .ebx = r.ebx,
                     .esp = r.esp,
                     .ebp = r.ebp,
                     .esi = r.esi,
                     .edi = r.edi};
    const auto code = instruction_bytes(VirtAddr(r.eip));
    event.code0 = code[0];
    event.code1 = code[1];
    event.code2 = code[2];
    event.code3 = code[3];
    vm_.emit(event);
}

/// The bytes at EIP as far as they are mapped, for the log; looks without effects.
std::array<std::uint32_t, 4> Kernel::instruction_bytes(VirtAddr eip) const {
    std::array<std::uint32_t, 4> words{};
    std::size_t done = 0;
    while (done < sizeof words) {
        const Walk walk = machine_.mmu().walk(eip + static_cast<std::uint32_t>(done));
        if (!walk.mapped()) {
            break;
        }
        const std::size_t piece = std::min<std::size_t>(sizeof words - done, PAGE_SIZE - walk.physical.offset());
        const auto bytes = machine_.memory().frame(frame_of(walk.physical)).subspan(walk.physical.offset(), piece);
        std::memcpy(reinterpret_cast<std::byte*>(words.data()) + done, bytes.data(), piece);
        done += piece;
    }
    return words;
}

void Kernel::handle_pending() {
    Process& process = *current_;
    const CpuExit exit = *pending_;
    work_for(process);
    tracer_->set_now(now());
    process.resumed = process.blocked_trap.has_value();
    process.blocked_trap.reset();
    dispatch(process, exit);
    pending_.reset();
    expire_own_timers(process);
    if (process.state() == ProcessState::Blocked) {
        process.blocked_trap = exit;
        leave_current();
    }
    vm_.daemon().run();
    swap_out_idle();
    finish_transfers();
}

void Kernel::dispatch(Process& process, const CpuExit& exit) {
    switch (exit.kind) {
        case ExitKind::PageFault:
            dispatch_page_fault(process, {.address = exit.address,
                                          .error = exit.error_code,
                                          .access = exit.access,
                                          .eip = VirtAddr(process.trap_frame().eip),
                                          .esp = VirtAddr(process.trap_frame().esp)});
            break;
        case ExitKind::SoftwareInterrupt:
            if (exit.vector == personality_->syscall_vector()) {
                personality_->system_call(*this, process);
            } else {
                personality_->exception(*this, process, exit.vector, exit.error_code);
            }
            break;
        case ExitKind::Exception:
            personality_->exception(*this, process, exit.vector, exit.error_code);
            break;
        case ExitKind::BudgetSpent:
            break;
    }
}

void Kernel::dispatch_page_fault(Process& process, const PageFault& fault) {
    if (!undelivered_) {
        const FaultOutcome outcome = answer_page_fault(process, fault);
        if (outcome.result == FaultResult::Blocked) {
            block_in_fault(process, fault, outcome);
            return;
        }
        vm_.frame_waiters().remove(process.pid());
        process.next_attempt = {.io = IoMode::Start};
        if (outcome.result == FaultResult::Spurious) {
            machine_.mmu().flush();  // a stale entry denied what the tables allow
        }
        if (outcome.resolved()) {
            return;
        }
        undelivered_ = outcome.result;
    }
    machine_.mmu().abandon_retry();
    personality_->unresolved_fault(*this, process, fault, *undelivered_);  // it may throw, and is asked again then
    undelivered_.reset();
}

FaultOutcome Kernel::answer_page_fault(Process& process, const PageFault& fault) {
    HandlerAnswer answer = HandlerAnswer::NotImplemented;
    if (fault_handler_ != nullptr && !process.resumed) {
        expect_progress(process, fault);
        answer = ask_handler(process, fault);
    }
    if (answer == HandlerAnswer::NotImplemented) {
        return resolve_page_fault(process, fault);
    }
    FaultOutcome outcome{.result = FaultResult::Handled, .mapping = process.space().find_mapping(fault.address)};
    if (answer == HandlerAnswer::Deliver) {
        outcome.result = outcome.mapping == nullptr ? FaultResult::NoMapping : FaultResult::Protection;
    }
    machine_.mmu().flush();
    process.space().settle(fault, outcome);
    return outcome;
}

FaultOutcome Kernel::resolve_page_fault(Process& process, const PageFault& fault) {
    if (!process.resumed && is_thrashing()) {
        stalled_faults_ = 0;  // somebody goes now, and who is left gets a chance
        const FaultOutcome outcome{.result = FaultResult::OutOfMemory,
                                   .mapping = process.space().find_mapping(fault.address)};
        process.space().settle(fault, outcome);
        return outcome;
    }
    return process.space().resolve_fault(fault, AfterEnter::RetriesFault, process.next_attempt);
}

HandlerAnswer Kernel::ask_handler(Process& process, const PageFault& fault) {
    HandlerKernel door(*this, process);
    const HandlerAnswer answer = fault_handler_->on_fault(door, fault);
    journal_.record({InputKind::HandlerAnswer, {static_cast<std::uint64_t>(answer)}, {}});
    if (answer == HandlerAnswer::Retry) {
        retried_ = retried_as(process, fault);
    }
    return answer;
}

bool Kernel::is_thrashing() {
    stalled_faults_ = stalled_at_ == machine_now() ? stalled_faults_ + 1 : 0;
    stalled_at_ = machine_now();
    const auto alive = std::ranges::count_if(processes_, [](const auto& process) { return process->alive(); });
    return stalled_faults_ >= MOST_FAULTS_OF_ONE_INSTRUCTION * static_cast<std::uint32_t>(alive);
}

Kernel::RetriedFault Kernel::retried_as(const Process& process, const PageFault& fault) const {
    const Walk walk = machine_.mmu().walk(fault.address);
    return {process.pid(), fault, walk.directory.entry.bits, walk.table_bits(), machine_now()};
}

/// The same fault again after Retry, with no instruction executed and no PTE changed, would go on for ever.
void Kernel::expect_progress(Process& process, const PageFault& fault) {
    const bool stuck = retried_ == retried_as(process, fault);
    retried_.reset();
    if (stuck) {
        throw HandlerMadeNoProgress(
            "the page-fault handler answered RETRY, but the same fault came again and the page tables are as before: "
            "map the page first, or answer DELIVER");
    }
}

void Kernel::note_access(VirtAddr page, Access access) {
    const Pte pte = current_->space().pmap().lookup(page);
    if (pte.present()) {
        vm_.note_access(pte.frame(), access);
    }
}

void Kernel::return_to_user(Process& process) {
    machine_.cpu().set_io_privilege(process.io_privilege);
    const Registers next = process.registers();
    if (next != cpu_registers_) {
        machine_.cpu().set_registers(next);
        cpu_registers_ = next;
    }
    if (process.take_tls_changed()) {
        write_thread_segments(process);
        machine_.cpu().load_segments();
    }
}

}  // namespace vmlab
