// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/signal_frame.hpp"
#include "abi/linux/signals.hpp"
#include "abi/linux_fixture.hpp"
#include "abi/linux_numbers.hpp"
#include "machine/vector.hpp"

using namespace vmlab;
using namespace vmlab_test;
using linux_abi::ActionFlags;
using linux_abi::SignalCode;

namespace {

constexpr std::uint32_t HANDLER = 0x08048100, RESTORER = 0x08048200;
constexpr std::uint32_t ACTION = SCRATCH, OLD = SCRATCH + 0x100, SET = SCRATCH + 0x200, STACK = SCRATCH + 0x300;
constexpr std::uint32_t USER1 = 10, SEGV = 11, USER2 = 12, REALTIME = 40;

struct SignalsFixture : ProcessFixture {
    std::int32_t handle(std::uint32_t signal, std::uint32_t flags = 0, std::uint64_t mask = 0,
                        std::uint32_t handler = HANDLER) {
        put_value(ACTION, std::array<std::uint32_t, 5>{handler, flags, RESTORER, static_cast<std::uint32_t>(mask),
                                                       static_cast<std::uint32_t>(mask >> 32)});
        return call(NR_rt_sigaction, signal, ACTION, OLD, 8);
    }
    std::int32_t block(std::uint64_t signals) {
        put_value(SET, signals);
        return call(NR_rt_sigprocmask, 2, SET, 0, 8);
    }
    /// Lets the process go on until it is back in ring 3.
    void go_on() { static_cast<void>(kernel.run({.budget = 1})); }
    std::uint32_t word(std::uint32_t offset) { return get<std::uint32_t>(kernel.registers(process).esp + offset); }
    bool in_handler() { return kernel.registers(process).eip == HANDLER; }
};

}  // namespace

TEST_CASE_FIXTURE(SignalsFixture, "an action is kept, and given back by the next call") {
    CHECK(handle(USER1, ActionFlags::RESTORER | ActionFlags::RESTART | 0x400, ~std::uint64_t{0}) == 0);
    CHECK(get<std::uint32_t>(OLD) == 0);
    CHECK(call(NR_rt_sigaction, USER1, 0, OLD, 8) == 0);
    CHECK(get<std::uint32_t>(OLD) == HANDLER);
    CHECK(get<std::uint32_t>(OLD + 4) == (ActionFlags::RESTORER | ActionFlags::RESTART));
    CHECK(get<std::uint64_t>(OLD + 12) == ~(std::uint64_t{1} << 8 | std::uint64_t{1} << 18));
    CHECK(call(NR_rt_sigaction, 9, ACTION, 0, 8) == INVAL);
    CHECK(call(NR_rt_sigaction, 0, 0, 0, 8) == INVAL);
    CHECK(call(NR_rt_sigaction, 65, 0, 0, 8) == INVAL);
    CHECK(call(NR_rt_sigaction, 11, 0, 0, 4) == INVAL);
    CHECK(call(NR_rt_sigaction, 11, UNMAPPED, 0, 8) == FAULT);
}

TEST_CASE_FIXTURE(SignalsFixture, "a plain frame: return address, number, sigcontext, and registers for the handler") {
    handle(USER1, ActionFlags::RESTORER);
    Registers before = kernel.registers(process);
    before.ebx = 0xB0B;
    kernel.write_registers(process, before);
    CHECK(call(NR_kill, process.pid(), USER1) == 0);
    const std::uint32_t eip = kernel.registers(process).eip, esp = kernel.registers(process).esp;
    go_on();
    REQUIRE(in_handler());
    const Registers now = kernel.registers(process);
    CHECK(now.eax == USER1);
    CHECK(now.esp % 16 == 12);
    CHECK(word(0) == RESTORER);
    CHECK(word(4) == USER1);
    CHECK(word(8 + 7 * 4) == esp);
    CHECK(word(8 + 14 * 4) == eip);
    CHECK(word(8 + 17 * 4) == esp);
    CHECK(call(NR_rt_sigprocmask, 0, 0, OLD, 8) == 0);
    CHECK(get<std::uint64_t>(OLD) == std::uint64_t{1} << (USER1 - 1));
    // As the handler's `ret` and the restorer's `pop` leave it.
    Registers at_return = now;
    at_return.esp += 8;
    kernel.write_registers(process, at_return);
    CHECK(call(NR_sigreturn) == 0);  // what the interrupted kill() returned
    CHECK(kernel.registers(process).eip == eip);
    CHECK(kernel.registers(process).esp == esp);
    CHECK(call(NR_rt_sigprocmask, 0, 0, OLD, 8) == 0);
    CHECK(get<std::uint64_t>(OLD) == 0);
}

