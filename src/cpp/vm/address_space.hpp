// SPDX-License-Identifier: GPL-2.0-only
// AddressSpace: the mappings of a process, its page tables, its heap and stack, and what answers its page faults.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ref.hpp"
#include "base/result.hpp"
#include "machine/pmap.hpp"
#include "vm/mapping.hpp"
#include "vm/virtual_memory.hpp"

namespace vmlab {

/// Why an address-space operation cannot be done; the abi turns it into its own error number.
enum class VmError : std::uint8_t {
    Invalid,
    NoMemory,
    Overlap,
    NotMapped,
    AccessDenied,
    InputOutput,
    NoPage,   ///< what is mapped there has no such page: a file has ended before
    NoTable,  ///< there was a frame for the page and none for its page table
};

/// A denied access that a kernel is asked to make good.
struct PageFault {
    VirtAddr address;
    std::uint32_t error = 0;
    Access access = Access::Read;
    VirtAddr eip;     ///< 0 when the kernel itself touched user memory
    VirtAddr esp{0};  ///< the user's, also when the kernel touches its memory; 0: nobody's
    bool operator==(const PageFault&) const = default;
};

/// How a fault is tried, and what came of earlier attempts when it had to wait.
struct FaultAttempt {
    IoMode io = IoMode::Wait;             ///< Start: end as Blocked where a disk must be waited for
    FaultCost so_far = FaultCost::Minor;  ///< Major: an attempt before has started a transfer for it
    IoResult awaited = IoResult::Ok;      ///< how the transfer ended that was to bring its page
};

/// How a fault ended. Results from NoMapping on are failures; Blocked is neither: it is to be tried again.
struct FaultOutcome {
    FaultResult result = FaultResult::Resident;
    FaultCost cost = FaultCost::Minor;
    const Mapping* mapping = nullptr;
    std::uint32_t transfer = 0;  ///< when Blocked: which must end first; 0: it waits for a frame
    /// When OutOfMemory: what there was no frame for.
    enum class Lacks : std::uint8_t { Page, Table } lacks = Lacks::Page;

    [[nodiscard]] bool resolved() const { return result < FaultResult::NoMapping; }
};

/// Where the user part of an address space may put things; an abi's layout.
struct SpaceLayout {
    VirtAddr lowest{0x10000};              ///< below it nothing is mapped unasked
    VirtAddr mmap_top{0xB8000000};         ///< mmap looks for room downwards from here
    VirtAddr end{0xC0000000};              ///< one past the last user address
    std::uint32_t stack_limit = 8U << 20;  ///< of who has no limit of his own
    std::uint32_t stack_guard_gap = 256 * PAGE_SIZE;
    /// How far below ESP a touch still makes the stack grow; nothing: wherever.
    std::optional<std::uint32_t> stack_reach{};
    /// Where the heap ends for who touches it: with the page that its last byte is in, or with that byte.
    enum class HeapEdge : std::uint8_t { Page, Byte } heap_edge = HeapEdge::Page;
};

/// Where a new mapping goes.
enum class Placement : std::uint8_t { Anywhere, Hint, Fixed, FixedNoReplace };

/// Whether memory is promised when it is mapped: MAP_NORESERVE is No, and heeded unless the profile never overcommits.
enum class Reserve : std::uint8_t { No, Yes };

/// Whether its pages are brought in at once.
enum class Populate : std::uint8_t { No, Yes };

struct MapRequest {
    VirtAddr address;          ///< meaningless for Anywhere
    std::uint64_t length = 0;  ///< bytes; rounded up to pages
    Placement placement = Placement::Anywhere;
    Protection protection;
    Protection max_protection{Protection::ALL};
    Sharing sharing = Sharing::Private;
    MappingKind kind = MappingKind::Anonymous;
    ZeroPage zero_page = ZeroPage::On;
    Reserve reserve = Reserve::Yes;
    Wiring wiring = Wiring::Pageable;  ///< Pageable: what set_future_wiring said
    SoftwareBits software;
    Populate populate = Populate::No;
    Ref<VmObject> object;  ///< empty: fresh anonymous memory
    PageIndex offset;
    std::string name;
};

/// What is mapped at the old place when a mapping moved.
enum class LeftBehind : std::uint8_t {
    Nothing,
    Untouched,  ///< the same as it was before the first touch; shared memory as it is
};

/// A change of a mapping's length or place. Placement: Anywhere: where it is or elsewhere; Hint: only where it is; Fixed.
struct RemapRequest {
    VirtAddr old_address;
    std::uint64_t old_length = 0;
    std::uint64_t new_length = 0;
    Placement placement = Placement::Anywhere;
    VirtAddr new_address;  ///< when Fixed; a hint where something is left behind; 0: there is none
    LeftBehind left_behind = LeftBehind::Nothing;  ///< Untouched: it moves in any case. Requires: the length stays
};

/// How SpaceLimits counts a mapping. Data: private memory that may be written, stacks apart.
enum class SpaceUse : std::uint8_t { Other, Data };
/// What a mapping counts as, were these its rights.
[[nodiscard]] SpaceUse use_of(Protection protection, const Mapping& mapping);

/// Elsewhere: mm_struct (Linux), vm_space and vm_map (BSD), vmmap (weenix), supplemental page table (Pintos).
/// Owner: counted by the processes that run in it: one, or two while a vfork()ed child borrows it. Holds: a Pmap, and
/// through the mappings counts on objects.
/// Invariants: see Mapping; every present user PTE maps the page that the mapping's object chain shows there; in a wired
/// mapping each present PTE holds one wire of its page.
class AddressSpace : public RefCounted {
public:
    /// Nothing when there is no frame for the page directory.
    [[nodiscard]] static Ref<AddressSpace> create(VirtualMemory& vm, const SpaceLayout& layout);
    /// Gives up a reference. The last one unmaps everything first, so that a Panic in that is thrown and not the end of all.
    static void drop(Ref<AddressSpace> space);
    ~AddressSpace() override;
    /// A copy for a child, as the profile says: private memory copied or copy-on-write, shared memory shared; fork.cpp.
    /// Nothing when frames ran out; then this space is as before, but for lost write permissions that the next fault gives back.
    [[nodiscard]] Ref<AddressSpace> fork();

