// SPDX-License-Identifier: GPL-2.0-only
#include "bindings/workbench.hpp"

#include <pybind11/pybind11.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "kernel/files/kernel_buffers.hpp"
#include "machine/cpu_script.hpp"
#include "vm/invariants.hpp"

namespace py = pybind11;

namespace vmlab {

namespace {

/// An access that still faults after so many faults were resolved makes no progress.
constexpr std::size_t MOST_FAULTS = 16;

std::unique_ptr<Cpu> make_script_cpu(Machine& machine) {
    return std::make_unique<ScriptCpu>(machine.memory(), machine.mmu());
}

ScriptStep::Kind step_of(Access access) {
    switch (access) {
        case Access::Read:
            return ScriptStep::Kind::Read;
        case Access::Write:
            return ScriptStep::Kind::Write;
        case Access::Fetch:
            return ScriptStep::Kind::Fetch;
    }
    throw Panic("an access that is none of the three");
}

}  // namespace

Workbench::Workbench(const WorkbenchConfig& config)
    : machine_(config.machine, &make_script_cpu), vm_(machine_, tracer_, config.vm), layout_(config.layout) {}

Workbench::~Workbench() = default;

std::optional<Workbench::Number> Workbench::create_space() {
    Ref<AddressSpace> space = vm_.can_guarantee_another() ? AddressSpace::create(vm_, layout_) : nullptr;
    if (!space) {
        return std::nullopt;
    }
    spaces_.emplace(next_space_, std::move(space));
    return next_space_++;
}

std::optional<Workbench::Number> Workbench::fork(Number parent) {
    AddressSpace& forked = enter(parent);
    Ref<AddressSpace> child = vm_.can_guarantee_another() ? forked.fork() : nullptr;
    if (!child) {
        return std::nullopt;
    }
    spaces_.emplace(next_space_, std::move(child));
    return next_space_++;
}

void Workbench::destroy(Number space) {
    static_cast<void>(enter(space));
    AddressSpace::drop(std::move(spaces_.extract(space).mapped()));
    vm_.set_current({});
    current_ = 0;
}

AddressSpace& Workbench::look(Number space) {
    const auto found = spaces_.find(space);
    if (found == spaces_.end()) {
        throw py::value_error("there is no address space " + std::to_string(space) +
                              ": create() or fork() makes one, `spaces` lists them");
    }
    return *found->second;
}

AddressSpace& Workbench::enter(Number space) {
    AddressSpace& entered = look(space);
    if (current_ != space) {
        current_ = space;
        machine_.mmu().load_cr3(entered.pmap().root());
        vm_.set_current({.pid = space, .domain = entered.domain()});
    }
    return entered;
}

std::vector<Workbench::Number> Workbench::spaces() const {
    std::vector<Number> numbers;
    for (const auto& [number, space] : spaces_) {
        numbers.push_back(number);
    }
    return numbers;
}

Touched Workbench::access(Number space, VirtAddr va, Access kind, std::uint32_t value, IoMode io) {
    vm_.transfers().finish_due();
    AddressSpace& faulting = enter(space);
    auto& cpu = dynamic_cast<ScriptCpu&>(machine_.cpu());
    cpu.load({{.kind = step_of(kind), .address = va, .value = value}});
    Touched touched;
    for (;;) {
        const CpuExit exit = machine_.run(1);
        if (exit.kind != ExitKind::PageFault) {
            require(exit.kind == ExitKind::BudgetSpent, "a scripted access ends or faults");
            touched.value = kind == Access::Write ? value : cpu.registers().eax;
            return touched;
        }
        require(touched.faults.size() < MOST_FAULTS, "an access whose faults were resolved goes on");
        const PageFault fault{exit.address, exit.error_code, exit.access, exit.instruction};
        const FaultOutcome outcome = faulting.resolve_fault(fault, AfterEnter::RetriesFault, {.io = io});
        touched.faults.push_back(outcome.result);
        if (!outcome.resolved()) {
            return touched;
        }
    }
}

void Workbench::advance(std::uint64_t time) {
    const std::uint64_t end = vm_.now() + time;
    while (vm_.transfers().any() && vm_.transfers().next_end() <= end) {
        vm_.transfers().wait_for_next();
    }
    vm_.advance_to(end);
}

Result<Done, VmError> Workbench::install_page(Number space, VirtAddr va, std::span<const std::byte> bytes,
                                              Protection protection) {
    AddressSpace& entered = enter(space);
    const auto frame = vm_.allocate_frame(FrameUse::Handler);
    if (!frame) {
        return Failure(VmError::NoMemory);
    }
    const auto content = vm_.memory().writable_frame(*frame);
    std::memset(content.data(), 0, content.size());
    std::memcpy(content.data(), bytes.data(), std::min<std::size_t>(bytes.size(), content.size()));
    const auto installed = entered.install_page(va, *frame, protection);
    if (!installed) {
        vm_.free_frame(*frame);
    }
    return installed;
}

std::vector<ChainLink> Workbench::chain(Number space, VirtAddr va) {
    std::vector<ChainLink> links;
    const Mapping* mapping = look(space).find_mapping(va);
    if (mapping == nullptr) {
        return links;
    }
    PageIndex index = mapping->index_of(va);
    for (const VmObject* object = mapping->object.get(); object != nullptr; object = object->shadow().get()) {
        ChainLink link{.object_id = object->id(), .kind = object->kind(), .page = index.value};
        if (const Page* page = object->find_page(index)) {
            link.frame = page->frame().value;
        }
        if (const SwapSlot slot = object->swap_slot(index); slot.valid()) {
            link.swap_slot = slot.value;
        }
        links.push_back(link);
        index = object->shadow_offset() + index.value;
    }
    return links;
}

Workbench::Number Workbench::create_file(std::string content) {
    files_.emplace(next_file_, make_ref<RegularFile>(vm_, next_file_, 0644U, std::move(content)));
    return next_file_++;
}

RegularFile& Workbench::file(Number number) {
    const auto found = files_.find(number);
    if (found == files_.end()) {
        throw py::value_error("there is no file " + std::to_string(number) + ": create_file() makes one");
    }
    return *found->second;
}

void Workbench::close_file(Number number) {
    static_cast<void>(file(number));
    files_.erase(number);
}

std::pair<std::string, std::optional<FileError>> Workbench::read_file(Number number, std::uint64_t position,
                                                                      std::uint32_t count) {
    StringSink sink;
    const FileCount read = file(number).read_at(sink, count, position);
    return {std::move(sink.content), read ? std::nullopt : std::optional(read.error())};
}

FileCount Workbench::write_file(Number number, std::uint64_t position, std::span<const std::byte> bytes) {
    SpanSource source(bytes);
    return file(number).write_at(source, static_cast<std::uint32_t>(bytes.size()), position);
}

std::optional<Workbench::Number> Workbench::create_device(std::uint32_t pages) {
    auto pager = DevicePager::create(machine_, pages);
    if (!pager) {
        return std::nullopt;
    }
    DevicePager* const owned = pager.get();
    devices_.emplace(next_device_, DeviceObject{VmObject::create_device(vm_, std::move(pager), pages), owned});
    return next_device_++;
}

Workbench::DeviceObject& Workbench::device(Number number) {
    const auto found = devices_.find(number);
    if (found == devices_.end()) {
        throw py::value_error("there is no device " + std::to_string(number) + ": create_device() makes one");
    }
    return found->second;
}

void Workbench::close_device(Number number) {
    static_cast<void>(device(number));
    devices_.erase(number);
}

std::vector<std::string> Workbench::check() {
    std::vector<AddressSpace*> all;
    for (const auto& [number, space] : spaces_) {
        all.push_back(space.get());
    }
    return check_invariants(vm_, all);
}

}  // namespace vmlab
