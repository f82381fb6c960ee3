// SPDX-License-Identifier: GPL-2.0-only
// Event structs, kinds and their schema, made from events.def.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/address.hpp"
#include "trace/vocabulary.hpp"

namespace vmlab {

enum class EventKind : std::uint16_t {
#define VMLAB_EVENT(Struct, name, doc) name,
#define VMLAB_FIELD(Struct, TYPE, name, doc)
#define VMLAB_END_EVENT(Struct)
#include "trace/events.def"
};

inline constexpr std::size_t EVENT_KINDS = 0
#define VMLAB_EVENT(Struct, name, doc) +1
#define VMLAB_FIELD(Struct, TYPE, name, doc)
#define VMLAB_END_EVENT(Struct)
#include "trace/events.def"
    ;

/// A field's value in the log: 32 bits, whatever it means.
struct EventWord {
    std::uint32_t bits = 0;

    constexpr EventWord() = default;
    constexpr EventWord(std::uint32_t value) : bits(value) {}  // NOLINT: a number goes in as it is
    constexpr EventWord(std::int32_t value) : bits(static_cast<std::uint32_t>(value)) {}  // NOLINT
    constexpr EventWord(VirtAddr value) : bits(value.value) {}                            // NOLINT
    constexpr EventWord(FrameNumber value) : bits(value.value) {}                         // NOLINT
    template <typename E>
        requires std::is_enum_v<E>
    constexpr EventWord(E value) : bits(static_cast<std::uint32_t>(value)) {}  // NOLINT
};

#define VMLAB_EVENT(Struct, name, doc) \
    struct Struct {                    \
        static constexpr EventKind KIND = EventKind::name;
#define VMLAB_FIELD(Struct, TYPE, name, doc) EventWord name{};
#define VMLAB_END_EVENT(Struct) \
    }                           \
    ;
#include "trace/events.def"

/// How a field is to be shown; Enum names its values in the schema.
enum class FieldType : std::uint8_t { Number, Signed, Address, Hex, Enum };

struct FieldSchema {
    std::string_view name;
    std::string_view doc;
    FieldType type;
    std::string_view enum_name;  ///< when Enum
};

struct EventSchema {
    std::string_view name;
    std::string_view doc;
    std::span<const FieldSchema> fields;
};

struct EnumValueSchema {
    std::string_view name;
    std::string_view doc;
};

struct EnumSchema {
    std::string_view name;
    std::string_view doc;
    std::span<const EnumValueSchema> values;
};

/// The events in the order of events.def; the index is the EventKind.
[[nodiscard]] std::span<const EventSchema> event_schema();
[[nodiscard]] std::span<const EnumSchema> enum_schema();

}  // namespace vmlab