    [[nodiscard]] VirtualMemory& vm() const { return vm_; }
    [[nodiscard]] Pmap& pmap() { return pmap_; }
    [[nodiscard]] const Pmap& pmap() const { return pmap_; }
    [[nodiscard]] const SpaceLayout& layout() const { return layout_; }
    /// All that a user may have.
    [[nodiscard]] VirtRange whole() const { return {VirtAddr(0), layout_.end.value}; }
    [[nodiscard]] ReplacementDomains::Number domain() const { return domain_; }

    /// Adds a mapping and returns its address. Fixed replaces what was there.
    /// Fails: Invalid (length 0, misaligned, outside the user part), NoMemory (no room, or more than may be promised),
    /// Overlap (FixedNoReplace); then nothing has changed.
    [[nodiscard]] Result<VirtAddr, VmError> map(MapRequest request);
    /// The same with every page in memory at once, or nothing. Fails also as populate; what was there before is gone then.
    [[nodiscard]] Result<VirtAddr, VmError> map_at_once(MapRequest request);
    /// Removes whatever is mapped in the range, splitting mappings at its ends. Fails: Invalid.
    [[nodiscard]] Result<Done, VmError> unmap(const VirtRange& range);
    /// Fails: Invalid; NotMapped when a page of the range is not mapped, AccessDenied when a mapping may not have such
    /// rights, NoMemory when so much cannot be promised (what lies before it has changed, as on Linux).
    [[nodiscard]] Result<Done, VmError> protect(const VirtRange& range, Protection protection);
    /// Changes the length or place of one mapping, or a part of it; remap.cpp. Returns its address. Shared memory of an old
    /// length of 0 is mapped a second time.
    /// Fails: Invalid, NotMapped when the old range is not one mapping's, NoMemory as map.
    [[nodiscard]] Result<VirtAddr, VmError> remap(const RemapRequest& request);
    /// Takes advice about a range; advice.cpp. Fails: Invalid; NotMapped where a part is not mapped, the rest is done.
    [[nodiscard]] Result<Done, VmError> advise(const VirtRange& range, Advice advice);
    /// Whether the page at an address is in memory; one that is not mapped counts as not.
    [[nodiscard]] bool is_resident(VirtAddr va) const;
    /// The same for each page of a range.
    [[nodiscard]] std::vector<bool> resident(const VirtRange& range) const;
    /// Writes what was written through shared mappings of files to the disk. Fails: Invalid, NotMapped, InputOutput.
    [[nodiscard]] Result<Done, VmError> synchronize(const VirtRange& range);
    /// Brings the pages of a range in now, as if they were written to where private memory may be; counts no faults.
    /// Fails: NotMapped (also past a file's end, and where nobody may touch), NoMemory; what was brought in stays.
    [[nodiscard]] Result<Done, VmError> populate(const VirtRange& range);
    /// The same for one kind of access. Fails: NotMapped, Invalid where the access is not allowed, NoPage, NoMemory.
    [[nodiscard]] Result<Done, VmError> populate(const VirtRange& range, Access access);
    /// Wired: populates the range and keeps its pages in memory; Pageable ends that. Fails: Invalid, and as populate.
    [[nodiscard]] Result<Done, VmError> set_wiring(const VirtRange& range, Wiring wiring);
    /// What mappings are from now on that do not ask for more. Children begin with Pageable.
    void set_future_wiring(Wiring wiring) { future_wiring_ = wiring; }
    /// Who may touch a range that is mapped: Supervisor takes it away from ring 3. Fails: Invalid, NotMapped.
    [[nodiscard]] Result<Done, VmError> set_privilege(const VirtRange& range, Privilege privilege);
    /// Makes a part of a shared mapping zeros, for all who see it. Fails: Invalid (also where wired, or of no object that others
    /// can see), AccessDenied where it may not be written, NotMapped; what lies before has changed.
    [[nodiscard]] Result<Done, VmError> punch_hole(const VirtRange& range);
    /// Drops the entry of one page, as a pmap may at any time; a wired one stays.
    void forget_entry(VirtAddr va);

