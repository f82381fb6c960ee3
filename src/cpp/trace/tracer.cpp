// SPDX-License-Identifier: GPL-2.0-only
#include "trace/tracer.hpp"

namespace vmlab {

std::byte* Tracer::reserve(std::size_t bytes) {
    if (chunks_.empty() || chunks_.back().used + bytes > CHUNK_BYTES) {
        chunks_.push_back(Chunk{std::make_unique_for_overwrite<std::byte[]>(CHUNK_BYTES)});
    }
    Chunk& chunk = chunks_.back();
    places_.push_back({static_cast<std::uint32_t>(chunks_.size() - 1), static_cast<std::uint32_t>(chunk.used)});
    std::byte* place = chunk.bytes.get() + chunk.used;
    chunk.used += bytes;
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
    const Place place = places_[index];
    const std::byte* bytes = chunks_[place.chunk].bytes.get() + place.offset;
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
