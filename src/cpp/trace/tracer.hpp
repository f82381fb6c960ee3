// SPDX-License-Identifier: GPL-2.0-only
// Tracer: the event log of one Lab, append-only, the same byte for byte for the same inputs.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "base/panic.hpp"
#include "trace/event.hpp"

namespace vmlab {

/// What stands before each record's fields.
struct EventHeader {
    std::uint64_t time = 0;  ///< simulated
    std::uint32_t pid = 0;   ///< 0: no process
    EventKind kind{};
    std::uint16_t words = 0;  ///< number of fields
};
static_assert(sizeof(EventHeader) == 16);

/// One record where it lies in the log.
struct EventView {
    std::uint64_t index = 0;
    EventHeader header;
    std::span<const EventWord> fields;
};

/// Sees each event of the kinds it asked for, just after it is in the log.
class EventListener {
public:
    virtual ~EventListener() = default;
    virtual void on_event(const EventView& event) = 0;
};

/// Owner: the Kernel, and who reads the log when it is gone. Records never move and are never changed.
class Tracer {
public:
    Tracer() { recorded_.set(); }
    Tracer(const Tracer&) = delete;
    Tracer& operator=(const Tracer&) = delete;

    /// The simulated time that the next records carry.
    void set_now(std::uint64_t now) { now_ = now; }

    template <typename E>
    void emit(std::uint32_t pid, const E& event) {
        constexpr auto kind = static_cast<std::size_t>(E::KIND);
        if (recorded_[kind]) {
            append(EventHeader{now_, pid, E::KIND, sizeof(E) / 4}, &event);
        }
    }

    [[nodiscard]] bool records(EventKind kind) const { return recorded_[static_cast<std::size_t>(kind)]; }
    /// Which kinds are recorded; all are at the start.
    void set_recorded(const std::bitset<EVENT_KINDS>& kinds) { recorded_ = kinds; }
    [[nodiscard]] const std::bitset<EVENT_KINDS>& recorded() const { return recorded_; }
    void set_listener(EventListener* listener, const std::bitset<EVENT_KINDS>& kinds) {
        listener_ = listener;
        heard_ = kinds;
    }

    [[nodiscard]] std::uint64_t count() const { return count_; }
    /// Takes a binary search over the log's chunks. Requires: index < count().
    [[nodiscard]] EventView at(std::uint64_t index) const;
    /// Indices of the records of one kind, in order.
    [[nodiscard]] std::vector<std::uint64_t> of_kind(EventKind kind) const;
    /// All records, header and fields, one after the other.
    [[nodiscard]] std::vector<std::byte> to_bytes() const;

private:
    static constexpr std::size_t CHUNK_BYTES = std::size_t{1} << 18;
    /// Where a record begins in its chunk, in words of four bytes.
    using Slot = std::uint16_t;
    static_assert(CHUNK_BYTES / 4 - 1 <= std::numeric_limits<Slot>::max());
    /// Records from its first byte on, their slots from its last byte back: databases' slotted page. An index apart would
    /// be a second stream of fresh memory, copied whenever it grows.
    struct Chunk {
        std::unique_ptr<std::byte[]> bytes;
        std::uint64_t first = 0;          ///< index of its first record
        std::size_t used = 0;             ///< bytes of records
        std::size_t slots = CHUNK_BYTES;  ///< where the last slot lies

        [[nodiscard]] std::size_t room() const { return slots - used; }
    };
    void append(const EventHeader& header, const void* fields);
    std::byte* reserve(std::size_t bytes);

    std::bitset<EVENT_KINDS> recorded_;
    std::bitset<EVENT_KINDS> heard_;
    EventListener* listener_ = nullptr;
    std::uint64_t now_ = 0;
    std::vector<Chunk> chunks_;
    std::uint64_t count_ = 0;
};

}  // namespace vmlab
