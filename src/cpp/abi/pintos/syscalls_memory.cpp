// SPDX-License-Identifier: GPL-2.0-only
// Calls about mapped files: mmap and munmap.
#include "abi/pintos/layout.hpp"
#include "abi/pintos/syscall.hpp"
#include "kernel/files/inode.hpp"

namespace vmlab::pintos_abi {

namespace {

/// While a program runs nobody writes to its file: who maps it has what he writes there for himself.
Sharing sharing_of(const OpenFile& file) {
    const RegularFile* const regular = as_regular_file(file.inode());
    return regular != nullptr && regular->executers() > 0 ? Sharing::Private : Sharing::Shared;
}

/// A segment of the program may be executed, which a mapped file never may.
constexpr Protection MOST_RIGHTS{Protection::READ | Protection::WRITE};
bool is_mapped_file(const Mapping& mapping) {
    return mapping.kind == MappingKind::File && mapping.max_protection == MOST_RIGHTS;
}

}  // namespace

// A mapping's number is that of its first page.
SyscallResult sys_mmap(Syscall& call) {
    const VirtAddr start = call.pointer(1);
    OpenFile* const file = call.file();
    if (file == nullptr || !file->object() || !start.is_aligned() || start < LOWEST_MAPPING) {
        return FAILED;
    }
    MapRequest request;
    request.address = start;
    request.length = file->object()->bytes();
    request.placement = Placement::FixedNoReplace;
    request.protection = request.max_protection = MOST_RIGHTS;
    request.sharing = sharing_of(*file);
    request.kind = MappingKind::File;
    request.object = file->object();
    request.name = file->path();
    return call.process.space().map(std::move(request)) ? start.value >> PAGE_SHIFT : FAILED;
}

SyscallResult sys_munmap(Syscall& call) {
    AddressSpace& space = call.process.space();
    const std::uint32_t number = call.argument(0);
    const VirtAddr start(number << PAGE_SHIFT);
    const Mapping* const mapping = number < PHYS_BASE.value >> PAGE_SHIFT ? space.find_mapping(start) : nullptr;
    if (mapping == nullptr || mapping->range.start != start || !is_mapped_file(*mapping)) {
        return 0U;
    }
    const VirtRange range = mapping->range;
    write_back(space, *mapping);
    const auto unmapped = space.unmap(range);
    require(unmapped.ok(), "what is mapped can be unmapped");
    return 0U;
}

}  // namespace vmlab::pintos_abi
