// SPDX-License-Identifier: GPL-2.0-only
#include "trace/event.hpp"

#include <array>

namespace vmlab {

namespace {

/// The name in the schema of an enum type used as a field's TYPE.
template <typename Type>
struct EnumName;
#define VMLAB_ENUM(Type, name, doc)                      \
    template <>                                          \
    struct EnumName<Type> {                              \
        static constexpr std::string_view value = #name; \
    };
#define VMLAB_VALUE(Type, Name, name, doc)
#define VMLAB_END_ENUM(Type)
#include "trace/events.def"

// What a field's TYPE stands for: the four plain words are tags of this file, the rest are enums.
struct NUMBER {};
struct SIGNED {};
struct ADDRESS {};
struct HEX {};

template <typename Type>
constexpr FieldSchema field(std::string_view name, std::string_view doc) {
    if constexpr (std::is_same_v<Type, NUMBER>) {
        return {name, doc, FieldType::Number, ""};
    } else if constexpr (std::is_same_v<Type, SIGNED>) {
        return {name, doc, FieldType::Signed, ""};
    } else if constexpr (std::is_same_v<Type, ADDRESS>) {
        return {name, doc, FieldType::Address, ""};
    } else if constexpr (std::is_same_v<Type, HEX>) {
        return {name, doc, FieldType::Hex, ""};
    } else {
        return {name, doc, FieldType::Enum, EnumName<Type>::value};
    }
}

#define VMLAB_EVENT(Struct, name, doc) constexpr std::array Struct##_fields = {
#define VMLAB_FIELD(Struct, TYPE, name, doc) field<TYPE>(#name, doc),
#define VMLAB_END_EVENT(Struct) \
    }                           \
    ;
#include "trace/events.def"

constexpr std::array<EventSchema, EVENT_KINDS> EVENTS = {{
#define VMLAB_EVENT(Struct, name, doc) {#name, doc, Struct##_fields},
#define VMLAB_FIELD(Struct, TYPE, name, doc)
#define VMLAB_END_EVENT(Struct)
#include "trace/events.def"
}};

#define VMLAB_ENUM(Type, name, doc) constexpr std::array Type##_values = {
#define VMLAB_VALUE(Type, Name, name, doc) EnumValueSchema{#name, doc},
#define VMLAB_END_ENUM(Type) \
    }                        \
    ;
#include "trace/events.def"

constexpr std::array ENUMS = {
#define VMLAB_ENUM(Type, name, doc) EnumSchema{#name, doc, Type##_values},
#define VMLAB_VALUE(Type, Name, name, doc)
#define VMLAB_END_ENUM(Type)
#include "trace/events.def"
};

#define VMLAB_EVENT(Struct, name, doc) \
    static_assert(sizeof(Struct) == Struct##_fields.size() * 4 && std::is_trivially_copyable_v<Struct>);
#define VMLAB_FIELD(Struct, TYPE, name, doc)
#define VMLAB_END_EVENT(Struct)
#include "trace/events.def"

}  // namespace

std::span<const EventSchema> event_schema() { return EVENTS; }
std::span<const EnumSchema> enum_schema() { return ENUMS; }

}  // namespace vmlab
