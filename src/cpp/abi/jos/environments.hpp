// SPDX-License-Identifier: GPL-2.0-only
// Environments: the kernel's table of all environments, as it lies in RAM where every environment can read it.
#pragma once

#include <cstdint>
#include <vector>

#include "abi/jos/layout.hpp"
#include "kernel/kernel.hpp"

namespace vmlab::jos_abi {

using EnvId = std::uint32_t;

enum class EnvStatus : std::uint32_t { Free, Dying, Runnable, Running, NotRunnable };
/// A file server may use the machine's ports.
enum class EnvType : std::uint32_t { User, FileServer };

/// What an environment is beside its process. Elsewhere: struct Env.
struct Environment {
    EnvId id = 0;      ///< of a free one: what it was last
    EnvId parent = 0;  ///< 0: the kernel made it
    EnvType type = EnvType::User;
    std::uint32_t pid = 0;
    EnvStatus status = EnvStatus::Free;
    std::uint32_t runs = 0;
    PhysAddr page_directory;
    TrapFrame trap_frame;   ///< as it was left in
    VirtAddr fault_upcall;  ///< what handles its page faults; 0: the kernel, which ends it
    struct Message {
        bool awaited = false;
        VirtAddr page_wanted_at;  ///< from UTOP on: no page is wanted
        std::uint32_t value = 0;
        EnvId from = 0;
        std::uint32_t permissions = 0;  ///< of the page that came; 0: none came
    } message;
};

/// Owner: the personality. Elsewhere: envs[] and env_free_list.
/// Invariants: the records in RAM say what the table says; an environment that is not Free has a process that has not ended.
class Environments {
public:
    static constexpr std::uint32_t COUNT = 1024;  ///< NENV

    /// Takes the frames for the table. Throws std::invalid_argument when RAM has no room for it.
    Environments(Kernel& kernel, Lab lab);

    [[nodiscard]] bool any_free() const { return !free_.empty(); }
    /// The next one of the free list, for the process. Null when there is none. Elsewhere: env_alloc.
    [[nodiscard]] Environment* allocate(const Process& process, EnvId parent, EnvType type);
    /// Elsewhere: env_free.
    void free(Environment& environment);
    [[nodiscard]] Environment* of(const Process& process);
    /// By its id, which a later one in the same place does not have.
    [[nodiscard]] Environment* find(EnvId id);
    /// Whether any may run, now or when another lets it.
    [[nodiscard]] bool any_left() const;
    void change_status(Environment& environment, EnvStatus status);
    /// Elsewhere: env_run.
    void note_run(Environment& environment);
    void note_trap(Environment& environment, const TrapFrame& frame);
    /// After a change of anything else.
    void publish(const Environment& environment);

    /// The records, for the address spaces.
    [[nodiscard]] Ref<VmObject> object() const { return Ref<VmObject>(object_); }
    /// Where the kernel sees the trap frame in a record.
    [[nodiscard]] VirtAddr trap_frame_address(const Environment& environment) const;

private:
    [[nodiscard]] std::uint32_t slot_of(const Environment& environment) const;
    [[nodiscard]] PhysAddr record_address(std::uint32_t slot) const;
    [[nodiscard]] VirtAddr kernel_address(std::uint32_t slot) const;

    Kernel& kernel_;
    Lab lab_;
    VmObject* object_ = nullptr;  ///< the kernel's, which goes before its personality does
    FrameNumber first_frame_;
    std::vector<Environment> table_;
    std::vector<std::uint32_t> free_;  ///< the slots, the next to be taken last
};

}  // namespace vmlab::jos_abi
