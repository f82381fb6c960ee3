// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/shared_segments.hpp"

#include <algorithm>

namespace vmlab {

SharedSegments::~SharedSegments() {
    try {
        for (auto& [index, segment] : segments_.all()) {
            if (!segment.removed()) {
                segment.kept->set_keeping(VmObject::Keeping::No);
            }
        }
    } catch (const Panic&) {
        // Nobody is left who could hear of it.
    }
}

Result<SharedSegment*, VmError> SharedSegments::create(const SharedSegment& like, Reserve reserve) {
    require(has_room(), "there is room for one more segment");
    const bool charged = reserve == Reserve::Yes || vm_.profile().overcommit == Overcommit::Never;
    if (charged && !vm_.commit().allows(like.pages())) {
        return Failure(VmError::NoMemory);
    }
    SharedSegment segment = like;
    segment.kept = VmObject::create_anonymous(vm_, like.pages());
    segment.object = segment.kept->id();
    segment.kept->set_keeping(VmObject::Keeping::Yes);
    if (charged) {
        segment.kept->charge_commit();
    }
    return &segments_.add(std::move(segment));
}

bool SharedSegments::has_room() {
    sweep();
    return segments_.all().size() < MOST;
}

SharedSegment* SharedSegments::find(std::uint32_t id) {
    sweep();
    return segments_.find(id);
}

SharedSegment* SharedSegments::find_by_key(std::uint32_t key) {
    sweep();
    return segments_.find_by_key(key);
}

SharedSegment* SharedSegments::find_by_index(std::uint32_t index) {
    sweep();
    return segments_.find_by_index(index);
}

SharedSegment* SharedSegments::find_shown(const Mapping& mapping) {
    auto& all = segments_.all();
    const auto found = std::ranges::find_if(
        all, [&mapping](const auto& entry) { return entry.second.object == mapping.object->id(); });
    return found == all.end() ? nullptr : &found->second;
}

/// What was removed is nobody's but the mappings', so that it is looked for among all objects.
VmObject* SharedSegments::find_object(const SharedSegment& segment) const {
    if (segment.kept) {
        return segment.kept.get();
    }
    VmObject* object = vm_.objects().first();
    while (object != nullptr && object->id() != segment.object) {
        object = ObjectList::after(*object);
    }
    return object;
}

VmObject& SharedSegments::object_of(const SharedSegment& segment) const {
    VmObject* const object = find_object(segment);
    require(object != nullptr, "a segment that is there has an object");
    return *object;
}

std::uint32_t SharedSegments::attachments(const SharedSegment& segment) const {
    return static_cast<std::uint32_t>(object_of(segment).mapping_count());
}

void SharedSegments::remove(SharedSegment& segment) {
    segment.identity.key = 0;
    if (segment.kept) {
        segment.kept->set_keeping(VmObject::Keeping::No);
        segment.kept = nullptr;
    }
    sweep();
}

void SharedSegments::note_detached(const AddressSpace& space, const VirtRange& range, std::uint32_t pid,
                                   std::uint64_t now) {
    if (segments_.all().empty()) {
        return;
    }
    for (const auto& [start, mapping] : space.mappings()) {
        SharedSegment* const segment = mapping.range.overlaps(range) ? find_shown(mapping) : nullptr;
        if (segment != nullptr) {
            segment->detached = now;
            segment->last = pid;
        }
    }
}

const std::map<std::uint32_t, SharedSegment>& SharedSegments::all() {
    sweep();
    return segments_.all();
}

void SharedSegments::sweep() {
    segments_.remove_if([this](const SharedSegment& segment) { return find_object(segment) == nullptr; });
}

}  // namespace vmlab
