// SPDX-License-Identifier: GPL-2.0-only
// MemoryProfile: the choices that operating systems make differently over one virtual memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "vm/disk.hpp"
#include "vm/policy/policies.hpp"

namespace vmlab {

/// What becomes of private memory at fork.
enum class ForkMode : std::uint8_t {
    CopyOnWrite,
    Eager,  ///< every page is copied at once, as the naive fork() of lecture 004
    // What lecture 004 tries first, and why it is not enough; wrong by design, and for private mappings of files alone:
    // all other private memory is copied on write.
    Memcpy,        ///< the entries are copied as they are, with W: what either writes later, both read
    FromFile,      ///< the child begins with what the file says: it loses what the parent had written
    CowInEntries,  ///< copy-on-write that nothing but the entries keeps track of: wrong from the second fork on
};

/// What becomes of the child's page-table entries at fork.
enum class ForkEntries : std::uint8_t {
    Copied,  ///< read-only, as lecture 001 draws and Linux does
    Empty,   ///< as 4.4BSD: the child faults them in
};

/// When the shadow objects of a copy-on-write fork are made.
enum class ShadowsAt : std::uint8_t {
    FirstWrite,
    Fork,  ///< two at once, as lecture 004 draws
};

/// Whether a read of memory that was never written maps one frame of zeros, read-only, for all.
enum class ZeroPage : std::uint8_t { Off, On };

/// Whether brk() gets its frames at once or on touch.
enum class HeapGrowth : std::uint8_t { Lazy, Eager };

/// Whether exec() brings a program into memory at once or its pages come on touch.
enum class ImageLoading : std::uint8_t { Demand, Eager };

/// What madvise(MADV_DONTNEED) means.
enum class DontNeed : std::uint8_t {
    Forget,      ///< Linux: private content is lost
    Deactivate,  ///< 4.4BSD: the pages are the first to leave, with their content
};

/// Among which pages a victim is chosen.
enum class ReplacementScope : std::uint8_t { Global, Local };

/// Whether more memory may be promised than there is. Linux numbers them in vm.overcommit_memory.
enum class Overcommit : std::uint8_t {
    Heuristic,  ///< 0: only a request is refused that memory and swap together could not fill
    Always,     ///< 1: every promise is made; who cannot have its page at the touch is killed
    Never,      ///< 2: promises stay within the commit limit
};

/// One operating system's way with memory. Fields are independent; a Lab's keywords override them.
struct MemoryProfile {
    ForkMode fork = ForkMode::CopyOnWrite;
    ForkEntries fork_entries = ForkEntries::Copied;
    ShadowsAt shadows = ShadowsAt::FirstWrite;
    ZeroPage zero_page = ZeroPage::Off;
    HeapGrowth heap = HeapGrowth::Lazy;
    ImageLoading image = ImageLoading::Demand;
    DontNeed dont_need = DontNeed::Forget;
    ReplacementScope scope = ReplacementScope::Global;
    std::string replacement = "clock";
    std::uint32_t tau = 10'000;     ///< of "working-set" and "wsclock", in instructions
    std::uint32_t hand_spread = 0;  ///< of "two-handed-clock", in pages; 0: half of those in memory
    std::uint32_t policy_tick = 0;  ///< instructions between two ticks of the policy; 0: none
    /// Makes the policy instead of `replacement`, when the user wrote one.
    std::function<std::unique_ptr<ReplacementPolicy>()> make_policy;
    std::uint32_t process_frames = ~0U;  ///< with local replacement: at most so many pages of a process
    /// The pageout daemon takes pages from their users onto the modified and standby lists once fewer frames than this are
    /// free or on standby; 0: there is no such daemon, and a victim's frame is free at once.
    std::uint32_t low_watermark = 0;
    std::uint32_t high_watermark = 0;  ///< it stops once so many are
    std::uint32_t dma_frames = 0;  ///< the lowest frames, which old devices can reach, are a zone; 0: there is one zone
    std::uint32_t working_set_minimum = 0;  ///< with local replacement: frames that each process is guaranteed
    std::uint32_t balance_tick = 0;         ///< instructions between two turns of the balance-set manager; 0: it sleeps
    std::uint32_t swapper_idle_ms = 0;   ///< simulated time after which the swapper takes an idle process; 0: it sleeps
    std::uint32_t modified_limit = ~0U;  ///< the modified-page writer writes once more pages than this wait
    std::uint32_t zero_ahead = 0;  ///< free frames that the zero-page thread keeps filled with zeros; 0: it sleeps
    Overcommit overcommit = Overcommit::Always;
    std::uint32_t overcommit_ratio = 50;  ///< percent of memory that may be promised beside swap; Linux's default
    std::uint32_t commit_limit = 0;       ///< pages that may be promised in all; 0: swap and that part of memory
    std::uint32_t readahead = 1;          ///< pages that a page-in brings at most, where frames are free
    std::uint32_t cluster = 1;            ///< neighbouring pages that are written together at most
    std::uint32_t write_back_age =
        0;  ///< units of time after which a file's dirty pages are written; 0: when they leave
    DiskModel swap_disk = DISK_MODELS[0];
    DiskModel file_disk = DISK_MODELS[0];
};

/// One field as users name it.
struct ProfileField {
    std::string_view name;
    std::string_view doc;
    std::vector<std::string_view> choices;  ///< empty: a number
};

[[nodiscard]] std::vector<ProfileField> profile_fields();
/// Fails with a sentence: no such field, or no such value.
[[nodiscard]] Result<Done, std::string> set_field(MemoryProfile& profile, std::string_view field,
                                                  std::string_view value);
[[nodiscard]] std::vector<std::string_view> profile_names();
/// Fails with a sentence that lists the names.
[[nodiscard]] Result<MemoryProfile, std::string> find_profile(std::string_view name);

}  // namespace vmlab
