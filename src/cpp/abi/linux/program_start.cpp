// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/program_start.hpp"

#include <array>
#include <cstdio>
#include <cstring>
#include <vector>

#include "abi/linux/layout.hpp"
#include "kernel/user_memory.hpp"

namespace vmlab::linux_abi {

namespace {

using Complaint = std::optional<StartFailure>;
using Why = StartFailure::Why;

StartFailure ram_too_small() {
    return {Why::NoMemory, "there is too little RAM to start this program: give the lab more"};
}

StartFailure much_committed() {
    return {Why::NoMemory,
            "so much memory cannot be promised to this program: give the lab more ram= or swap=, or "
            "overcommit=\"always\""};
}

std::string hex(std::uint32_t value) {
    char text[16];
    std::snprintf(text, sizeof text, "0x%08x", value);
    return text;
}

Complaint check_place(const AddressSpace& space, const ElfSegment& segment) {
    const SpaceLayout& layout = space.layout();
    if (segment.address >= layout.lowest) {
        return std::nullopt;
    }
    return StartFailure{Why::BadProgram, "the segment at " + hex(segment.address.value) +
                                             " lies too low: user addresses go from " + hex(layout.lowest.value) +
                                             " to " + hex(layout.end.value - 1)};
}

/// Requires: what is mapped does not overlap other segments; ElfImage has checked that.
Complaint map_fixed(AddressSpace& space, MapRequest request) {
    request.placement = Placement::FixedNoReplace;
    const auto mapped = space.map(std::move(request));
    require(mapped.ok() || mapped.error() == VmError::NoMemory, "a checked segment has room in an empty address space");
    return mapped.ok() ? std::nullopt : Complaint(much_committed());
}

/// The part of a segment that comes from the file, in whole pages.
Complaint map_file_part(AddressSpace& space, const ElfSegment& segment, const Ref<VmObject>& file,
                        const std::string& path) {
    if (segment.file_bytes == 0) {
        return std::nullopt;
    }
    return map_fixed(space, {.address = segment.address.page(),
                             .length = std::uint64_t{segment.address.offset()} + segment.file_bytes,
                             .protection = segment.protection,
                             .kind = MappingKind::File,
                             .object = file,
                             .offset = PageIndex(segment.file_offset >> PAGE_SHIFT),
                             .name = path});
}

/// The pages of a segment past those of the file.
Complaint map_zero_part(AddressSpace& space, const ElfSegment& segment) {
    const std::uint64_t start = segment.file_bytes == 0
                                    ? segment.address.page().value
                                    : page_round_up(std::uint64_t{segment.address.value} + segment.file_bytes);
    if (start >= segment.pages().end) {
        return std::nullopt;
    }
    return map_fixed(space, {.address = VirtAddr(static_cast<std::uint32_t>(start)),
                             .length = segment.pages().end - start,
                             .protection = segment.protection,
                             .zero_page = segment.zero_page});
}

/// Clears what follows the file's bytes in their last page; only a segment that may be written can have a bss there.
Complaint clear_rest_of_page(Process& process, const ElfSegment& segment) {
    const VirtAddr end = segment.address + segment.file_bytes;
    if (segment.memory_bytes == segment.file_bytes || segment.file_bytes == 0 || end.is_aligned() ||
        !segment.protection.writable()) {
        return std::nullopt;
    }
    const bool cleared = UserMemory(process).clear(end, PAGE_SIZE - end.offset()) == CopyResult::Ok;
    return cleared ? std::nullopt : Complaint(ram_too_small());
}

/// Writes downwards from the top of the stack; a write that fails is remembered.
class StackWriter {
public:
    StackWriter(Process& process, VirtAddr top) : memory_(process), at_(top) {}

    VirtAddr push(std::span<const std::byte> bytes) {
        at_ = at_ - static_cast<std::uint32_t>(bytes.size());
        ok_ = ok_ && memory_.copy_out(at_, bytes) == CopyResult::Ok;
        return at_;
    }
    VirtAddr push_string(const std::string& text) {
        return push(std::as_bytes(std::span(text.c_str(), text.size() + 1)));
    }
    void align() { at_ = VirtAddr(at_.value & ~15U); }
    void skip(std::uint32_t bytes) { at_ = at_ - bytes; }

