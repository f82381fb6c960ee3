// SPDX-License-Identifier: GPL-2.0-only
#include "trace/journal.hpp"

#include <string_view>

namespace vmlab {

namespace {

constexpr std::string_view MAGIC = "vmlab journal 1\n";

/// FNV-1a, 64 bits: finds a truncated or damaged file; it is no protection against a forged one.
std::uint64_t check_sum(std::string_view bytes) {
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (const char c : bytes) {
        hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001B3U;
    }
    return hash;
}

void put(std::string& out, std::uint64_t value) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
        out.push_back(static_cast<char>(static_cast<std::uint8_t>(value >> shift)));
    }
}

/// Reads what put() wrote; `ok` turns false, and stays so, when the bytes end too early.
class Reader {
public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}

    std::uint64_t number() {
        std::uint64_t value = 0;
        const std::string_view bytes = take(8);
        for (std::size_t i = bytes.size(); i-- > 0;) {
            value = (value << 8) | static_cast<std::uint8_t>(bytes[i]);
        }
        return value;
    }
    std::string text() { return std::string(take(number())); }
    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool done() const { return rest_.empty(); }

private:
    std::string_view take(std::uint64_t size) {
        if (size > rest_.size()) {
            ok_ = false;
            rest_ = {};
            return {};
        }
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }
    std::string_view rest_;
    bool ok_ = true;
};

}  // namespace

std::string Journal::to_bytes() const {
    std::string out(MAGIC);
    for (const Input& input : inputs_) {
        put(out, static_cast<std::uint64_t>(input.kind));
        put(out, input.numbers.size());
        put(out, input.texts.size());
        for (const std::uint64_t number : input.numbers) {
            put(out, number);
        }
        for (const std::string& text : input.texts) {
            put(out, text.size());
            out += text;
        }
    }
    put(out, check_sum(out));
    return out;
}

Result<Journal, std::string> Journal::from_bytes(std::string_view bytes) {
    if (!bytes.starts_with(MAGIC)) {
        return Failure(std::string("this is no vmlab journal (or one of another version)"));
    }
    if (bytes.size() < MAGIC.size() + 8 ||
        Reader(bytes.substr(bytes.size() - 8)).number() != check_sum(bytes.substr(0, bytes.size() - 8))) {
        return Failure(std::string("the journal is truncated or damaged: its check sum does not fit"));
    }
    Reader reader(bytes.substr(MAGIC.size(), bytes.size() - MAGIC.size() - 8));
    Journal journal;
    while (!reader.done()) {
        Input input;
        input.kind = static_cast<InputKind>(reader.number());
        const std::uint64_t numbers = reader.number();
        const std::uint64_t texts = reader.number();
        for (std::uint64_t i = 0; i < numbers && reader.ok(); ++i) {
            input.numbers.push_back(reader.number());
        }
        for (std::uint64_t i = 0; i < texts && reader.ok(); ++i) {
            input.texts.push_back(reader.text());
        }
        if (!reader.ok()) {
            return Failure(std::string("the journal ends in the middle of an input"));
        }
        journal.record(std::move(input));
    }
    return journal;
}

}  // namespace vmlab