TEST_CASE_FIXTURE(SignalsFixture, "a handler with SA_SIGINFO sees who, why and where") {
    handle(SEGV, ActionFlags::SIGINFO | ActionFlags::RESTORER);
    play({.kind = ScriptStep::Kind::Write, .address = VirtAddr(READ_ONLY + 4)});
    static_cast<void>(kernel.run({.budget = 3}));
    REQUIRE(in_handler());
    const Registers now = kernel.registers(process);
    CHECK(word(8) == now.edx);
    CHECK(word(12) == now.ecx);
    const auto info = get<linux_abi::SignalInfoRecord>(now.edx);
    CHECK(info.signal == SEGV);
    CHECK(info.code == SignalCode::SEGV_ACCESS);
    CHECK(info.fields[0] == READ_ONLY + 4);
    const std::uint32_t context = now.ecx + 20;
    CHECK(get<std::uint32_t>(context + 12 * 4) == 14);
    CHECK(get<std::uint32_t>(context + 13 * 4) == 6);
    CHECK(get<std::uint32_t>(context + 21 * 4) == READ_ONLY + 4);
    CHECK(kernel.tracer().of_kind(EventKind::signal_delivered).size() == 1);
}

TEST_CASE_FIXTURE(SignalsFixture, "a fault while its signal is blocked or ignored kills") {
    SUBCASE("blocked") {
        handle(SEGV);
        block(std::uint64_t{1} << (SEGV - 1));
    }
    SUBCASE("ignored") { handle(SEGV, 0, 0, 1); }
    play({.kind = ScriptStep::Kind::Write, .address = VirtAddr(READ_ONLY)});
    static_cast<void>(kernel.run({.budget = 3}));
    CHECK(process.exit_signal() == Signal::Segv);
}

TEST_CASE_FIXTURE(SignalsFixture, "a frame for which the stack has no room kills, and leaves all books in order") {
    handle(USER1);
    call(NR_kill, process.pid(), USER1);
    Registers registers = kernel.registers(process);
    registers.esp = UNMAPPED;
    kernel.write_registers(process, registers);
    go_on();
    go_on();
    CHECK(process.exit_signal() == Signal::Segv);
    CHECK(kernel.check().empty());
}

TEST_CASE_FIXTURE(SignalsFixture,
                  "a stack for handlers is used where an action asks for it, and may not change meanwhile") {
    put_value(STACK, std::array<std::uint32_t, 3>{SCRATCH + 0x800, 0, 2047});
    CHECK(call(NR_sigaltstack, STACK, 0) == NOMEM);
    put_value(STACK, std::array<std::uint32_t, 3>{SCRATCH + 0x400, 0, 3072});
    CHECK(call(NR_sigaltstack, STACK, 0) == 0);
    put_value(STACK, std::array<std::uint32_t, 3>{SCRATCH, 5, 3072});
    CHECK(call(NR_sigaltstack, STACK, 0) == INVAL);
    handle(USER1, ActionFlags::ONSTACK | ActionFlags::SIGINFO);
    call(NR_kill, process.pid(), USER1);
    go_on();
    REQUIRE(in_handler());
    const std::uint32_t esp = kernel.registers(process).esp;
    CHECK(esp > SCRATCH + 0x400);
    CHECK(esp < SCRATCH + 0x1000);
    CHECK(call(NR_sigaltstack, 0, OLD) == 0);
    CHECK(get<std::uint32_t>(OLD + 4) == 1);
    put_value(STACK, std::array<std::uint32_t, 3>{0, 2, 0});
    CHECK(call(NR_sigaltstack, STACK, 0) == PERM);
}

