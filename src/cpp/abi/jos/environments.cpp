// SPDX-License-Identifier: GPL-2.0-only
#include "abi/jos/environments.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

namespace vmlab::jos_abi {

namespace {

/// struct Env as all labs have it in common; what follows differs.
struct EnvRecord {
    TrapFrame trap_frame;
    std::uint32_t link;
    EnvId id, parent;
    EnvType type;
    std::uint32_t status;
    std::uint32_t runs;
};
static_assert(sizeof(EnvRecord) == 92);

struct EnvTail3 {
    std::uint32_t page_directory;
};
struct EnvTail4 {
    std::uint32_t processor;
    std::uint32_t page_directory;
    std::uint32_t fault_upcall;
    std::uint32_t receiving, receive_address, value, from, permissions;
};

constexpr std::uint32_t record_bytes(Lab lab) {
    return static_cast<std::uint32_t>(sizeof(EnvRecord) + (lab == Lab::Three ? sizeof(EnvTail3) : sizeof(EnvTail4)));
}
static_assert(record_bytes(Lab::Three) == 96 && record_bytes(Lab::Four) == 124 && record_bytes(Lab::Five) == 124);

constexpr EnvId FIRST_GENERATION = 1U << 12;  ///< ENVGENSHIFT; below it is the slot

}  // namespace

Environments::Environments(Kernel& kernel, Lab lab) : kernel_(kernel), lab_(lab), table_(COUNT) {
    const auto pages = static_cast<std::uint32_t>(page_round_up(COUNT * record_bytes(lab)) >> PAGE_SHIFT);
    const Kernel::DeviceMemory memory = kernel.make_device_memory(pages, "JOS's environments");
    object_ = memory.object.get();
    first_frame_ = memory.first_frame;
    for (std::uint32_t slot = COUNT; slot-- > 0;) {
        free_.push_back(slot);
        publish(table_[slot]);
    }
}

Environment* Environments::allocate(const Process& process, EnvId parent, EnvType type) {
    if (free_.empty()) {
        return nullptr;
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    Environment& made = table_[slot];
    EnvId generation = (made.id + FIRST_GENERATION) & ~(COUNT - 1);
    if (static_cast<std::int32_t>(generation) <= 0) {
        generation = FIRST_GENERATION;
    }
    made = {.id = generation | slot,
            .parent = parent,
            .type = type,
            .pid = process.pid(),
            .status = EnvStatus::Runnable,
            .page_directory = process.find_space()->pmap().root()};
    publish(made);
    return &made;
}

void Environments::free(Environment& environment) {
    environment.status = EnvStatus::Free;
    environment.pid = 0;
    environment.page_directory = PhysAddr();
    publish(environment);
    free_.push_back(slot_of(environment));
}

Environment* Environments::of(const Process& process) {
    const auto found = std::ranges::find_if(table_, [&process](const Environment& one) {
        return one.status != EnvStatus::Free && one.pid == process.pid();
    });
    return found == table_.end() ? nullptr : &*found;
}

Environment* Environments::find(EnvId id) {
    Environment& there = table_[id % COUNT];
    return there.status != EnvStatus::Free && there.id == id ? &there : nullptr;
}

bool Environments::any_left() const {
    return std::ranges::any_of(table_, [](const Environment& one) {
        return one.status != EnvStatus::Free && one.status != EnvStatus::NotRunnable;
    });
}

void Environments::change_status(Environment& environment, EnvStatus status) {
    environment.status = status;
    publish(environment);
}

void Environments::note_run(Environment& environment) {
    ++environment.runs;
    change_status(environment, EnvStatus::Running);
}

void Environments::note_trap(Environment& environment, const TrapFrame& frame) {
    environment.trap_frame = frame;
    publish(environment);
}

VirtAddr Environments::trap_frame_address(const Environment& environment) const {
    return kernel_address(slot_of(environment));
}

std::uint32_t Environments::slot_of(const Environment& environment) const {
    return static_cast<std::uint32_t>(&environment - table_.data());
}

PhysAddr Environments::record_address(std::uint32_t slot) const {
    return first_frame_.address() + slot * record_bytes(lab_);
}

VirtAddr Environments::kernel_address(std::uint32_t slot) const { return KERNBASE + record_address(slot).value; }

/// Writes a record as the guests see it. A free one's link, the next free one, is what it was when it became free.
void Environments::publish(const Environment& environment) {
    const std::uint32_t slot = slot_of(environment);
    const bool last = free_.empty();
    const EnvRecord record{
        .trap_frame = environment.trap_frame,
        .link = environment.status != EnvStatus::Free || last ? 0 : kernel_address(free_.back()).value,
        .id = environment.id,
        .parent = environment.parent,
        .type = environment.type,
        .status = static_cast<std::uint32_t>(environment.status),
        .runs = environment.runs};
    const std::uint32_t directory =
        environment.status == EnvStatus::Free ? 0 : KERNBASE.value + environment.page_directory.value;
    std::array<std::byte, record_bytes(Lab::Four)> bytes{};
    std::memcpy(bytes.data(), &record, sizeof record);
    if (lab_ == Lab::Three) {
        const EnvTail3 tail{.page_directory = directory};
        std::memcpy(bytes.data() + sizeof record, &tail, sizeof tail);
    } else {
        const Environment::Message& message = environment.message;
        const EnvTail4 tail{.processor = 0,
                            .page_directory = directory,
                            .fault_upcall = environment.fault_upcall.value,
                            .receiving = message.awaited ? 1U : 0U,
                            .receive_address = message.page_wanted_at.value,
                            .value = message.value,
                            .from = message.from,
                            .permissions = message.permissions};
        std::memcpy(bytes.data() + sizeof record, &tail, sizeof tail);
    }
    kernel_.machine().memory().write(record_address(slot), std::span(bytes).first(record_bytes(lab_)));
}

}  // namespace vmlab::jos_abi
