// SPDX-License-Identifier: GPL-2.0-only
#include <functional>
#include <stdexcept>

#include "abi/own/personality.hpp"
#include "kernel/kernel_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

AbiDescription description() {
    using Register = AbiDescription::ArgumentRegister;
    return {.name = "mine",
            .profile = "linux",
            .syscall_vector = 0x30,
            .arguments = std::vector{Register::Ebx, Register::Ecx, Register::Edx},
            .bad_address = ~0U - 13,
            .lowest = VirtAddr(PAGE_SIZE),
            .kernel_window = VirtAddr(0xC0000000),
            .stack_top = VirtAddr(0xC0000000),
            .stack_bytes = 4 * PAGE_SIZE,
            .calls = {{1, "first", "ddd"}, {2, "second", "x"}}};
}

AbiDescription description_with_all_on_the_stack() {
    AbiDescription described = description();
    described.number = AbiDescription::NumberPlace::Stack;
    described.arguments.reset();
    return described;
}

/// Does what a test sets, and keeps what it was asked.
struct Handler : CallHandler {
    std::function<std::uint32_t(Caller&)> answer = [](Caller&) { return 7U; };
    std::function<void(Caller&)> answer_trap = [](Caller& caller) { caller.kill(); };
    std::vector<std::vector<std::uint32_t>> calls;  ///< number, then the arguments
    std::vector<std::uint32_t> traps;               ///< addresses of faults, vectors of exceptions

    std::uint32_t on_call(Caller& caller, std::uint32_t number, std::span<const std::uint32_t> arguments) override {
        calls.push_back({number});
        calls.back().insert(calls.back().end(), arguments.begin(), arguments.end());
        return answer(caller);
    }
    void on_fault(Caller& caller, const PageFault& fault, FaultResult) override {
        traps.push_back(fault.address.value);
        answer_trap(caller);
    }
    void on_exception(Caller& caller, std::uint8_t vector, std::uint32_t) override {
        traps.push_back(vector);
        answer_trap(caller);
    }
};

/// A running process of small_program(). The handler is the personality's.
struct OwnFixture : KernelFixture {
    explicit OwnFixture(const AbiDescription& described = description())
        : OwnFixture{described, std::make_unique<Handler>()} {}
    OwnFixture(const AbiDescription& described, std::unique_ptr<Handler> made)
        : OwnFixture{described, *made, std::move(made)} {}
    OwnFixture(const AbiDescription& described, Handler& kept, std::unique_ptr<Handler> made)
        : KernelFixture(std::make_unique<OwnPersonality>(described, std::move(made))), handler(&kept) {}

    /// Makes one call or trap as the process would.
    Stop run(const ScriptStep& step, Registers registers) {
        registers.eip = 0;
        kernel.write_registers(*process, registers);
        cpu->load({step});
        return go_on();
    }
    Stop go_on() {
        RunLimits limits{.budget = 1000};
        limits.stop_at.set(static_cast<std::size_t>(EventKind::syscall_return));
        return kernel.run(limits);
    }
    Stop call(std::uint32_t number, std::uint32_t first = 0) {
        Registers registers = kernel.registers(*process);
        registers.eax = number;
        registers.ebx = first;
        registers.ecx = 20;
        registers.edx = 30;
        return run(INTERRUPT, registers);
    }
    [[nodiscard]] std::uint32_t result() { return kernel.registers(*process).eax; }
    [[nodiscard]] std::size_t count(EventKind kind) { return kernel.tracer().of_kind(kind).size(); }
    /// How the journal's handlers ended: what they returned, nothing where they threw.
    [[nodiscard]] std::vector<std::vector<std::uint64_t>> answers() {
        std::vector<std::vector<std::uint64_t>> found;
        for (const Input& input : kernel.journal().inputs()) {
            if (input.kind == InputKind::OwnAbiAnswer) {
                found.push_back(input.numbers);
            }
        }
        return found;
    }

