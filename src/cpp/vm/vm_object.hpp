// SPDX-License-Identifier: GPL-2.0-only
// VmObject: a source of pages, anonymous, a file's or a device's, seen through mappings; as a shadow it stands in front of another.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/address.hpp"
#include "base/ref.hpp"
#include "machine/pmap.hpp"
#include "vm/advice.hpp"
#include "vm/mapping_views.hpp"
#include "vm/page.hpp"
#include "vm/page_slots.hpp"
#include "vm/pager.hpp"
#include "vm/virtual_memory.hpp"

namespace vmlab {

class AddressSpace;
struct Mapping;

enum class ObjectKind : std::uint8_t { Anonymous, File, Device };

/// How the writing of a page ended.
enum class Laundered : std::uint8_t { Done, UnderWay, Failed };

/// Elsewhere: vm_object (BSD, Mach), mmobj (weenix), section (Windows), address_space plus anon_vma (Linux).
/// Owner: counted by the mappings that show it, the objects that shadow it, and the file or segment whose content it is.
/// Invariants:
///   O1 a page of this object hides the page at the same place in the object it shadows; a file's or device's shadows nothing.
///   O2 shadowed_by names exactly the objects whose shadow this is, views exactly the mappings that show it.
///   O3 a slot with both page and swap slot holds a clean page: the copies are equal.
///   O4 somebody sees each page of anonymous memory: one that nobody can reach any more is freed at once.
class VmObject : public RefCounted {
public:
    /// Anonymous memory: a page that was never touched is zero.
    [[nodiscard]] static Ref<VmObject> create_anonymous(VirtualMemory& vm, std::uint32_t pages);
    /// A file's pages; `bytes` is the file's length, and pages past it do not exist.
    [[nodiscard]] static Ref<VmObject> create_file(VirtualMemory& vm, std::unique_ptr<Pager> pager,
                                                   std::uint64_t bytes);
    /// A device's pages: they are always in memory, in frames that the pager names and nobody takes.
    [[nodiscard]] static Ref<VmObject> create_device(VirtualMemory& vm, std::unique_ptr<Pager> pager,
                                                     std::uint32_t pages);
    /// An empty object in front of `behind`, whose page 0 is page `offset` of that.
    [[nodiscard]] static Ref<VmObject> create_shadow(Ref<VmObject> behind, PageIndex offset, std::uint32_t pages);
    ~VmObject() override;

    [[nodiscard]] ObjectKind kind() const { return kind_; }
    [[nodiscard]] std::uint32_t id() const { return id_; }
    [[nodiscard]] VirtualMemory& vm() const { return vm_; }
    /// Pages that exist: for a file as many as its length reaches into.
    [[nodiscard]] std::uint32_t size_pages() const {
        return static_cast<std::uint32_t>(page_round_up(bytes_) >> PAGE_SHIFT);
    }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    /// Grows, or shrinks: pages past the new end go, out of every Pmap. What a mapping wrote past the end of what is kept, in
    /// its last page, becomes zero.
    void resize(std::uint64_t bytes);
    /// The same for a file, and a shorter one takes along what private mappings have copied of the pages that go.
    void truncate(std::uint64_t bytes);

    /// Promises the pages of shared anonymous memory, now and as far as it grows; they are given back at its end.
    void charge_commit();
    [[nodiscard]] Commitment commitment() const { return commitment_; }

    /// Anonymous memory that is kept has an owner who sees all of it, mapped or not, and the size that it was made with.
    enum class Keeping : std::uint8_t { No, Yes };
    void set_keeping(Keeping keeping);
    [[nodiscard]] Keeping keeping() const { return keeping_; }
    /// Its pages do not leave memory once they are there.
    enum class Locking : std::uint8_t { Free, Locked };
    void set_locking(Locking locking) { locking_ = locking; }
    [[nodiscard]] bool locked() const { return locking_ == Locking::Locked; }

