// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux/program_start.hpp"

#include <array>
#include <cstring>
#include <vector>

#include "abi/linux/layout.hpp"
#include "base/hex.hpp"
#include "kernel/stack_writer.hpp"

namespace vmlab::linux_abi {

namespace {

using Why = StartFailure::Why;

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
    StartRecord where;
};

std::vector<std::uint32_t> push_strings(StackWriter& stack, const std::vector<std::string>& texts) {
    std::vector<std::uint32_t> addresses(texts.size());
    for (std::size_t i = texts.size(); i-- > 0;) {
        addresses[i] = stack.push_string(texts[i]).value;
    }
    return addresses;
}

StackStrings push_all_strings(StackWriter& stack, Kernel& kernel, const Process& process, const ProgramStart& start) {
    StackStrings strings;
    stack.skip(sizeof(std::uint32_t));
    strings.executable = stack.push_string(start.path);
    strings.where.environment.end = stack.at().value;
    strings.environment = push_strings(stack, start.environment);
    strings.where.environment.start = stack.at();
    strings.where.arguments.end = stack.at().value;
    strings.arguments = push_strings(stack, start.arguments);
    strings.where.arguments.start = stack.at();
    stack.skip(random_gap_bytes(kernel.layout_random(process)));
    stack.align(16);
    strings.platform = stack.push_string("i686");
    std::array<std::byte, 16> random;
    kernel.random().fill(random);
    strings.random = stack.push(random);
    return strings;
}

std::vector<std::uint32_t> auxiliary_vector(const MappedProgram& mapped, const StackStrings& strings) {
    return {AT_HWCAP,    HARDWARE_CAPABILITIES,
            AT_PAGESZ,   PAGE_SIZE,
            AT_CLKTCK,   TICKS_PER_SECOND,
            AT_PHDR,     mapped.program.program_headers.value,
            AT_PHENT,    PROGRAM_HEADER_BYTES,
            AT_PHNUM,    mapped.program.program_header_count,
            AT_BASE,     mapped.base.value,
            AT_FLAGS,    0,
            AT_ENTRY,    mapped.program.entry.value,
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

/// As bprm_stack_limits: pointers and strings together.
std::optional<StartFailure> check_string_area(const ProgramStart& start, std::uint64_t most) {
    std::uint64_t bytes = start.path.size() + 1;
    for (const auto* texts : {&start.arguments, &start.environment}) {
        for (const std::string& text : *texts) {
            bytes += text.size() + 1 + sizeof(std::uint32_t);
        }
    }
    if (bytes > most) {
        return StartFailure{Why::StringsTooLong,
                            "arguments and environment have " + std::to_string(bytes) + " bytes, but only " +
                                std::to_string(most) + " fit onto the stack",
                            {}};
    }
    return std::nullopt;
}

/// Maps the stack's first pages below `top`.
std::optional<StartFailure> map_stack(AddressSpace& space, VirtAddr top, Wiring wiring) {
    if (const auto mapped = space.map_stack(top, INITIAL_STACK); !mapped) {
        return mapped.error() == VmError::NoMemory
                   ? much_committed()
                   : StartFailure{
                         Why::Unloadable, "the program leaves no room for its stack below " + hex(top.value), {}};
    }
    const VirtRange pages{top - INITIAL_STACK, top.value};
    return wiring == Wiring::Wired && !space.set_wiring(pages, Wiring::Wired) ? std::optional(ram_too_small())
                                                                              : std::nullopt;
}

}  // namespace

Result<FirstStack, StartFailure> build_stack(Kernel& kernel, Process& process, const MappedProgram& mapped,
                                             const ProgramStart& start) {
    if (auto complaint = check_string_area(start, largest_string_area(process.limits().space()))) {
        return Failure(std::move(*complaint));
    }
    const VirtAddr top = STACK_TOP - random_stack_bytes(kernel.layout_random(process));
    if (auto complaint = map_stack(process.space(), top, mapped.program.stack_wiring)) {
        return Failure(std::move(*complaint));
    }
    StackWriter stack(process, top);
    StackStrings strings = push_all_strings(stack, kernel, process, start);
    std::vector<std::uint32_t> words = {static_cast<std::uint32_t>(strings.arguments.size())};
    words.insert(words.end(), strings.arguments.begin(), strings.arguments.end());
    words.push_back(0);
    words.insert(words.end(), strings.environment.begin(), strings.environment.end());
    words.push_back(0);
    strings.where.auxiliary_vector = auxiliary_vector(mapped, strings);
    words.insert(words.end(), strings.where.auxiliary_vector.begin(), strings.where.auxiliary_vector.end());
    const auto bytes = std::as_bytes(std::span(words));
    // ESP is a multiple of 16 when the program begins.
    stack.skip((strings.random.value - static_cast<std::uint32_t>(bytes.size())) % 16);
    const VirtAddr esp = stack.push(bytes);
    if (!stack.ok()) {
        return Failure(ram_too_small());
    }
    return FirstStack{esp, std::move(strings.where)};
}

}  // namespace vmlab::linux_abi