    static constexpr ScriptStep INTERRUPT{.kind = ScriptStep::Kind::Interrupt, .value = 0x30};
    Handler* handler;
    Process* process = &spawn(request_of({"small"}));
};

using Calls = std::vector<std::vector<std::uint32_t>>;

}  // namespace

TEST_CASE_FIXTURE(OwnFixture, "a call's arguments are as many as its letters, in the registers of the convention") {
    call(1, 10);
    CHECK(result() == 7);
    call(2, 10);
    call(3, 10);
    CHECK(handler->calls == Calls{{1, 10, 20, 30}, {2, 10}, {3}});
    CHECK(count(EventKind::syscall) == 3);
    CHECK(count(EventKind::syscall_unknown) == 1);
    CHECK(answers() == std::vector<std::vector<std::uint64_t>>{{7}, {7}, {7}});
}

TEST_CASE("on the stack the number lies where ESP points, and the arguments above it") {
    OwnFixture f(description_with_all_on_the_stack());
    const std::array<std::uint32_t, 4> words{1, 11, 12, 13};
    REQUIRE(UserMemory(*f.process).copy_out(VirtAddr(SCRATCH), std::as_bytes(std::span(words))) == CopyResult::Ok);
    Registers registers = f.kernel.registers(*f.process);
    registers.esp = SCRATCH;
    f.run(OwnFixture::INTERRUPT, registers);
    CHECK(f.handler->calls == Calls{{1, 11, 12, 13}});

    const std::uint32_t number = 1;
    constexpr VirtAddr LAST(0xBFFFFFFC);
    REQUIRE(UserMemory(*f.process).write(LAST, number) == CopyResult::Ok);
    for (const std::uint32_t esp : {LAST.value, 0xC0000000U, 0U}) {
        CAPTURE(esp);
        registers.esp = esp;
        f.run(OwnFixture::INTERRUPT, registers);
        CHECK(f.result() == description().bad_address);
    }
    CHECK(f.handler->calls.size() == 1);
    CHECK(f.count(EventKind::syscall) == 2);
    CHECK(f.kernel.check().empty());
}

TEST_CASE_FIXTURE(OwnFixture,
                  "a call whose handler throws is noted once and made again, and what it left undone is not done") {
    handler->answer = [](Caller& caller) -> std::uint32_t {
        caller.exit(1);
        throw std::logic_error("a bug");
    };
    CHECK_THROWS_AS(call(1, 10), std::logic_error);
    CHECK(process->alive());
    CHECK_THROWS_AS(go_on(), std::logic_error);
    handler->answer = [](Caller&) { return 8U; };
    go_on();
    CHECK(result() == 8);
    CHECK(handler->calls == Calls{{1, 10, 20, 30}, {1, 10, 20, 30}, {1, 10, 20, 30}});
    CHECK(count(EventKind::syscall) == 1);
    CHECK(count(EventKind::syscall_return) == 1);
    CHECK(answers() == std::vector<std::vector<std::uint64_t>>{{}, {}, {8}});
    call(2, 10);
    CHECK(count(EventKind::syscall) == 2);
}

TEST_CASE_FIXTURE(OwnFixture,
                  "a fault whose handler throws is handed to it again, and is neither resolved nor noted again") {
    const auto without_mapping = [&] {
        return process->counters().faults_by_result[static_cast<std::size_t>(FaultResult::NoMapping)];
    };
    handler->answer_trap = [](Caller&) { throw std::logic_error("a bug"); };
    const ScriptStep store{.kind = ScriptStep::Kind::Write, .address = VirtAddr(UNMAPPED), .value = 1};
    CHECK_THROWS_AS(run(store, kernel.registers(*process)), std::logic_error);
    const std::size_t noted = count(EventKind::fault_resolved);
    CHECK(without_mapping() == 1);
    CHECK_THROWS_AS(go_on(), std::logic_error);
    CHECK(count(EventKind::fault_resolved) == noted);
    handler->answer_trap = [](Caller& caller) { caller.kill(); };
    CHECK(go_on().reason == StopReason::Exited);
    CHECK(handler->traps == std::vector{UNMAPPED, UNMAPPED, UNMAPPED});
    CHECK(count(EventKind::fault_resolved) == noted);
    CHECK(without_mapping() == 1);
}