    /// Gives the heap its place; the heap is empty.
    void set_heap_start(VirtAddr start);
    [[nodiscard]] VirtAddr heap_start() const { return heap_start_; }
    [[nodiscard]] VirtAddr heap_end() const { return break_; }
    /// Moves the breakpoint. Fails: Invalid below heap_start, NoMemory when something is in the way, and as map; NoMemory and
    /// NoTable where its pages are wanted at once. Then nothing has changed.
    [[nodiscard]] Result<Done, VmError> set_break(VirtAddr end);
    /// Maps the stack, `initial` bytes now, growing on faults down to the layout's limit below `top`.
    [[nodiscard]] Result<Done, VmError> map_stack(VirtAddr top, std::uint32_t initial);

    [[nodiscard]] const Mapping* find_mapping(VirtAddr va) const;
    /// Whether nothing is mapped there.
    [[nodiscard]] bool is_free(const VirtRange& range) const;
    /// The object down the mapping's chain that has the page at va, and where; the last one when none has.
    [[nodiscard]] static std::pair<VmObject*, PageIndex> find_holder(const Mapping& mapping, VirtAddr va);
    /// In address order.
    [[nodiscard]] const std::map<VirtAddr, Mapping>& mappings() const { return mappings_; }
    /// What the mappings take in the kernel's own memory.
    [[nodiscard]] std::size_t mapping_bytes() const { return mappings_.size() * MAPPING_NODE_BYTES; }

    /// Resolves one fault of this space and says how; fault.cpp.
    /// Ensures: if resolved, a walk of the page allows the access. Blocked, in attempts that Start: the log hears nothing yet.
    /// Fails: NoMapping, Protection, BusError, OutOfMemory (values, never panics).
    [[nodiscard]] FaultOutcome resolve_fault(const PageFault& fault, AfterEnter after,
                                             const FaultAttempt& attempt = {});
    /// Counts a fault's outcome and writes it to the log; resolve_fault does it for its own.
    void settle(const PageFault& fault, const FaultOutcome& outcome);

    /// Installs a frame that a handler of the user's chose as the page at va; maps one anonymous page where nothing is mapped.
    /// Takes the frame unless it fails. Fails: Invalid (kernel address), AccessDenied (more rights than the mapping has, or
    /// the frame is a device's), NotMapped (past the end of a shared file), NoMemory (no frame for a page table); then the
    /// old page stays.
    [[nodiscard]] Result<Done, VmError> install_page(VirtAddr va, FrameNumber frame, Protection protection);

