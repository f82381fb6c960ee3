// SPDX-License-Identifier: GPL-2.0-only
// /proc/sys: the settings that this kernel has. Writing one changes it at once.
#include <bit>
#include <charconv>
#include <cinttypes>

#include "kernel/files/proc_tree.hpp"
#include "kernel/kernel.hpp"
#include "kernel/system_names.hpp"

namespace vmlab {

namespace {

using Set = Result<Done, FileError>;

std::string number(std::uint64_t value) { return std::to_string(value) + "\n"; }

/// The number that was written, blanks and a line's end apart. Fails with Invalid, also where it is above `most`.
Result<std::uint32_t, FileError> parse(std::string_view text, std::uint32_t most) {
    constexpr std::string_view BLANKS = " \t\n";
    const std::size_t start = std::min(text.find_first_not_of(BLANKS), text.size());
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data() + start, text.data() + text.size(), value);
    const bool ended = end == text.data() + text.size() || BLANKS.find(*end) != std::string_view::npos || *end == '\0';
    return error != std::errc() || !ended || value > most ? Failure(FileError::Invalid)
                                                          : Result<std::uint32_t, FileError>(value);
}

/// Sets what `change` says to the number that was written.
template <typename Change>
Set set_number(std::string_view text, std::uint32_t most, const Change& change) {
    const auto value = parse(text, most);
    if (!value) {
        return Failure(value.error());
    }
    change(value.value());
    return Done{};
}

std::string overcommit(Kernel& kernel, Process&) {
    return number(static_cast<std::uint32_t>(kernel.vm().profile().overcommit));
}
Set set_overcommit(Kernel& kernel, std::string_view text) {
    return set_number(text, static_cast<std::uint32_t>(Overcommit::Never), [&kernel](std::uint32_t value) {
        kernel.vm().tune([value](MemoryProfile& profile) { profile.overcommit = static_cast<Overcommit>(value); });
    });
}

// A limit and a ratio exclude each other: setting one ends the other.
std::string overcommit_ratio(Kernel& kernel, Process&) { return number(kernel.vm().profile().overcommit_ratio); }
Set set_overcommit_ratio(Kernel& kernel, std::string_view text) {
    return set_number(text, ~0U, [&kernel](std::uint32_t value) {
        kernel.vm().tune([value](MemoryProfile& profile) {
            profile.overcommit_ratio = value;
            profile.commit_limit = 0;
        });
    });
}

std::string overcommit_kilobytes(Kernel& kernel, Process&) {
    return number(std::uint64_t{kernel.vm().profile().commit_limit} * (PAGE_SIZE / 1024));
}
Set set_overcommit_kilobytes(Kernel& kernel, std::string_view text) {
    return set_number(text, ~0U, [&kernel](std::uint32_t value) {
        kernel.vm().tune([value](MemoryProfile& profile) { profile.commit_limit = value / (PAGE_SIZE / 1024); });
    });
}

/// The logarithm of how many pages come in together at most.
std::string page_cluster(Kernel& kernel, Process&) {
    return number(static_cast<std::uint32_t>(std::bit_width(kernel.vm().profile().readahead)) - 1);
}
Set set_page_cluster(Kernel& kernel, std::string_view text) {
    constexpr std::uint32_t MOST = 5;
    return set_number(text, MOST, [&kernel](std::uint32_t value) {
        kernel.vm().tune([value](MemoryProfile& profile) { profile.readahead = 1U << value; });
    });
}

// 1: what files have in memory clean and unmapped goes; 2: names and inodes, which are nowhere else; 3: both.
Set drop_caches(Kernel& kernel, std::string_view text) {
    const auto value = parse(text, 4);
    if (!value || value.value() == 0) {
        return Failure(FileError::Invalid);
    }
    if ((value.value() & 1) != 0) {
        kernel.vm().drop_clean_file_pages();
    }
    return Done{};
}

std::string host_name(Kernel&, Process&) { return std::string(SystemNames::HOST) + "\n"; }
std::string domain_name(Kernel&, Process&) { return std::string(SystemNames::DOMAIN) + "\n"; }
std::string system_name(Kernel&, Process&) { return std::string(SystemNames::SYSTEM) + "\n"; }
std::string release(Kernel&, Process&) { return std::string(SystemNames::RELEASE) + "\n"; }
std::string version(Kernel&, Process&) { return std::string(SystemNames::VERSION) + "\n"; }
std::string randomization(Kernel& kernel, Process&) { return number(kernel.layout_random() != nullptr ? 2 : 0); }
std::string semaphore_limits(Kernel&, Process&) {
    return proc_text("%u\t%u\t%u\t%u\n", SemaphoreSets::MOST_OF_SET, SemaphoreSets::MOST_SEMAPHORES,
                     SemaphoreSets::MOST_OPERATIONS, SemaphoreSets::MOST);
}
std::string longest_message(Kernel&, Process&) { return number(MessageQueues::LONGEST); }
std::string most_of_queue(Kernel&, Process&) { return number(MessageQueues::MOST_BYTES); }
std::string most_queues(Kernel&, Process&) { return number(MessageQueues::MOST); }
/// Pids begin again nowhere; programs take it for the size of a table.
std::string most_pids(Kernel&, Process&) { return number(1U << 22); }
/// Pages of files and of memory without one are taken alike, which is a hundred of two hundred.
std::string swappiness(Kernel&, Process&) { return number(100); }
std::string free_kilobytes(Kernel& kernel, Process&) {
    return number(std::uint64_t{kernel.vm().profile().low_watermark} * (PAGE_SIZE / 1024));
}
std::string largest_segment(Kernel&, Process&) { return number(SharedSegments::LARGEST); }
std::string most_segments(Kernel&, Process&) { return number(SharedSegments::MOST); }
std::string most_descriptors(Kernel&, Process&) { return number(DescriptorTable::HIGHEST_LIMIT); }

constexpr ProcName MEMORY_NAMES[] = {
    {.name = "drop_caches", .permissions = 0200, .set = drop_caches},
    {.name = "min_free_kbytes", .text = free_kilobytes},
    {.name = "overcommit_kbytes", .permissions = 0644, .text = overcommit_kilobytes, .set = set_overcommit_kilobytes},
    {.name = "overcommit_memory", .permissions = 0644, .text = overcommit, .set = set_overcommit},
    {.name = "overcommit_ratio", .permissions = 0644, .text = overcommit_ratio, .set = set_overcommit_ratio},
    {.name = "page-cluster", .permissions = 0644, .text = page_cluster, .set = set_page_cluster},
    {.name = "swappiness", .text = swappiness},
};

constexpr ProcName KERNEL_NAMES[] = {
    {.name = "domainname", .text = domain_name},
    {.name = "hostname", .text = host_name},
    {.name = "msgmax", .text = longest_message},
    {.name = "msgmnb", .text = most_of_queue},
    {.name = "msgmni", .text = most_queues},
    {.name = "osrelease", .text = release},
    {.name = "ostype", .text = system_name},
    {.name = "pid_max", .text = most_pids},
    {.name = "randomize_va_space", .text = randomization},
    {.name = "sem", .text = semaphore_limits},
    {.name = "shmall", .text = largest_segment},
    {.name = "shmmax", .text = largest_segment},
    {.name = "shmmni", .text = most_segments},
    {.name = "version", .text = version},
};

constexpr ProcName FILE_NAMES[] = {
    {.name = "nr_open", .text = most_descriptors},
};

constexpr ProcListing MEMORY{.names = MEMORY_NAMES}, KERNEL{.names = KERNEL_NAMES}, FILES{.names = FILE_NAMES};

constexpr ProcName NAMES[] = {
    {.name = "fs", .listing = [] { return &FILES; }},
    {.name = "kernel", .listing = [] { return &KERNEL; }},
    {.name = "vm", .listing = [] { return &MEMORY; }},
};

constexpr ProcListing LISTING{.names = NAMES};

}  // namespace

const ProcListing* settings_listing() { return &LISTING; }

}  // namespace vmlab
