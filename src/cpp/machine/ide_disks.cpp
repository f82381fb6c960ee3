// SPDX-License-Identifier: GPL-2.0-only
#include "machine/ide_disks.hpp"

#include <algorithm>

#include "base/panic.hpp"

namespace vmlab {

namespace {

constexpr std::uint8_t READ_SECTORS = 0x20;
constexpr std::uint8_t WRITE_SECTORS = 0x30;
constexpr std::uint8_t BY_BLOCK_ADDRESS = 0x40;  ///< of the drive register: no cylinders and heads

}  // namespace

void IdeDisks::insert(std::vector<std::byte> bytes) {
    require(bytes.size() % SECTOR_BYTES == 0, "a disk has whole sectors");
    disks_[1] = {.bytes = std::move(bytes)};
    transfer_ = Transfer::None;
}

std::uint32_t IdeDisks::block_address() const {
    return registers_[Low] | std::uint32_t{registers_[Middle]} << 8 | std::uint32_t{registers_[High]} << 16 |
           (registers_[Drive] & 0xFU) << 24;
}

std::uint32_t IdeDisks::read(std::uint16_t port, PortWidth width) {
    require(port >= FIRST_PORT && port - FIRST_PORT < PORTS, "an IDE channel has eight ports");
    switch (const auto which = static_cast<Register>(port - FIRST_PORT)) {
        case Data: {
            std::uint32_t value = 0;
            for (unsigned byte = 0; byte < static_cast<unsigned>(width); ++byte) {
                value |= std::uint32_t{moves(Transfer::In) ? move_byte(0) : std::uint8_t{0xFF}} << (8 * byte);
            }
            return value;
        }
        case Features:
            return disks_[selected()].error;
        case Command:
            return disks_[selected()].status;
        default:
            return registers_[which];
    }
}

void IdeDisks::write(std::uint16_t port, PortWidth width, std::uint32_t value) {
    require(port >= FIRST_PORT && port - FIRST_PORT < PORTS, "an IDE channel has eight ports");
    switch (const auto which = static_cast<Register>(port - FIRST_PORT)) {
        case Data:
            for (unsigned byte = 0; byte < static_cast<unsigned>(width) && moves(Transfer::Out); ++byte) {
                static_cast<void>(move_byte(static_cast<std::uint8_t>(value >> (8 * byte))));
            }
            break;
        case Command:
            start(static_cast<std::uint8_t>(value));
            break;
        default:
            registers_[which] = static_cast<std::uint8_t>(value);
            break;
    }
}

// What an earlier command had left to move is given up.
void IdeDisks::start(std::uint8_t command) {
    for (Disk& disk : disks_) {
        disk.status &= static_cast<std::uint8_t>(~DataRequest);
    }
    transfer_ = command == READ_SECTORS ? Transfer::In : command == WRITE_SECTORS ? Transfer::Out : Transfer::None;
    active_ = selected();
    disks_[active_].error = 0;
    if (transfer_ == Transfer::None || (registers_[Drive] & BY_BLOCK_ADDRESS) == 0) {
        end_with(Aborted);
        return;
    }
    sector_ = block_address();
    left_ = registers_[Count] == 0 ? 256 : registers_[Count];
    begin_sector();
}

void IdeDisks::end_with(Fault fault) {
    transfer_ = Transfer::None;
    disks_[active_].status = Ready | Error;
    disks_[active_].error = fault;
}

void IdeDisks::begin_sector() {
    Disk& disk = disks_[active_];
    if (sector_ >= disk.bytes.size() / SECTOR_BYTES) {
        end_with(NoSuchSector);
        return;
    }
    if (transfer_ == Transfer::In) {
        std::copy_n(disk.bytes.begin() + sector_ * std::ptrdiff_t{SECTOR_BYTES}, SECTOR_BYTES, buffer_.begin());
    }
    at_ = 0;
    disk.status = Ready | DataRequest;
}

void IdeDisks::end_sector() {
    Disk& disk = disks_[active_];
    if (transfer_ == Transfer::Out) {
        std::ranges::copy(buffer_, disk.bytes.begin() + sector_ * std::ptrdiff_t{SECTOR_BYTES});
    }
    disk.status = Ready;
    ++sector_;
    if (--left_ == 0) {
        transfer_ = Transfer::None;
    } else {
        begin_sector();
    }
}

/// The next byte of the sector, out of the buffer or into it.
std::uint8_t IdeDisks::move_byte(std::uint8_t value) {
    std::byte& place = buffer_[at_++];
    if (transfer_ == Transfer::Out) {
        place = std::byte{value};
    }
    const auto moved = std::to_integer<std::uint8_t>(place);
    if (at_ == SECTOR_BYTES) {
        end_sector();
    }
    return moved;
}

}  // namespace vmlab
