// SPDX-License-Identifier: GPL-2.0-only
// The kernel's own memory as the end of a read() or write().
#pragma once

#include <algorithm>
#include <string>

#include "kernel/files/open_file.hpp"

namespace vmlab {

/// Takes all that it is given.
class StringSink : public ByteSink {
public:
    [[nodiscard]] std::uint32_t put(std::span<const std::byte> bytes) override {
        content.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        return static_cast<std::uint32_t>(bytes.size());
    }
    std::string content;
};

/// Gives these bytes and then no more. Requires: they outlive it.
class SpanSource : public ByteSource {
public:
    explicit SpanSource(std::span<const std::byte> bytes) : rest_(bytes) {}
    [[nodiscard]] std::uint32_t get(std::span<std::byte> bytes) override {
        const std::size_t given = std::min(bytes.size(), rest_.size());
        std::copy_n(rest_.begin(), given, bytes.begin());
        rest_ = rest_.subspan(given);
        return static_cast<std::uint32_t>(given);
    }

private:
    std::span<const std::byte> rest_;
};

}  // namespace vmlab