    /// Copies bytes as the process would read them, without faulting anything in; false when a page is not mapped.
    [[nodiscard]] bool peek(VirtAddr va, std::span<std::byte> destination) const;

    struct Usage {
        std::uint64_t mapped_bytes = 0;
        std::uint32_t resident_pages = 0;  ///< with a present entry; the frame of zeros does not count
        std::uint32_t peak_resident_pages = 0;
        std::uint32_t table_frames = 0;
        std::uint64_t metadata_bytes = 0;  ///< mappings, and the objects and pages that they reach
    };
    [[nodiscard]] Usage usage() const;
    /// Pages of private memory in the range that were promised; commit.cpp.
    [[nodiscard]] std::uint64_t committed_pages(const VirtRange& range) const;
    [[nodiscard]] std::uint64_t committed_pages() const { return committed_pages(whole()); }
    /// What SpaceLimits counts: all pages that are mapped, those of them that are data, and those in a range.
    [[nodiscard]] std::uint64_t mapped_pages(const VirtRange& range) const;
    [[nodiscard]] std::uint64_t mapped_pages() const { return mapped_pages(whole()); }
    [[nodiscard]] std::uint64_t data_pages() const;

private:
    /// A node of the tree: three links and a colour before the value.
    static constexpr std::size_t MAPPING_NODE_BYTES = 4 * sizeof(void*) + sizeof(std::pair<const VirtAddr, Mapping>);
    friend class FaultContext;
    template <typename T, typename... Args>
    friend Ref<T> make_ref(Args&&... args);
    AddressSpace(VirtualMemory& vm, const SpaceLayout& layout, Pmap pmap);

