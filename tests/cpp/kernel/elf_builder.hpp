// SPDX-License-Identifier: GPL-2.0-only
// Builds small ELF files by hand, right ones and wrong ones.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace vmlab_test {

struct ElfSegmentHeader {
    std::uint32_t type = 1, offset = 0, address = 0x08048000, physical_address = 0;
    std::uint32_t file_bytes = 0, memory_bytes = 0, flags = 5, alignment = 0x1000;
};

/// Fields that a test may set to wrong values before the bytes are made.
struct ElfBuilder {
    std::uint8_t elf_class = 1;
    std::uint8_t data = 1;
    std::uint16_t type = 2;
    std::uint16_t machine = 3;
    std::uint32_t entry = 0x08048000;
    std::uint16_t program_header_size = 32;
    std::vector<ElfSegmentHeader> segments;
    std::uint32_t file_size = 0x3000;

    [[nodiscard]] std::string bytes() const {
        std::string file(file_size, '\0');
        std::memcpy(file.data(),
                    "\x7f"
                    "ELF",
                    4);
        file[4] = static_cast<char>(elf_class);
        file[5] = static_cast<char>(data);
        file[6] = 1;
        put(file, 16, type);
        put(file, 18, machine);
        put(file, 24, entry);
        put(file, 28, std::uint32_t{52});
        put(file, 42, program_header_size);
        put(file, 44, static_cast<std::uint16_t>(segments.size()));
        for (std::size_t i = 0; i < segments.size(); ++i) {
            put(file, 52 + i * sizeof(ElfSegmentHeader), segments[i]);
        }
        return file;
    }

    template <typename T>
    static void put(std::string& file, std::size_t offset, const T& value) {
        std::memcpy(file.data() + offset, &value, sizeof value);
    }
};

}  // namespace vmlab_test
