// SPDX-License-Identifier: GPL-2.0-only
// Workbench: the virtual memory alone, without an engine, a kernel or processes: what vmlab.Workbench stands on.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernel/files/inode.hpp"
#include "machine/machine.hpp"
#include "trace/tracer.hpp"
#include "vm/address_space.hpp"
#include "vm/device_pager.hpp"

namespace vmlab {

struct WorkbenchConfig {
    MachineConfig machine;
    VmConfig vm;
    SpaceLayout layout;
};

/// One access played to its end: what was read, and how each fault on the way ended. No value: the last fault says why.
struct Touched {
    std::optional<std::uint32_t> value;
    std::vector<FaultResult> faults;
};

/// One object of a chain, and what it has of the page that was asked for.
struct ChainLink {
    std::uint32_t object_id = 0;
    ObjectKind kind = ObjectKind::Anonymous;
    std::uint32_t page = 0;
    std::optional<std::uint32_t> frame;
    std::optional<std::uint32_t> swap_slot;
};

/// Owner: a Workbench in Python. Owns: a machine whose processor plays single accesses, the virtual memory on it, and
/// address spaces and files, which go by numbers that are given out once.
class Workbench {
public:
    using Number = std::uint32_t;

    explicit Workbench(const WorkbenchConfig& config);
    Workbench(const Workbench&) = delete;
    Workbench& operator=(const Workbench&) = delete;
    ~Workbench();

    // Address spaces. Each function that takes a space works on its behalf from then on, as a kernel would after a switch.
    /// Nothing when frames ran out, or no working set can be guaranteed; fork too.
    [[nodiscard]] std::optional<Number> create_space();
    [[nodiscard]] std::optional<Number> fork(Number parent);
    void destroy(Number space);
    /// Throws ValueError when there is none.
    [[nodiscard]] AddressSpace& enter(Number space);
    /// The same, without effects.
    [[nodiscard]] AddressSpace& look(Number space);
    [[nodiscard]] std::vector<Number> spaces() const;

    /// One 32-bit access at ring 3, every fault resolved as a kernel would; it ends where one is Blocked, in mode Start.
    /// Throws ValueError when it crosses pages.
    [[nodiscard]] Touched access(Number space, VirtAddr va, Access kind, std::uint32_t value, IoMode io);
    /// Lets time pass, in which disks work.
    void advance(std::uint64_t time);
    /// Gives a page of zeros with `bytes` at its start to a place in an address space, as a page-fault handler can.
    [[nodiscard]] Result<Done, VmError> install_page(Number space, VirtAddr va, std::span<const std::byte> bytes,
                                                     Protection protection);
    [[nodiscard]] std::vector<ChainLink> chain(Number space, VirtAddr va);

    // Files: pages of one object, which mappings, read() and write() share.
    [[nodiscard]] Number create_file(std::string content);
    /// Throws ValueError when there is none.
    [[nodiscard]] RegularFile& file(Number number);
    /// Forgets the file; mappings of it keep its pages.
    void close_file(Number number);
    /// What was read, and the error that ended it early.
    [[nodiscard]] std::pair<std::string, std::optional<FileError>> read_file(Number file, std::uint64_t position,
                                                                             std::uint32_t count);
    [[nodiscard]] FileCount write_file(Number file, std::uint64_t position, std::span<const std::byte> bytes);

    // Devices: neighbouring frames of RAM that an object shows.
    struct DeviceObject {
        Ref<VmObject> object;
        DevicePager* pager;  ///< the object's
    };
    /// Nothing where so many neighbouring frames are not free.
    [[nodiscard]] std::optional<Number> create_device(std::uint32_t pages);
    /// Throws ValueError when there is none.
    [[nodiscard]] DeviceObject& device(Number number);
    /// Forgets the device; its frames are given back when no mapping shows them.
    void close_device(Number number);

    [[nodiscard]] VirtualMemory& vm() { return vm_; }
    [[nodiscard]] Machine& machine() { return machine_; }
    [[nodiscard]] std::vector<std::string> check();

private:
    Tracer tracer_;
    Machine machine_;
    VirtualMemory vm_;
    SpaceLayout layout_;
    std::map<Number, Ref<AddressSpace>> spaces_;
    std::map<Number, Ref<RegularFile>> files_;
    Number next_space_ = 1;
    std::map<Number, DeviceObject> devices_;
    Number next_file_ = 1;
    Number next_device_ = 1;
    Number current_ = 0;  ///< 0: nobody
};

}  // namespace vmlab
