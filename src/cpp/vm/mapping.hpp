// SPDX-License-Identifier: GPL-2.0-only
// Mapping: one window of an address space onto a VmObject.
#pragma once

#include <cstdint>
#include <string>

#include "base/address.hpp"
#include "base/ref.hpp"
#include "machine/access.hpp"
#include "trace/vocabulary.hpp"
#include "vm/advice.hpp"
#include "vm/commit.hpp"
#include "vm/vm_object.hpp"

namespace vmlab {

/// Rights of a mapping, with the bits of mmap(2)'s PROT_ constants.
struct Protection {
    static constexpr std::uint32_t READ = 1;
    static constexpr std::uint32_t WRITE = 2;
    static constexpr std::uint32_t EXEC = 4;
    static constexpr std::uint32_t ALL = READ | WRITE | EXEC;

    std::uint32_t bits = 0;

    /// Read or execute: classic i386 paging cannot tell them apart, and what may be written may be read.
    [[nodiscard]] bool accessible() const { return bits != 0; }
    [[nodiscard]] bool writable() const { return (bits & WRITE) != 0; }
    [[nodiscard]] bool within(Protection most) const { return (bits & ~most.bits) == 0; }
    bool operator==(const Protection&) const = default;
};

enum class Sharing : std::uint8_t { Private, Shared };

/// Whether a private mapping must get a shadow object before its first write.
enum class NeedsCopy : std::uint8_t { No, Yes };

/// Whether its pages stay in memory once they are there.
enum class Wiring : std::uint8_t {
    Pageable,
    Wired,         ///< and they are brought in at once
    WiredOnTouch,  ///< each from its first touch on
};

[[nodiscard]] constexpr bool is_wired(Wiring wiring) { return wiring != Wiring::Pageable; }

/// What becomes of it in a forked child.
enum class OnFork : std::uint8_t {
    Inherit,
    Leave,  ///< the child has nothing there
    Wipe,   ///< the child has zeros there
};

/// Elsewhere: vm_area_struct (Linux), vm_map_entry (BSD), VAD (Windows), vmarea (weenix).
/// Owner: its AddressSpace, by value. Holds: one count on object.
/// Invariants (check_invariants):
///   M1 start < end, both page-aligned; no two mappings overlap.
///   M2 needs_copy implies no writable PTE in the window.
///   M3 protection is within max_protection.
///   M4 private memory that may be written is Charged or NotReserved; shared memory never Charged, but its object.
struct Mapping {
    VirtRange range;
    Ref<VmObject> object;
    PageIndex offset;  ///< the object's page at range.start
    Protection protection;
    Protection max_protection{Protection::ALL};  ///< what mprotect may give at most
    Sharing sharing = Sharing::Private;
    NeedsCopy needs_copy = NeedsCopy::No;
    MappingKind kind = MappingKind::Anonymous;
    Wiring wiring = Wiring::Pageable;
    Privilege privilege = Privilege::User;  ///< Supervisor: ring 3 may not touch it, whatever its protection
    SoftwareBits software;                  ///< in the entries of its pages
    OnFork on_fork = OnFork::Inherit;
    ZeroPage zero_page = ZeroPage::On;  ///< Off: not here, also where the profile has one
    Advice pattern = Advice::Normal;    ///< Normal, Random or Sequential
    Commitment commitment = Commitment::None;
    std::string name;  ///< the file's path, or "[heap]", "[stack]", ""

    [[nodiscard]] PageIndex index_of(VirtAddr va) const { return offset + ((va.page() - range.start) >> PAGE_SHIFT); }
    /// Whether the object's page at `index` is in the window.
    [[nodiscard]] bool shows(PageIndex index) const {
        return index >= offset && index.value - offset.value < range.pages();
    }
};

/// Whether the entry of a page may have W, as far as the mapping gives it.
enum class WriteRight : std::uint8_t { Withheld, Given };

/// What an entry in the mapping's window allows.
[[nodiscard]] inline PageRights rights_in(const Mapping& mapping, WriteRight right) {
    const bool writable = right == WriteRight::Given && mapping.protection.writable();
    if (mapping.privilege == Privilege::Supervisor) {
        return writable ? PageRights::KernelReadWrite : PageRights::KernelReadOnly;
    }
    return writable ? PageRights::ReadWrite : PageRights::ReadOnly;
}

/// Whether two mappings differ in nothing but what they show.
[[nodiscard]] inline bool are_alike(const Mapping& a, const Mapping& b) {
    return a.protection == b.protection && a.max_protection == b.max_protection && a.sharing == b.sharing &&
           a.kind == b.kind && a.wiring == b.wiring && a.privilege == b.privilege && a.software == b.software &&
           a.on_fork == b.on_fork && a.zero_page == b.zero_page && a.pattern == b.pattern &&
           a.commitment == b.commitment && a.name == b.name;
}

}  // namespace vmlab