TEST_CASE_FIXTURE(SignalsFixture,
                  "a blocked signal waits; of the first 31 one each, of the real-time ones all, in order") {
    handle(USER1);
    handle(REALTIME);
    block(~std::uint64_t{0});
    for (int i = 0; i < 2; ++i) {
        CHECK(call(NR_kill, process.pid(), USER1) == 0);
        CHECK(call(NR_kill, process.pid(), REALTIME) == 0);
    }
    CHECK(call(NR_rt_sigpending, OLD, 8) == 0);
    CHECK(get<std::uint64_t>(OLD) == (std::uint64_t{1} << (USER1 - 1) | std::uint64_t{1} << (REALTIME - 1)));
    put_value(SET, ~std::uint64_t{0});
    CHECK(call(NR_rt_sigtimedwait, SET, OLD, 0, 8) == static_cast<std::int32_t>(USER1));
    CHECK(call(NR_rt_sigtimedwait, SET, OLD, 0, 8) == static_cast<std::int32_t>(REALTIME));
    CHECK(call(NR_rt_sigtimedwait, SET, OLD, 0, 8) == static_cast<std::int32_t>(REALTIME));
    put_value(STACK, std::array<std::uint32_t, 2>{0, 0});
    CHECK(call(NR_rt_sigtimedwait, SET, OLD, STACK, 8) == AGAIN);
}

TEST_CASE_FIXTURE(SignalsFixture, "a queue full of real-time signals refuses more of them, and no fault") {
    block(~std::uint64_t{0} << 31);
    while (process.signals.pending.add({.signal = static_cast<Signal>(REALTIME)})) {
    }
    CHECK(call(NR_tkill, process.pid(), REALTIME) == AGAIN);
    handle(SEGV);
    play({.kind = ScriptStep::Kind::Write, .address = VirtAddr(READ_ONLY)});
    static_cast<void>(kernel.run({.budget = 3}));
    CHECK(in_handler());
}

TEST_CASE_FIXTURE(SignalsFixture, "flags: once only, and not held back meanwhile") {
    handle(USER1, ActionFlags::RESETHAND | ActionFlags::NODEFER, std::uint64_t{1} << (USER2 - 1));
    call(NR_kill, process.pid(), USER1);
    go_on();
    REQUIRE(in_handler());
    CHECK(call(NR_rt_sigprocmask, 0, 0, OLD, 8) == 0);
    CHECK(get<std::uint64_t>(OLD) == std::uint64_t{1} << (USER2 - 1));
    CHECK(call(NR_rt_sigaction, USER1, 0, OLD, 8) == 0);
    CHECK(get<std::uint32_t>(OLD) == 0);
    call(NR_kill, process.pid(), USER1);
    go_on();
    CHECK(process.exit_signal() == Signal::User1);
}

TEST_CASE_FIXTURE(SignalsFixture,
                  "sigsuspend waits with another mask, and the handler's return puts the old one back") {
    handle(USER1, ActionFlags::RESTORER);
    block(std::uint64_t{1} << (USER1 - 1));
    call(NR_kill, process.pid(), USER1);
    put_value(SET, std::uint64_t{0});
    static_cast<void>(call(NR_rt_sigsuspend, SET, 8));
    go_on();
    REQUIRE(in_handler());
    Registers registers = kernel.registers(process);
    CHECK(word(8 + 11 * 4) == static_cast<std::uint32_t>(INTR));
    CHECK(word(8 + 20 * 4) == 1U << (USER1 - 1));
    registers.esp += 8;
    kernel.write_registers(process, registers);
    CHECK(call(NR_sigreturn) == INTR);
    CHECK(process.signals.blocked == SignalSet::of(Signal::User1));
}

