// SPDX-License-Identifier: GPL-2.0-only
// VmFixture: a virtual memory on a machine whose processor plays scripts, and one address space.
#pragma once

#include <doctest/doctest.h>

#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "machine/cpu_script.hpp"
#include "machine/machine.hpp"
#include "trace/tracer.hpp"
#include "vm/address_space.hpp"
#include "vm/file_pager.hpp"
#include "vm/invariants.hpp"

namespace vmlab_test {

struct VmFixture {
    explicit VmFixture(std::uint32_t frames = 256)
        : machine(vmlab::MachineConfig{.ram_bytes = std::uint64_t{frames} * vmlab::PAGE_SIZE},
                  [](vmlab::Machine& made) { return std::make_unique<vmlab::ScriptCpu>(made.memory(), made.mmu()); }),
          vm(machine, tracer),
          frames_before(machine.frames().used()),
          space(vmlab::AddressSpace::create(vm, vmlab::SpaceLayout{})) {
        REQUIRE(space != nullptr);
        machine.mmu().load_cr3(space->pmap().root());
    }
    VmFixture(const VmFixture&) = delete;
    VmFixture& operator=(const VmFixture&) = delete;
    ~VmFixture() {
        const auto violations = vmlab::check_invariants(vm, {space.get()});
        CHECK_MESSAGE(violations.empty(), (violations.empty() ? std::string() : violations.front()));
        space.reset();
        CHECK(machine.frames().used() == frames_before);
    }

    static constexpr vmlab::VirtAddr AT{0x10000000};

    vmlab::VirtAddr map(std::uint32_t pages, std::uint32_t protection, vmlab::VirtAddr at = AT) {
        vmlab::MapRequest request;
        request.address = at;
        request.length = std::uint64_t{pages} * vmlab::PAGE_SIZE;
        request.placement = vmlab::Placement::Fixed;
        request.protection = {protection};
        return space->map(std::move(request)).value();
    }
    vmlab::VirtAddr map_file(const vmlab::Ref<vmlab::VmObject>& file, std::uint32_t pages, vmlab::Sharing sharing,
                             vmlab::VirtAddr at = AT) {
        vmlab::MapRequest request;
        request.address = at;
        request.length = std::uint64_t{pages} * vmlab::PAGE_SIZE;
        request.placement = vmlab::Placement::Fixed;
        request.protection = {READ_WRITE};
        request.sharing = sharing;
        request.object = file;
        return space->map(std::move(request)).value();
    }
    vmlab::Ref<vmlab::VmObject> file(std::string content) {
        const std::uint64_t bytes = content.size();
        return vmlab::VmObject::create_file(vm, std::make_unique<vmlab::FilePager>(std::move(content)), bytes);
    }

    /// Plays one access as ring 3 would, resolving the faults it meets; the result of the last fault, if there was one.
    std::optional<vmlab::FaultResult> access(vmlab::VirtAddr va, vmlab::Access kind, std::uint32_t value = 0) {
        using Kind = vmlab::ScriptStep::Kind;
        auto& cpu = dynamic_cast<vmlab::ScriptCpu&>(machine.cpu());
        cpu.load({{.kind = kind == vmlab::Access::Write ? Kind::Write : Kind::Read, .address = va, .value = value}});
        std::optional<vmlab::FaultResult> result;
        for (;;) {
            const vmlab::CpuExit exit = machine.run(1);
            if (exit.kind != vmlab::ExitKind::PageFault) {
                return result;
            }
            const auto outcome = space->resolve_fault({exit.address, exit.error_code, exit.access, vmlab::VirtAddr(1)},
                                                      vmlab::AfterEnter::RetriesFault);
            result = outcome.result;
            if (!outcome.resolved()) {
                return result;
            }
        }
    }
    std::optional<vmlab::FaultResult> read(vmlab::VirtAddr va) { return access(va, vmlab::Access::Read); }
    std::optional<vmlab::FaultResult> write(vmlab::VirtAddr va, std::uint32_t value) {
        return access(va, vmlab::Access::Write, value);
    }
    std::uint32_t value_at(vmlab::VirtAddr va) {
        (void)read(va);
        return machine.cpu().registers().eax;
    }

    static constexpr std::uint32_t READ = vmlab::Protection::READ;
    static constexpr std::uint32_t READ_WRITE = vmlab::Protection::READ | vmlab::Protection::WRITE;

    vmlab::Tracer tracer;
    vmlab::Machine machine;
    vmlab::VirtualMemory vm;
    std::uint32_t frames_before;
    std::unique_ptr<vmlab::AddressSpace> space;
};

}  // namespace vmlab_test
