// SPDX-License-Identifier: GPL-2.0-only
#include "trace/tracer.hpp"

#include <algorithm>
#include <iterator>

namespace vmlab {

std::byte* Tracer::reserve(std::size_t bytes) {
    if (chunks_.empty() || chunks_.back().room() < bytes + sizeof(Slot)) {
        chunks_.push_back({.bytes = std::make_unique_for_overwrite<std::byte[]>(CHUNK_BYTES), .first = count_});
    }
    Chunk& chunk = chunks_.back();
    const auto slot = static_cast<Slot>(chunk.used / 4);
    chunk.slots -= sizeof slot;
    std::memcpy(chunk.bytes.get() + chunk.slots, &slot, sizeof slot);
    std::byte* place = chunk.bytes.get() + chunk.used;
    chunk.used += bytes;
    ++count_;
    return place;
}

void Tracer::append(const EventHeader& header, const void* fields) {
    const std::size_t payload = header.words * std::size_t{4};
    std::byte* place = reserve(sizeof header + payload);
    std::memcpy(place, &header, sizeof header);
    std::memcpy(place + sizeof header, fields, payload);
    if (listener_ != nullptr && heard_[static_cast<std::size_t>(header.kind)]) {
        listener_->on_event(at(count() - 1));
    }
}

EventView Tracer::at(std::uint64_t index) const {
    require(index < count(), "event index past the log's end");
    const Chunk& chunk = *std::prev(std::ranges::upper_bound(chunks_, index, {}, &Chunk::first));
    Slot slot = 0;
    std::memcpy(&slot, chunk.bytes.get() + CHUNK_BYTES - (index - chunk.first + 1) * sizeof slot, sizeof slot);
    const std::byte* bytes = chunk.bytes.get() + std::size_t{slot} * 4;
    EventView view;
    view.index = index;
    std::memcpy(&view.header, bytes, sizeof view.header);
    view.fields = {reinterpret_cast<const EventWord*>(bytes + sizeof view.header), view.header.words};
    return view;
}

std::vector<std::uint64_t> Tracer::of_kind(EventKind kind) const {
    std::vector<std::uint64_t> result;
    for (std::uint64_t index = 0; index < count(); ++index) {
        if (at(index).header.kind == kind) {
            result.push_back(index);
        }
    }
    return result;
}

std::vector<std::byte> Tracer::to_bytes() const {
    std::vector<std::byte> result;
    for (const Chunk& chunk : chunks_) {
        result.insert(result.end(), chunk.bytes.get(), chunk.bytes.get() + chunk.used);
    }
    return result;
}

}  // namespace vmlab
