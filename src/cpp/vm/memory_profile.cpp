// SPDX-License-Identifier: GPL-2.0-only
#include "vm/memory_profile.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace vmlab {

namespace {

template <typename E>
struct Choice {
    std::string_view name;
    E value;
};

/// One field: how it is described, and how a text becomes its value. False: no such value.
struct Field {
    ProfileField described;
    std::function<bool(MemoryProfile&, std::string_view)> set;
};

template <typename E>
Field choice(std::string_view name, std::string_view doc, E MemoryProfile::* member, std::vector<Choice<E>> choices) {
    std::vector<std::string_view> names;
    for (const Choice<E>& one : choices) {
        names.push_back(one.name);
    }
    return {{name, doc, names}, [member, choices](MemoryProfile& profile, std::string_view value) {
                const auto found =
                    std::ranges::find_if(choices, [value](const Choice<E>& one) { return one.name == value; });
                if (found != choices.end()) {
                    profile.*member = found->value;
                }
                return found != choices.end();
            }};
}

Field number(std::string_view name, std::string_view doc, std::uint32_t MemoryProfile::* member) {
    return {{name, doc, {}}, [member](MemoryProfile& profile, std::string_view value) {
                const char* end = value.data() + value.size();
                const auto parsed = std::from_chars(value.data(), end, profile.*member);
                return parsed.ec == std::errc() && parsed.ptr == end;
            }};
}

Field disk(std::string_view name, std::string_view doc, DiskModel MemoryProfile::* member) {
    std::vector<Choice<DiskModel>> models;
    for (const DiskModel& model : DISK_MODELS) {
        models.push_back({model.name, model});
    }
    return choice(name, doc, member, models);
}

Field replacement() {
    std::vector<std::string_view> names;
    for (const PolicyInfo& policy : policies()) {
        if (!policy.takes("future")) {  // who knows it has run before; a simulation alone can be told
            names.push_back(policy.name);
        }
    }
    return {{"replacement", "which page leaves memory", names},
            [names](MemoryProfile& profile, std::string_view value) {
                const bool known = std::ranges::find(names, value) != names.end();
                if (known) {
                    profile.replacement = value;
                }
                return known;
            }};
}

const std::vector<Field>& fields() {
    static const std::vector<Field> all{
        choice("fork", "what becomes of private memory at fork", &MemoryProfile::fork,
               {{"cow", ForkMode::CopyOnWrite},
                {"eager", ForkMode::Eager},
                {"memcpy", ForkMode::Memcpy},
                {"from_file", ForkMode::FromFile},
                {"cow_in_entries", ForkMode::CowInEntries}}),
        choice("fork_entries", "the child's page-table entries: copied read-only, or left empty",
               &MemoryProfile::fork_entries, {{"copied", ForkEntries::Copied}, {"empty", ForkEntries::Empty}}),
        choice("shadows", "when the shadow objects of a copy-on-write fork are made", &MemoryProfile::shadows,
               {{"first_write", ShadowsAt::FirstWrite}, {"fork", ShadowsAt::Fork}}),
        choice("zero_page", "whether reads of untouched memory share one frame of zeros", &MemoryProfile::zero_page,
               {{"off", ZeroPage::Off}, {"on", ZeroPage::On}}),
        choice("heap", "whether brk() gets its frames on touch or at once", &MemoryProfile::heap,
               {{"lazy", HeapGrowth::Lazy}, {"eager", HeapGrowth::Eager}}),
        choice("image", "whether exec() brings a program in on touch or at once", &MemoryProfile::image,
               {{"demand", ImageLoading::Demand}, {"eager", ImageLoading::Eager}}),
        choice("dont_need", "what MADV_DONTNEED means: content is forgotten, or pages are the first to leave",
               &MemoryProfile::dont_need, {{"forget", DontNeed::Forget}, {"deactivate", DontNeed::Deactivate}}),
        replacement(),
        choice("scope", "among whose pages a victim is chosen", &MemoryProfile::scope,
               {{"global", ReplacementScope::Global}, {"local", ReplacementScope::Local}}),
        number("process_frames", "with local replacement: pages of a process in memory at most",
               &MemoryProfile::process_frames),
        number("tau",
               "of working-set and wsclock: instructions without a use after which a page leaves the working set",
               &MemoryProfile::tau),
        number("hand_spread", "of two-handed-clock: pages between the hands; 0: half of those in memory",
               &MemoryProfile::hand_spread),
        number("policy_tick", "instructions between two ticks of the policy, such as aging's; 0: none",
               &MemoryProfile::policy_tick),
        number("low_watermark", "free frames below which the pageout daemon begins", &MemoryProfile::low_watermark),
        number("high_watermark", "free frames at which it stops", &MemoryProfile::high_watermark),
        number("dma_frames", "frames at the bottom of RAM that are the zone DMA; 0: there is one zone",
               &MemoryProfile::dma_frames),
        number("working_set_minimum", "with local replacement: frames that each process is guaranteed",
               &MemoryProfile::working_set_minimum),
        number("balance_tick", "instructions between two turns of the balance-set manager; 0: it sleeps",
               &MemoryProfile::balance_tick),
        number("swapper_idle_ms", "simulated milliseconds after which the swapper takes an idle process; 0: it sleeps",
               &MemoryProfile::swapper_idle_ms),
        number("modified_limit", "pages on the modified list above which the modified-page writer writes them",
               &MemoryProfile::modified_limit),
        number("zero_ahead", "free frames that the zero-page thread keeps filled with zeros",
               &MemoryProfile::zero_ahead),
        choice("overcommit", "whether more memory may be promised than there is", &MemoryProfile::overcommit,
               {{"heuristic", Overcommit::Heuristic}, {"always", Overcommit::Always}, {"never", Overcommit::Never}}),
        number("overcommit_ratio", "with overcommit=never: percent of memory that may be promised, beside all of swap",
               &MemoryProfile::overcommit_ratio),
        number("commit_limit", "with overcommit=never: pages that may be promised in all; 0: by overcommit_ratio",
               &MemoryProfile::commit_limit),
        number("readahead", "pages that a page-in brings at most, in frames that are free", &MemoryProfile::readahead),
        number("cluster", "neighbouring pages that are written together at most", &MemoryProfile::cluster),
        number("write_back_age", "units of time after which a file's dirty pages are written; 0: not before they leave",
               &MemoryProfile::write_back_age),
        disk("swap_disk", "how long a transfer to or from swap takes", &MemoryProfile::swap_disk),
        disk("file_disk", "how long a transfer to or from a file takes", &MemoryProfile::file_disk),
    };
    return all;
}

struct NamedProfile {
    std::string_view name;
    MemoryProfile profile;
};

const std::vector<NamedProfile>& profiles() {
    static const std::vector<NamedProfile> all{
        // Linux begins with vm.overcommit_memory 0. 4.4BSD gives a page its swap when it is first paged out and counts nothing
        // before; xv6 and Pintos have no such count either.
        {"linux", {.zero_page = ZeroPage::On, .overcommit = Overcommit::Heuristic}},
        {"bsd44",
         {.fork_entries = ForkEntries::Empty,
          .shadows = ShadowsAt::Fork,
          .dont_need = DontNeed::Deactivate,
          .low_watermark = 8,
          .high_watermark = 16,
          .cluster = 8}},
        {"xv6", {.fork = ForkMode::Eager, .heap = HeapGrowth::Eager, .image = ImageLoading::Eager}},
        {"xv6-lazy", {.fork = ForkMode::Eager, .image = ImageLoading::Eager}},
        {"jos", {}},
        {"pintos", {}},
        // Windows promises what memory and paging files can hold: the commit limit. 50 pages are the least working set that
        // SetProcessWorkingSetSize documents as the default; the balance-set manager wakes each second, and who has waited
        // for 15 loses his kernel stack and then his working set.
        {"windows",
         {.scope = ReplacementScope::Local,
          .low_watermark = 8,
          .high_watermark = 16,
          .working_set_minimum = 50,
          .balance_tick = 1'000'000'000,
          .swapper_idle_ms = 15'000,
          .modified_limit = 8,
          .zero_ahead = 8,
          .overcommit = Overcommit::Never,
          .overcommit_ratio = 100}},
    };
    return all;
}

std::string listed(const std::vector<std::string_view>& names) {
    std::string text;
    for (const std::string_view name : names) {
        text.append(text.empty() ? "" : ", ").append(name);
    }
    return text;
}

}  // namespace