    [[nodiscard]] bool ok() const { return ok_; }

private:
    UserMemory memory_;
    VirtAddr at_;
    bool ok_ = true;
};

/// Keys of the auxiliary vector. AT_SYSINFO is left out, so that a C library makes its calls by int 0x80.
enum AuxiliaryKey : std::uint32_t {
    AT_NULL = 0,
    AT_PHDR = 3,
    AT_PHENT = 4,
    AT_PHNUM = 5,
    AT_PAGESZ = 6,
    AT_BASE = 7,
    AT_FLAGS = 8,
    AT_ENTRY = 9,
    AT_UID = 11,
    AT_EUID = 12,
    AT_GID = 13,
    AT_EGID = 14,
    AT_PLATFORM = 15,
    AT_HWCAP = 16,
    AT_CLKTCK = 17,
    AT_SECURE = 23,
    AT_RANDOM = 25,
    AT_HWCAP2 = 26,
    AT_EXECFN = 31,
};

/// CPUID.1:EDX bits of fpu, tsc, cx8, cmov, mmx, fxsr, sse and sse2.
constexpr std::uint32_t HARDWARE_CAPABILITIES = 1U << 0 | 1U << 4 | 1U << 8 | 1U << 15 | 1U << 23 | 7U << 24;
constexpr std::uint32_t TICKS_PER_SECOND = 100, PROGRAM_HEADER_BYTES = 32;

/// Addresses of the strings that the vectors name.
struct StackStrings {
    VirtAddr executable, platform, random;
    std::vector<std::uint32_t> arguments, environment;
};

std::vector<std::uint32_t> push_strings(StackWriter& stack, const std::vector<std::string>& texts) {
    std::vector<std::uint32_t> addresses(texts.size());
    for (std::size_t i = texts.size(); i-- > 0;) {
        addresses[i] = stack.push_string(texts[i]).value;
    }
    return addresses;
}

StackStrings push_all_strings(StackWriter& stack, Kernel& kernel, const Process& process, const SpawnRequest& request) {
    StackStrings strings;
    stack.skip(sizeof(std::uint32_t));
    strings.executable = stack.push_string(process.executable);
    strings.environment = push_strings(stack, request.environment);
    strings.arguments = push_strings(stack, request.arguments);
    stack.align();
    strings.platform = stack.push_string("i686");
    std::array<std::byte, 16> random;
    kernel.random().fill(random);
    strings.random = stack.push(random);
    return strings;
}

std::vector<std::uint32_t> auxiliary_vector(const ElfImage& image, const StackStrings& strings) {
    return {AT_HWCAP,    HARDWARE_CAPABILITIES,
            AT_PAGESZ,   PAGE_SIZE,
            AT_CLKTCK,   TICKS_PER_SECOND,
            AT_PHDR,     image.program_headers.value,
            AT_PHENT,    PROGRAM_HEADER_BYTES,
            AT_PHNUM,    image.program_header_count,
            AT_BASE,     0,
            AT_FLAGS,    0,
            AT_ENTRY,    image.entry.value,
            AT_UID,      0,
            AT_EUID,     0,
            AT_GID,      0,
            AT_EGID,     0,
            AT_SECURE,   0,
            AT_RANDOM,   strings.random.value,
            AT_HWCAP2,   0,
            AT_EXECFN,   strings.executable.value,
            AT_PLATFORM, strings.platform.value,
            AT_NULL,     0};
}

Complaint check_string_area(const SpawnRequest& request) {
    std::uint64_t bytes = 0;
    for (const auto* texts : {&request.arguments, &request.environment}) {
        for (const std::string& text : *texts) {
            bytes += text.size() + 1 + sizeof(std::uint32_t);
        }
    }
    if (bytes > LARGEST_STRING_AREA) {
        return StartFailure{Why::StringsTooLong, "arguments and environment have " + std::to_string(bytes) +
                                                     " bytes, but only " + std::to_string(LARGEST_STRING_AREA) +
                                                     " fit onto the stack"};
    }
    return std::nullopt;
}

}  // namespace

Result<Done, StartFailure> map_image(Kernel& kernel, Process& process, const ElfImage& image) {
    const auto file = kernel.filesystem().object_of(process.executable);
    require(file.ok(), "the program to load is a file of the guest's");
    AddressSpace& space = process.space();
    for (const ElfSegment& segment : image.segments) {
        if (auto complaint = check_place(space, segment)) {
            return Failure(std::move(*complaint));
        }
        if (auto complaint = map_file_part(space, segment, file.value(), process.executable)) {
            return Failure(std::move(*complaint));
        }
        if (auto complaint = map_zero_part(space, segment)) {
            return Failure(std::move(*complaint));
        }
        if (auto complaint = clear_rest_of_page(process, segment)) {
            return Failure(std::move(*complaint));
        }
        if (segment.wiring == Wiring::Wired && !space.set_wiring(segment.pages(), Wiring::Wired)) {
            return Failure(ram_too_small());
        }
    }
    space.set_heap_start(VirtAddr(static_cast<std::uint32_t>(page_round_up(image.end))));
    return Done{};
}

Result<VirtAddr, StartFailure> build_stack(Kernel& kernel, Process& process, const ElfImage& image,
                                           const SpawnRequest& request) {
    if (auto complaint = check_string_area(request)) {
        return Failure(std::move(*complaint));
    }
    if (const auto mapped = process.space().map_stack(STACK_TOP, INITIAL_STACK); !mapped) {
        return Failure(mapped.error() == VmError::NoMemory
                           ? much_committed()
                           : StartFailure{Why::BadProgram,
                                          "the program leaves no room for its stack below " + hex(STACK_TOP.value)});
    }
    const VirtRange stack_pages{STACK_TOP - INITIAL_STACK, STACK_TOP.value};
    if (image.stack_wiring == Wiring::Wired && !process.space().set_wiring(stack_pages, Wiring::Wired)) {
        return Failure(ram_too_small());
    }
    StackWriter stack(process, STACK_TOP);
    const StackStrings strings = push_all_strings(stack, kernel, process, request);
    std::vector<std::uint32_t> words = {static_cast<std::uint32_t>(strings.arguments.size())};
    words.insert(words.end(), strings.arguments.begin(), strings.arguments.end());
    words.push_back(0);
    words.insert(words.end(), strings.environment.begin(), strings.environment.end());
    words.push_back(0);
    const auto auxiliary = auxiliary_vector(image, strings);
    words.insert(words.end(), auxiliary.begin(), auxiliary.end());
    const auto bytes = std::as_bytes(std::span(words));
    // ESP is a multiple of 16 when the program begins.
    stack.skip((strings.random.value - static_cast<std::uint32_t>(bytes.size())) % 16);
    const VirtAddr esp = stack.push(bytes);
    if (!stack.ok()) {
        return Failure(ram_too_small());
    }
    return esp;
}

}  // namespace vmlab::linux_abi
