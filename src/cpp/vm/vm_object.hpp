// SPDX-License-Identifier: GPL-2.0-only
// VmObject: a source of pages, anonymous or a file's, seen through mappings; as a shadow it stands in front of another.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/address.hpp"
#include "base/ref.hpp"
#include "machine/pmap.hpp"
#include "vm/page.hpp"
#include "vm/page_slots.hpp"
#include "vm/pager.hpp"
#include "vm/virtual_memory.hpp"

namespace vmlab {

class AddressSpace;
struct Mapping;

enum class ObjectKind : std::uint8_t { Anonymous, File };

/// Elsewhere: vm_object (BSD, Mach), mmobj (weenix), section (Windows), address_space plus anon_vma (Linux).
/// Owner: counted by the mappings that show it, the objects that shadow it, and the file whose content it is.
/// Invariants: a page of this object hides the page at the same place in the object it shadows; a file's object shadows nothing.
class VmObject : public RefCounted {
public:
    /// Anonymous memory: a page that was never touched is zero.
    [[nodiscard]] static Ref<VmObject> create_anonymous(VirtualMemory& vm, std::uint32_t pages);
    /// A file's pages; `bytes` is the file's length, and pages past it do not exist.
    [[nodiscard]] static Ref<VmObject> create_file(VirtualMemory& vm, std::unique_ptr<Pager> pager,
                                                   std::uint64_t bytes);
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
    /// Grows, or shrinks: pages past the new end go, out of every Pmap, and the rest of the last page becomes zero.
    void resize(std::uint64_t bytes);

    [[nodiscard]] const Ref<VmObject>& shadow() const { return shadow_; }
    [[nodiscard]] PageIndex shadow_offset() const { return shadow_offset_; }

    [[nodiscard]] Page* find_page(PageIndex index) const;
    /// Requires: the slot is empty. Takes the frame.
    Page& insert_page(PageIndex index, FrameNumber frame);
    /// Out of every Pmap and memory.
    void remove_page(PageIndex index);
    [[nodiscard]] std::uint32_t resident_pages() const { return slots_.count(); }
    /// In index order.
    void for_each_page(const std::function<void(Page&)>& visit) const { slots_.for_each(visit); }
    /// Removes the pages of a part of an anonymous object that no mapping and no shadow can reach any more.
    void discard_unseen(PageIndex first, std::uint32_t pages);

    /// The page of this object alone, brought in from the pager or zeroed if it must be. Nothing when no frame is left.
    /// Requires: index is inside the object. Used by read(), write() and the fault path alike: one page cache.
    struct Obtained {
        Page* page = nullptr;
        FaultResult how = FaultResult::Resident;  ///< Resident, PageIn or ZeroFill
    };
    [[nodiscard]] std::optional<Obtained> obtain_page(PageIndex index);
    [[nodiscard]] bool pager_has(PageIndex index) const { return pager_ != nullptr && pager_->has_page(index); }
    /// Copies a page's bytes without bringing it in: look without effects.
    void peek(PageIndex index, std::span<std::byte, PAGE_SIZE> destination) const;

    /// The mappings that show this object directly, for the reverse map.
    void add_mapping(AddressSpace& space, Mapping& mapping) { views_.push_back({&space, &mapping}); }
    void remove_mapping(const Mapping& mapping);
    [[nodiscard]] std::size_t mapping_count() const { return views_.size(); }
    /// Every (Pmap, address) at which a page may be mapped: own mappings and those of objects in front.
    void for_each_place(PageIndex index, const ReverseMap::Visitor& visit) const;

private:
    template <typename T, typename... Args>
    friend Ref<T> make_ref(Args&&... args);
    VmObject(VirtualMemory& vm, ObjectKind kind, std::uint64_t bytes, std::unique_ptr<Pager> pager);

    struct View {
        AddressSpace* space;
        Mapping* mapping;
    };
    VirtualMemory& vm_;
    ObjectKind kind_;
    std::uint32_t id_;
    std::uint64_t bytes_;
    std::unique_ptr<Pager> pager_;
    PageSlots slots_;
    Ref<VmObject> shadow_;
    PageIndex shadow_offset_;
    std::vector<VmObject*> shadowed_by_;
    std::vector<View> views_;
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