std::vector<ProfileField> profile_fields() {
    std::vector<ProfileField> described;
    for (const Field& field : fields()) {
        described.push_back(field.described);
    }
    return described;
}

Result<Done, std::string> set_field(MemoryProfile& profile, std::string_view field, std::string_view value) {
    std::vector<std::string_view> names;
    for (const Field& one : fields()) {
        names.push_back(one.described.name);
        if (one.described.name != field) {
            continue;
        }
        if (one.set(profile, value)) {
            return Done{};
        }
        const auto& choices = one.described.choices;
        return Failure(std::string(field) + "=\"" + std::string(value) + "\": " +
                       (choices.empty() ? "a whole number from 0 to 4294967295" : "one of " + listed(choices)));
    }
    return Failure("there is no memory option \"" + std::string(field) + "\"; there are " + listed(names));
}

std::vector<std::string_view> profile_names() {
    std::vector<std::string_view> names;
    for (const NamedProfile& profile : profiles()) {
        names.push_back(profile.name);
    }
    return names;
}

Result<MemoryProfile, std::string> find_profile(std::string_view name) {
    const auto found =
        std::ranges::find_if(profiles(), [name](const NamedProfile& profile) { return profile.name == name; });
    if (found == profiles().end()) {
        return Failure("there is no memory profile \"" + std::string(name) + "\"; there are " +
                       listed(profile_names()));
    }
    return found->profile;
}

}  // namespace vmlab
