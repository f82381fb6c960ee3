// SPDX-License-Identifier: GPL-2.0-only
// mmap and munmap, which xv6 has not: the lecture's, with numbers behind those of xv6. What is mapped lies above the heap, from
// KERNBASE downwards; it is not within the process's size, so that other calls refuse pointers to it.
#include "abi/xv6/layout.hpp"
#include "abi/xv6/syscall.hpp"

namespace vmlab::xv6_abi {

namespace {

struct MmapFlags {
    static constexpr std::uint32_t SHARED = 1, PRIVATE = 2, FIXED = 0x10, ANONYMOUS = 0x20;
    static constexpr std::uint32_t SHARING = SHARED | PRIVATE, KNOWN = SHARING | FIXED | ANONYMOUS;
};

struct MmapArguments {
    std::uint32_t address, length, protection, flags, descriptor, offset;
};

std::optional<MmapArguments> read_arguments(Syscall& call) {
    std::array<std::uint32_t, 6> words{};
    for (std::uint32_t i = 0; i < words.size(); ++i) {
        const auto word = call.argument(i);
        if (!word) {
            return std::nullopt;
        }
        words[i] = *word;
    }
    return MmapArguments{words[0], words[1], words[2], words[3], words[4], words[5]};
}

/// Whether the arguments make sense together, whatever they name.
bool are_good(const Syscall& call, const MmapArguments& wanted) {
    const std::uint32_t sharing = wanted.flags & MmapFlags::SHARING;
    const bool known = (wanted.flags & ~MmapFlags::KNOWN) == 0 && (wanted.protection & ~Protection::ALL) == 0;
    const bool in_place = (wanted.flags & MmapFlags::FIXED) == 0 || wanted.address >= page_round_up(call.size());
    return known && in_place && (sharing == MmapFlags::SHARED || sharing == MmapFlags::PRIVATE) && wanted.length > 0 &&
           wanted.offset % PAGE_SIZE == 0;
}

/// The file's pages, with what may be made of them. False when the file cannot be mapped so.
bool add_file(Syscall& call, const MmapArguments& wanted, MapRequest& request) {
    const auto found = call.process.files().get(wanted.descriptor);
    const OpenFile* const file = found ? found.value().get() : nullptr;
    const bool shared_write = request.sharing == Sharing::Shared && request.protection.writable();
    if (file == nullptr || !file->object() || !file->readable() || (shared_write && !file->writable())) {
        return false;
    }
    request.kind = MappingKind::File;
    request.object = file->object();
    request.offset = PageIndex(wanted.offset >> PAGE_SHIFT);
    request.name = file->path();
    return true;
}

}  // namespace

std::uint32_t sys_mmap(Syscall& call) {
    const auto wanted = read_arguments(call);
    if (!wanted || !are_good(call, *wanted)) {
        return FAILED;
    }
    const bool fixed = (wanted->flags & MmapFlags::FIXED) != 0;
    const bool shared = (wanted->flags & MmapFlags::SHARED) != 0;
    MapRequest request;
    request.address = VirtAddr(wanted->address);
    request.length = wanted->length;
    request.placement = fixed ? Placement::Fixed : wanted->address != 0 ? Placement::Hint : Placement::Anywhere;
    request.protection = {wanted->protection};
    request.sharing = shared ? Sharing::Shared : Sharing::Private;
    if ((wanted->flags & MmapFlags::ANONYMOUS) == 0 && !add_file(call, *wanted, request)) {
        return FAILED;
    }
    const auto mapped = call.process.space().map(std::move(request));
    return mapped ? mapped.value().value : FAILED;
}

std::uint32_t sys_munmap(Syscall& call) {
    const auto address = call.argument(0), length = call.argument(1);
    if (!address || !length || *length == 0 || *address < page_round_up(call.size())) {
        return FAILED;
    }
    const std::uint64_t end = page_round_up(std::uint64_t{*address} + *length);
    return call.process.space().unmap({VirtAddr(*address), end}) ? 0 : FAILED;
}

}  // namespace vmlab::xv6_abi
