// SPDX-License-Identifier: GPL-2.0-only
// What tests of files stand on: a small machine without an engine, and memory to copy from and to.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "kernel/files/kernel_buffers.hpp"
#include "kernel/files/ram_filesystem.hpp"
#include "machine/cpu_script.hpp"
#include "machine/machine.hpp"
#include "trace/tracer.hpp"
#include "vm/virtual_memory.hpp"

namespace vmlab_test {

struct FileFixture {
    vmlab::Machine machine{{.ram_bytes = std::uint64_t{1} << 20}, [](vmlab::Machine& made) {
                               return std::make_unique<vmlab::ScriptCpu>(made.memory(), made.mmu());
                           }};
    vmlab::Tracer tracer;
    vmlab::VirtualMemory vm{machine, tracer};
};

/// With an empty filesystem.
struct FilesFixture : FileFixture {
    vmlab::RamFilesystem files{vm};

    vmlab::Ref<vmlab::OpenFile> open(const char* path, const vmlab::OpenRequest& request = {}) {
        auto opened = files.open("/", path, request);
        REQUIRE_MESSAGE(opened.ok(), path);
        return std::move(opened).take();
    }
    vmlab::FileError failure(const char* path, const vmlab::OpenRequest& request = {}) {
        return files.open("/", path, request).error();
    }
    vmlab::Ref<vmlab::OpenFile> create(const char* path) {
        return open(path, {.mode = vmlab::OpenMode::ReadWrite, .create = vmlab::CreateFile::IfAbsent});
    }
};

/// Takes at most `room` bytes, as memory that ends there.
class TextSink : public vmlab::StringSink {
public:
    explicit TextSink(std::size_t room = ~std::size_t{0}) : room_(room) {}
    std::uint32_t put(std::span<const std::byte> bytes) override {
        return StringSink::put(bytes.first(std::min(bytes.size(), room_ - content.size())));
    }

private:
    std::size_t room_;
};

/// Gives the bytes of a text and then no more.
class TextSource : public vmlab::ByteSource {
public:
    explicit TextSource(std::string text) : text_(std::move(text)) {}
    std::uint32_t get(std::span<std::byte> bytes) override { return rest_.get(bytes); }

private:
    std::string text_;
    vmlab::SpanSource rest_{std::as_bytes(std::span(text_))};
};

inline std::string read_all(vmlab::OpenFile& file) {
    vmlab::StringSink sink;
    while (file.read(sink, 1U << 16).value() > 0) {
    }
    return sink.content;
}

inline vmlab::FileCount write_text(vmlab::OpenFile& file, const std::string& text) {
    TextSource source(text);
    return file.write(source, static_cast<std::uint32_t>(text.size()));
}

}  // namespace vmlab_test