    // Slots.
    [[nodiscard]] Page* find_page(PageIndex index) const { return slots_.find(index); }
    [[nodiscard]] SwapSlot swap_slot(PageIndex index) const { return slots_.swap_slot(index); }
    /// Whether this object itself has the page: in memory, in swap, or from its pager.
    [[nodiscard]] bool has_page(PageIndex index) const { return slots_.has(index) || pager_has(index); }
    [[nodiscard]] const PageSlots& slots() const { return slots_; }
    /// What it and its slots and pages take, their content apart.
    [[nodiscard]] std::size_t metadata_bytes() const { return sizeof(VmObject) + slots_.bytes(); }
    /// Requires: no page is in the slot. Takes the frame.
    Page& insert_page(PageIndex index, FrameNumber frame, PageState state = PageState::Active);
    /// Out of every Pmap and memory, and its swap slot back: the content is lost.
    void remove_page(PageIndex index);
    /// Out of every Pmap and memory; what was written to swap or file stays there.
    /// Requires: the page is clean.
    void evict_page(PageIndex index);
    /// Makes pages zeros, where they are. False when a frame could not be had for one of a file's.
    [[nodiscard]] bool clear_pages(PageIndex first, std::uint32_t pages);
    /// Gives the swap slot back, if there is one.
    void free_swap_slot(PageIndex index);
    /// Out of memory, whatever it holds; what was written to swap or file stays there. Requires: mapped nowhere.
    void forget_page(PageIndex index) { slots_.take_page(index); }

    // To and from a disk; paging.cpp.
    /// Writes a dirty page to its file or to swap, together with neighbours that are to be written too. It and they are
    /// clean then, or soon. Failed, at once or later: they are dirty and back in use. The page may be gone afterwards.
    /// Requires: no PTE says more about it than its own cleanliness does; to Stay it is in use, else on the modified list.
    [[nodiscard]] Laundered launder(Page& page, AfterTransfer after, IoMode mode);
    /// Writes the dirty pages of a part. Requires: this is a file. False when one could not be.
    [[nodiscard]] bool write_back(PageIndex first, std::uint32_t pages, IoMode mode);
    /// Looks for dirty pages of a file, also for those that only page tables tell of, and notes since when there are some.
    bool note_dirty_entries();
    /// When a page of this file became dirty while none was, as far as the kernel knows.
    [[nodiscard]] std::optional<std::uint64_t> dirty_since() const {
        return pager_ != nullptr ? pager_->dirty_since : std::nullopt;
    }
    /// For Page alone.
    void note_dirty();

    /// The page of this object alone, brought in from swap or pager or zeroed if it must be, neighbours with it as the
    /// profile's readahead and `pattern` say.
    /// Requires: index is inside the object. Used by read(), write() and the fault path alike: one page cache.
    struct Obtained {
        Page* page = nullptr;  ///< null when result is a failure, or Blocked
        FaultResult result =
            FaultResult::Resident;          ///< Resident, Reclaim, PageIn, ZeroFill; Blocked; OutOfMemory, BusError
        std::uint32_t transfer = 0;         ///< when Blocked: what to wait for; 0: for a frame
        FaultCost cost = FaultCost::Minor;  ///< Major: a transfer was started
    };
    [[nodiscard]] Obtained obtain_page(PageIndex index, IoMode mode = IoMode::Wait, Advice pattern = Advice::Normal);
    [[nodiscard]] bool pager_has(PageIndex index) const { return pager_ != nullptr && pager_->has_page(index); }
    /// Copies a page's bytes, looking down the chain, without bringing it in: look without effects.
    void peek(PageIndex index, std::span<std::byte, PAGE_SIZE> destination) const;
    /// The bytes that would come in if the page were not in memory: the swap slot's, the pager's, or zeros.
    void peek_stored(PageIndex index, std::span<std::byte, PAGE_SIZE> destination) const;

    /// A mapping that shows this object directly, for the reverse map.
    [[nodiscard]] const MappingViews& views() const { return views_; }
    void add_mapping(AddressSpace& space, Mapping& mapping) { views_.add({&space, &mapping}); }
    void remove_mapping(const Mapping& mapping) { views_.remove(mapping); }
    [[nodiscard]] std::size_t mapping_count() const { return views_.size(); }
    /// Every mapping, own or of an object in front, and address at which a page may be mapped.
    void for_each_view(PageIndex index, const std::function<void(const MappingView&, VirtAddr)>& visit) const;
    /// The same as (Pmap, address).
    void for_each_place(PageIndex index, const ReverseMap::Visitor& visit) const;