    /// Where the new mapping goes, placement.cpp; what is there is not yet replaced.
    [[nodiscard]] Result<VirtRange, VmError> choose_range(const MapRequest& request) const;
    /// As it asks, or as the process asked for all that comes.
    [[nodiscard]] Wiring wiring_of(const MapRequest& request) const;
    [[nodiscard]] Commitment commitment_of(const MapRequest& request) const;
    /// Whether the current process may have so many pages more of such memory; space_limits.cpp.
    [[nodiscard]] bool may_expand(std::uint64_t pages, SpaceUse use) const;
    [[nodiscard]] std::uint64_t stack_limit() const;
    /// Adds a mapping as map() does, of pages that nobody brought in.
    [[nodiscard]] Result<VirtRange, VmError> map_untouched(MapRequest request);
    [[nodiscard]] std::optional<VirtAddr> find_room(std::uint64_t length, const MapRequest& request) const;
    /// Whether it is free, and far enough from what grows down above it.
    [[nodiscard]] bool is_free_and_apart(const VirtRange& range) const;
    /// Where a mapping begins for those that look for room: one that grows down keeps a gap below it.
    [[nodiscard]] std::uint64_t start_with_gap(const Mapping& mapping) const;
    [[nodiscard]] bool is_user_range(const VirtRange& range) const;
    /// The same, and of whole pages.
    [[nodiscard]] bool is_page_range(const VirtRange& range) const;
    [[nodiscard]] Result<Done, VmError> clear_for(const Mapping& mapping, const Ref<VmObject>& object,
                                                  PageIndex offset);
    Mapping& insert(Mapping mapping);
    void erase(std::map<VirtAddr, Mapping>::iterator at);
    void erase_all();
    /// Makes `at` a boundary between mappings, if a mapping contains it.
    void split_at(std::uint64_t at);
    /// Makes one mapping of neighbours in the range, and of the two at its ends, that differ in nothing.
    void merge_within(const VirtRange& range);
    /// Grows the mapping that ends where `mapping` begins instead of adding another, if they are alike fresh memory.
    [[nodiscard]] bool extend_previous(const Mapping& mapping);
    Mapping* find_mapping_mutable(VirtAddr va);
    /// Takes page-table entries away and keeps what they know: D bits and wires.
    void remove_entries(const VirtRange& range, Wiring wiring);
    void harvest(Pte removed, Wiring wiring);
    void change_entries(const Mapping& mapping);
    void remove_zero_page_entries(const VirtRange& range);
    /// Does what resolve_fault does, unnoticed by counters and log.
    [[nodiscard]] FaultOutcome bring_in(const PageFault& fault, AfterEnter after, const FaultAttempt& attempt = {});
    template <typename Visit>
    [[nodiscard]] Result<Done, VmError> for_each_part(const VirtRange& range, const Visit& visit);
    /// The object at the end of the mapping's chain, a file's if there is one, and where it would have the page at va.
    [[nodiscard]] static std::pair<VmObject*, PageIndex> find_origin(const Mapping& mapping, VirtAddr va);
    template <typename Change>
    [[nodiscard]] Result<Done, VmError> change_whole(const VirtRange& range, const Change& change);
    [[nodiscard]] Result<Done, VmError> set_access_pattern(const VirtRange& range, Advice pattern);
    [[nodiscard]] Result<Done, VmError> set_on_fork(const VirtRange& range, OnFork on_fork);
    static void will_need(const Mapping& mapping, const VirtRange& part);
    void forget(Mapping& mapping, const VirtRange& part);
    static void free_lazily(const Mapping& mapping, const VirtRange& part);
    [[nodiscard]] std::vector<Page*> active_pages(const VirtRange& part) const;
    void deactivate(const VirtRange& part);
    void page_out(const VirtRange& part);
    /// What a part of a private mapping shows before anything is written there: its file, or fresh zeros.
    struct Source {
        Ref<VmObject> object;
        PageIndex offset;
        NeedsCopy needs_copy;
    };
    [[nodiscard]] Source source_of(const Mapping& mapping, const VirtRange& part);
    /// Requires: the mapping ends where `added` begins, and `added` is free.
    void lengthen(Mapping& mapping, const VirtRange& added);
    void add_behind(Mapping& mapping, const VirtRange& added);
    [[nodiscard]] Result<VirtAddr, VmError> grow_or_move(const VirtRange& old, std::uint64_t length,
                                                         const RemapRequest& request);
    /// Another mapping of shared memory from `request.old_address` on.
    [[nodiscard]] Result<VirtAddr, VmError> duplicate(const RemapRequest& request);
    [[nodiscard]] bool is_one_area(const VirtRange& range) const;
    void move_mappings(const VirtRange& from, VirtAddr to);
    [[nodiscard]] std::vector<Mapping> untouched_copies(const VirtRange& range);
    /// Extends the stack's mapping down to the page of the fault; nothing when that is not the stack's to grow to.
    Mapping* grow_stack(const PageFault& fault);
    [[nodiscard]] bool is_in_reach(const PageFault& fault) const;
    /// Whether a mapping may grow down to there, as far as limits and what lies below go.
    [[nodiscard]] bool may_grow_to(const Mapping& stack, VirtAddr start) const;
    /// One past the mapping and those behind it that are one area with it to the program.
    [[nodiscard]] std::uint64_t area_end(const Mapping& mapping) const;
    [[nodiscard]] Mapping fresh_stack(const Mapping& above, VirtAddr start);
    /// A mapping whose first write must not reach its object gets a shadow of its own in front.
    void ensure_private_object(Mapping& mapping);
    void put_shadow_in_front(Mapping& mapping);
    [[nodiscard]] bool fork_mapping(Mapping& mapping, AddressSpace& child);
    [[nodiscard]] ForkMode fork_mode(const Mapping& mapping) const;
    [[nodiscard]] bool fork_entries(const Mapping& mapping, AddressSpace& child, ForkMode mode);
    static void give_write_back(const Page& copied, const AddressSpace& copier);
    void give_object_for_copies(Mapping& mapping);
    /// False when frames ran out.
    [[nodiscard]] bool copy_pages(const Mapping& from, AddressSpace& child, const Mapping& to);
    [[nodiscard]] bool enter_copy(const Mapping& mapping, VirtAddr va, Page& page);

    VirtualMemory& vm_;
    SpaceLayout layout_;
    Pmap pmap_;
    ReplacementDomains::Number domain_;
    std::map<VirtAddr, Mapping> mappings_;  ///< by first address; nodes never move, objects point at them
    VirtAddr heap_start_;
    VirtAddr break_;
    Wiring future_wiring_ = Wiring::Pageable;
};

}  // namespace vmlab
