// SPDX-License-Identifier: GPL-2.0-only
#include "machine/cpu_script.hpp"

#include <stdexcept>

#include "machine/vector.hpp"

namespace vmlab {

namespace {

struct ScriptContext : CpuContext {
    explicit ScriptContext(const Registers& r) : registers(r) {}
    Registers registers;
};

Access access_of(ScriptStep::Kind kind) {
    switch (kind) {
        case ScriptStep::Kind::Write:
            return Access::Write;
        case ScriptStep::Kind::Fetch:
            return Access::Fetch;
        default:
            return Access::Read;
    }
}

}  // namespace

void ScriptCpu::load(std::vector<ScriptStep> steps) {
    for (const ScriptStep& step : steps) {
        if (step.address.offset() > PAGE_SIZE - 4) {
            throw std::invalid_argument("each access of a script reads or writes 4 bytes within one page");
        }
    }
    steps_ = std::move(steps);
    registers_.eip = 0;
}

CpuExit ScriptCpu::run(std::uint64_t budget) {
    for (; budget > 0 && registers_.eip < steps_.size(); --budget) {
        const ScriptStep& step = steps_[registers_.eip];
        if (step.kind == ScriptStep::Kind::Interrupt) {
            ++instructions_;
            return {.kind = ExitKind::SoftwareInterrupt,
                    .vector = static_cast<std::uint8_t>(step.value),
                    .instruction = VirtAddr(registers_.eip++)};
        }
        const Access access = access_of(step.kind);
        const Translation translation = mmu_.translate(step.address, access, Privilege::User);
        if (translation.end == TranslateEnd::PageFault) {
            return fault(step, access, translation.error);
        }
        if (translation.end == TranslateEnd::BusError) {
            return {.kind = ExitKind::Exception,
                    .vector = static_cast<std::uint8_t>(Vector::MachineCheck),
                    .instruction = VirtAddr(registers_.eip)};
        }
        const PhysAddr physical = translation.frame.address() + step.address.offset();
        if (access == Access::Write) {
            memory_.write32(physical, step.value);
        } else {
            registers_.eax = memory_.read32(physical);
        }
        ++instructions_;
        ++registers_.eip;
    }
    instructions_ += budget;
    return {.kind = ExitKind::BudgetSpent, .instruction = VirtAddr(registers_.eip)};
}

CpuExit ScriptCpu::fault(const ScriptStep& step, Access access, std::uint32_t error) const {
    return {.kind = ExitKind::PageFault,
            .vector = static_cast<std::uint8_t>(Vector::PageFault),
            .error_code = error,
            .address = step.address,
            .access = access,
            .instruction = VirtAddr(registers_.eip)};
}

std::unique_ptr<CpuContext> ScriptCpu::save_context() { return std::make_unique<ScriptContext>(registers_); }

void ScriptCpu::restore_context(const CpuContext& context) {
    const auto* saved = dynamic_cast<const ScriptContext*>(&context);
    require(saved != nullptr, "a context goes back to the kind of processor that made it");
    registers_ = saved->registers;
}

std::unique_ptr<CpuContext> ScriptCpu::initial_context() { return std::make_unique<ScriptContext>(Registers{}); }

}  // namespace vmlab