    /// The present entries among those places that map this very page: visit(pmap, address, entry).
    template <typename Visit>
    void for_each_entry(const Page& page, const Visit& visit) const {
        for_each_place(page.index(), [&](Pmap& pmap, VirtAddr va) {
            const Pte pte = pmap.lookup(va);
            if (pte.present() && pte.frame() == page.frame()) {
                visit(pmap, va, pte);
            }
        });
    }

    // The chain; shadow_chain.cpp.
    [[nodiscard]] const Ref<VmObject>& shadow() const { return shadow_; }
    [[nodiscard]] PageIndex shadow_offset() const { return shadow_offset_; }
    [[nodiscard]] const std::vector<VmObject*>& shadowed_by() const { return shadowed_by_; }
    /// Objects from here to the end of the chain, this one included.
    [[nodiscard]] std::uint32_t chain_length() const;
    /// Whether a mapping may grow to show a part of this object as fresh memory: neither this object nor one behind it, a
    /// file apart, has a page there, and no mapping may write one there in place.
    [[nodiscard]] bool is_fresh(PageIndex first, std::uint32_t pages) const;
    /// Whether somebody sees this object's page at `index`: a mapping, a file, or an object in front that does not
    /// cover it and is seen there itself. `except`, one of those in front, is not asked.
    [[nodiscard]] bool is_seen(PageIndex index, const VmObject* except = nullptr) const;
    /// Takes over the slot, page and swap slot, of an object further back. Requires: no other sees it, own slot empty.
    void move_up(VmObject& from, PageIndex from_index, PageIndex to_index);
    /// Shortens the chain behind this object: merges what only this object refers to, passes by what it covers.
    void collapse();
    /// Gives up a reference, a mapping's or that of an object in front, that saw some pages: frees what nobody sees then, and
    /// shortens the chain that is left.
    static void drop(Ref<VmObject> object, PageIndex first, std::uint32_t pages);
    /// Frees the slots of a part of this object, and of those behind, that nobody sees any more.
    void discard_unseen(PageIndex first, std::uint32_t pages);

private:
    template <typename T, typename... Args>
    friend Ref<T> make_ref(Args&&... args);
    friend class ObjectList;
    friend struct Sabotage;  // of tests/cpp/wrong_kernels
    VmObject(VirtualMemory& vm, ObjectKind kind, std::uint64_t bytes, std::unique_ptr<Pager> pager);

    void cut_copies(PageIndex first);
    [[nodiscard]] Obtained page_in(PageIndex index, FrameNumber frame, IoMode mode, Advice pattern);
    Page& read_into(PageIndex index, FrameNumber frame);
    [[nodiscard]] std::vector<Page*> read_ahead(Page& page, Advice pattern);
    [[nodiscard]] bool is_stored_behind(PageIndex index) const;
    void note_page_in(const Page& page, IoResult result);
    [[nodiscard]] std::vector<Page*> cluster_around(Page& page, AfterTransfer after) const;
    void write_page(Page& page, SwapSlot slot);
    void take_slot(VmObject& from, PageIndex from_index, PageIndex to_index);
    [[nodiscard]] Obtained obtain_device_page(PageIndex index);
    void merge_shadow();
    [[nodiscard]] bool covers_shadow() const;
    void set_shadow(Ref<VmObject> behind, PageIndex offset);

    std::uint32_t id_;  // first, and small ones together: there are as many objects as mappings
    VirtualMemory& vm_;
    std::uint64_t bytes_;
    std::unique_ptr<Pager> pager_;
    PageSlots slots_;
    Ref<VmObject> shadow_;
    PageIndex shadow_offset_;
    ObjectKind kind_;
    Commitment commitment_ = Commitment::None;
    Keeping keeping_ = Keeping::No;
    Locking locking_ = Locking::Free;
    std::vector<VmObject*> shadowed_by_;
    MappingViews views_;
    VmObject* previous_ = nullptr;  ///< ObjectList's
    VmObject* next_ = nullptr;
};

/// The object-based reverse map that Pmap::remove_all asks: nothing is stored per page.
class PageReverseMap : public ReverseMap {
public:
    explicit PageReverseMap(const Page& page) : page_(page) {}
    void for_each_candidate(FrameNumber frame, const Visitor& visit) const override;

private:
    const Page& page_;
};

}  // namespace vmlab
