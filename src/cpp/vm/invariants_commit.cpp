// SPDX-License-Identifier: GPL-2.0-only
#include <set>

#include "vm/invariant_checks.hpp"

namespace vmlab {

namespace {

/// M4.
void check_commitment(const AddressSpace& space, const Mapping& mapping, Inspection& inspection) {
    const bool shared = mapping.sharing == Sharing::Shared;
    const bool own = !shared && mapping.protection.writable();
    if (own && mapping.commitment == Commitment::None) {
        inspection.report(name_of(space, mapping.range.start) + " begins private memory that was never promised");
    }
    if (shared && mapping.commitment == Commitment::Charged) {
        inspection.report(name_of(space, mapping.range.start) + " begins shared memory that counts a page a mapping");
    }
}

}  // namespace

/// The pages of private mappings, and once each those of shared objects, are what the account says.
void check_commit(Inspection& inspection) {
    std::uint64_t promised = 0;
    std::set<const VmObject*> shared;
    for (const AddressSpace* space : inspection.spaces()) {
        for (const auto& [start, mapping] : space->mappings()) {
            check_commitment(*space, mapping, inspection);
            promised += mapping.commitment == Commitment::Charged ? mapping.range.pages() : 0;
            const bool anonymous = mapping.object->kind() == ObjectKind::Anonymous;
            if (anonymous && mapping.sharing == Sharing::Shared && mapping.commitment == Commitment::None) {
                shared.insert(mapping.object.get());
            }
        }
    }
    for (const VmObject* object : inspection.objects()) {
        const bool charged = object->commitment() == Commitment::Charged;
        const bool kept = object->keeping() == VmObject::Keeping::Yes;  // shared or not
        if (!kept && charged != shared.contains(object)) {
            inspection.report("object " + std::to_string(object->id()) +
                              " counts as promised and nobody shares it, or the other way round");
        }
        promised += (kept ? charged : shared.contains(object)) ? object->size_pages() : 0;
    }
    const std::uint64_t believed = inspection.vm().commit().committed();
    if (believed != promised) {
        inspection.report(std::to_string(believed) + " pages count as promised, there are " + std::to_string(promised));
    }
}

}  // namespace vmlab
