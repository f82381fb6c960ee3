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

inline vmlab::VirtRange pages_at(vmlab::VirtAddr start, std::uint32_t pages) {
    return {start, std::uint64_t{start.value} + std::uint64_t{pages} * vmlab::PAGE_SIZE};
}

struct VmFixture {
    explicit VmFixture(std::uint32_t frames = 256, const vmlab::VmConfig& config = {})
        : machine(vmlab::MachineConfig{.ram_bytes = std::uint64_t{frames} * vmlab::PAGE_SIZE},
                  [](vmlab::Machine& made) { return std::make_unique<vmlab::ScriptCpu>(made.memory(), made.mmu()); }),
          vm(machine, tracer, config),
          frames_before(machine.frames().used()),
          space(vmlab::AddressSpace::create(vm, vmlab::SpaceLayout{})) {
        REQUIRE(space != nullptr);
        machine.mmu().load_cr3(space->pmap().root());
    }
    VmFixture(const VmFixture&) = delete;
    VmFixture& operator=(const VmFixture&) = delete;
    ~VmFixture() {
        check();
        others.clear();
        space = nullptr;
        CHECK(machine.frames().used() == frames_before + (vm.is_zero_frame_made() ? 1 : 0));
        CHECK(vm.swap().used() == 0);
        CHECK(vm.objects().first() == nullptr);
    }

    /// All that the virtual memory believes holds.
    void check() {
        std::vector<vmlab::AddressSpace*> spaces{space.get()};
        for (const auto& other : others) {
            spaces.push_back(other.get());
        }
        const auto violations = vmlab::check_invariants(vm, spaces);
        CHECK_MESSAGE(violations.empty(), (violations.empty() ? std::string() : violations.front()));
    }
    /// Forks the space and goes on in the parent.
    vmlab::Ref<vmlab::AddressSpace> fork(const vmlab::Ref<vmlab::AddressSpace>& parent) {
        vmlab::Ref<vmlab::AddressSpace> child = parent->fork();
        REQUIRE(child);
        others.push_back(child);
        return child;
    }
    void exit(vmlab::Ref<vmlab::AddressSpace>& child) {
        std::erase(others, child);
        child = nullptr;
    }
    /// Whose accesses the next read() and write() are.
    void run_in(const vmlab::Ref<vmlab::AddressSpace>& other) {
        running = other.get();
        machine.mmu().load_cr3(other->pmap().root());
        vm.set_current({.pid = 1, .domain = other->domain()});
    }

    /// Where map() puts what it maps, unless it is told another place.
    static constexpr vmlab::VirtAddr AT{0x10000000};
    static vmlab::VirtAddr page_at(std::uint32_t number) { return AT + number * vmlab::PAGE_SIZE; }

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
        return vmlab::VmObject::create_file(vm, std::make_unique<vmlab::FilePager>(std::move(content), vm.file_disk()),
                                            bytes);
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
            vmlab::AddressSpace& faulting = running != nullptr ? *running : *space;
            const auto outcome = faulting.resolve_fault(
                {exit.address, exit.error_code, exit.access, vmlab::VirtAddr(1)}, vmlab::AfterEnter::RetriesFault);
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
    /// Writes to each of the first pages from AT on its number, counted from 1.
    void write_numbers(std::uint32_t pages) {
        for (std::uint32_t page = 0; page < pages; ++page) {
            (void)write(page_at(page), page + 1);
        }
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
    vmlab::Ref<vmlab::AddressSpace> space;
    std::vector<vmlab::Ref<vmlab::AddressSpace>> others;
    vmlab::AddressSpace* running = nullptr;  ///< null: `space`
};

}  // namespace vmlab_test