TEST_CASE_FIXTURE(OwnFixture, "a call that waits is made again, and knows of it also when its handler threw between") {
    std::vector<bool> resumed;
    handler->answer = [&](Caller& caller) {
        resumed.push_back(caller.process().resumed);
        if (!caller.process().resumed) {
            caller.sleep_until(caller.kernel().now() + 10);
        } else if (resumed.size() == 2) {
            throw std::logic_error("a bug");
        }
        return 9U;
    };
    CHECK_THROWS_AS(call(1), std::logic_error);
    go_on();
    CHECK(result() == 9);
    CHECK(resumed == std::vector{false, true, true});
    CHECK(count(EventKind::syscall) == 1);
    CHECK(count(EventKind::syscall_return) == 1);
}

TEST_CASE_FIXTURE(OwnFixture, "the last of the ways to leave counts, and memory is there until then") {
    handler->answer = [](Caller& caller) {
        caller.wait();
        caller.exit(3);
        CHECK(caller.read(VirtAddr(READ_ONLY), 4).has_value());
        return 5U;
    };
    CHECK(call(1).reason == StopReason::Exited);
    CHECK(process->exit_status() == 3);
    CHECK(count(EventKind::syscall_return) == 0);
    CHECK(kernel.check().empty());
}

TEST_CASE_FIXTURE(OwnFixture, "memory is read up to where it ends, whatever the length") {
    handler->answer = [](Caller& caller) {
        CHECK(caller.read(VirtAddr(SCRATCH), 2 * PAGE_SIZE + 1) == std::nullopt);
        CHECK(caller.read(VirtAddr(SCRATCH), PAGE_SIZE) == std::string(PAGE_SIZE, '\0'));
        CHECK(caller.read(VirtAddr(SCRATCH), ~0U) == std::nullopt);
        CHECK(caller.read(VirtAddr(~0U), 2) == std::nullopt);
        CHECK(caller.read(VirtAddr(0), 0) == "");
        CHECK_FALSE(caller.write(VirtAddr(READ_ONLY), "x"));
        CHECK(caller.write(VirtAddr(SCRATCH), "text"));
        CHECK(caller.read_string(VirtAddr(SCRATCH), 4) == "text");
        CHECK(caller.read_string(VirtAddr(SCRATCH), 3) == std::nullopt);
        return 0U;
    };
    call(1);
    CHECK(kernel.check().empty());
}

TEST_CASE_FIXTURE(OwnFixture, "a trap that comes again with nothing done about it is no progress") {
    handler->answer_trap = [](Caller&) {};
    const ScriptStep store{.kind = ScriptStep::Kind::Write, .address = VirtAddr(UNMAPPED), .value = 1};
    const Registers registers = kernel.registers(*process);
    CHECK_THROWS_AS(run(store, registers), HandlerMadeNoProgress);
    CHECK(handler->traps == std::vector{UNMAPPED});
    handler->answer_trap = [](Caller& caller) {
        CHECK(caller.map(VirtAddr(UNMAPPED), 1, {Protection::READ | Protection::WRITE}).ok());
    };
    CHECK(go_on().reason == StopReason::Budget);
    CHECK(handler->traps.size() == 2);
    CHECK(UserMemory(*process).read<std::uint32_t>(VirtAddr(UNMAPPED)) == 1);
    handler->answer_trap = [](Caller& caller) { caller.kill(); };
    CHECK(run({.kind = ScriptStep::Kind::Interrupt, .value = 0x31}, registers).reason == StopReason::Exited);
    CHECK(process->exit_signal() == Signal::Kill);
    CHECK(kernel.check().empty());
}