TEST_CASE_FIXTURE(SignalsFixture, "an alarm comes on simulated time, also to who sleeps") {
    handle(14);
    CHECK(call(NR_alarm, 2) == 0);
    CHECK(call(NR_alarm, 1) == 2);
    put_value(STACK, std::array<std::uint32_t, 2>{10, 0});
    static_cast<void>(call(NR_nanosleep, STACK, OLD));
    CHECK(kernel.now() / 1'000'000'000 == 1);
    CHECK(get<std::uint32_t>(OLD) == 8 + 1);
    go_on();
    CHECK(in_handler());
}

TEST_CASE_FIXTURE(SignalsFixture, "a timer that nobody hears ends no run that has a budget, and no sleep") {
    block(~std::uint64_t{0});
    put_value(STACK, std::array<std::uint32_t, 4>{0, 1, 0, 1});
    CHECK(call(NR_setitimer, 0, STACK, 0) == 0);
    put_value(STACK, std::array<std::uint32_t, 2>{0x7FFFFFFF, 0});
    Registers registers = kernel.registers(process);
    registers.eax = NR_nanosleep;
    registers.ebx = STACK;
    registers.ecx = 0;
    play({.kind = ScriptStep::Kind::Interrupt, .value = 0x80}, registers);
    CHECK(kernel.run({.budget = 1000}).reason == StopReason::Budget);
    CHECK(process.state() == ProcessState::Blocked);
}

TEST_CASE_FIXTURE(SignalsFixture, "a process that is stopped goes on with SIGCONT, and dies of SIGKILL") {
    Process& other = spawn({.name = "other", .elf = small_program(), .arguments = {"other"}});
    machine.mmu().load_cr3(process.space().pmap().root());
    CHECK(call(NR_kill, other.pid(), 20) == 0);
    static_cast<void>(kernel.run({.budget = 300'000}));
    CHECK(other.state() == ProcessState::Stopped);
    SUBCASE("SIGCONT") {
        CHECK(call(NR_kill, other.pid(), 18) == 0);
        CHECK(other.state() == ProcessState::Ready);
    }
    SUBCASE("SIGKILL") {
        CHECK(call(NR_kill, other.pid(), 9) == 0);
        CHECK(other.exit_signal() == Signal::Kill);
        CHECK(call(NR_kill, other.pid(), 15) == SRCH);
    }
    CHECK(kernel.check().empty());
}

TEST_CASE_FIXTURE(SignalsFixture, "each exception has the signal that Linux sends") {
    const auto signal_of = [this](Vector vector) {
        return linux_abi::signal_of_exception(kernel, static_cast<std::uint8_t>(vector), VirtAddr(1)).signal;
    };
    for (const Vector vector : {Vector::DivideError, Vector::FloatingPoint, Vector::SimdFloatingPoint}) {
        CHECK(signal_of(vector) == Signal::FloatingPoint);
    }
    for (const Vector vector : {Vector::Debug, Vector::Breakpoint}) {
        CHECK(signal_of(vector) == Signal::Trap);
    }
    CHECK(signal_of(Vector::InvalidOpcode) == Signal::Ill);
    for (const Vector vector : {Vector::AlignmentCheck, Vector::SegmentNotPresent, Vector::StackFault}) {
        CHECK(signal_of(vector) == Signal::Bus);
    }
    for (const Vector vector : {Vector::Overflow, Vector::BoundRange, Vector::GeneralProtection}) {
        CHECK(signal_of(vector) == Signal::Segv);
    }
}

TEST_CASE_FIXTURE(SignalsFixture, "a frame that is none kills") {
    Registers registers = kernel.registers(process);
    registers.esp = UNMAPPED;
    kernel.write_registers(process, registers);
    SUBCASE("sigreturn") { static_cast<void>(call(NR_sigreturn)); }
    SUBCASE("rt_sigreturn") { static_cast<void>(call(NR_rt_sigreturn)); }
    go_on();
    CHECK(process.exit_signal() == Signal::Segv);
}

TEST_CASE("the cause of a floating-point exception is the first that is not masked") {
    FloatingPoint state;
    state.status = 0x24;
    CHECK(linux_abi::code_of_float_exception(state, false) == SignalCode::KERNEL);
    state.control = 0x37F & ~0x24;
    CHECK(linux_abi::code_of_float_exception(state, false) == SignalCode::FPE_FLOAT_DIVIDE);
    state.mxcsr = 0x1F80 & ~0x1000;
    CHECK(linux_abi::code_of_float_exception(state, true) == SignalCode::KERNEL);
    state.mxcsr |= 0x20;
    CHECK(linux_abi::code_of_float_exception(state, true) == SignalCode::FPE_INEXACT);
}
