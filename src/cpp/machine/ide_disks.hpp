// SPDX-License-Identifier: GPL-2.0-only
// IdeDisks: the two disks of the first IDE channel, read and written sector by sector through ports.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "machine/io_ports.hpp"

namespace vmlab {

/// The ports 0x1F0 to 0x1F7 with the commands READ SECTORS and WRITE SECTORS, by linear block addresses. A command is done
/// at once: a disk is never busy, and it raises no interrupt. Disk 0, which the machine started from, has no sector that
/// can be read; disk 1 is the user's.
/// Owner: the Machine. Elsewhere: ATA in PIO mode; ide.c (xv6, JOS).
/// Invariants: each disk's bytes are whole sectors; DRQ of a disk is set exactly while its command has a sector to move.
class IdeDisks : public PortDevice {
public:
    static constexpr std::uint32_t SECTOR_BYTES = 512;
    static constexpr std::uint16_t FIRST_PORT = 0x1F0;
    static constexpr std::uint16_t PORTS = 8;

    /// Of the status register, and of the error register.
    enum Status : std::uint8_t { Error = 0x01, DataRequest = 0x08, Ready = 0x40 };
    enum Fault : std::uint8_t { Aborted = 0x04, NoSuchSector = 0x10 };

    /// Gives the user's disk these bytes. Requires: they are whole sectors.
    void insert(std::vector<std::byte> bytes);
    /// The user's disk as it is now.
    [[nodiscard]] std::span<const std::byte> bytes() const { return disks_[1].bytes; }

    [[nodiscard]] std::uint32_t read(std::uint16_t port, PortWidth width) override;
    void write(std::uint16_t port, PortWidth width, std::uint32_t value) override;

private:
    enum Register : std::uint8_t { Data, Features, Count, Low, Middle, High, Drive, Command };
    enum class Transfer : std::uint8_t { None, In, Out };
    struct Disk {
        std::vector<std::byte> bytes;
        std::uint8_t status = Ready;
        std::uint8_t error = 0;
    };

    [[nodiscard]] std::size_t selected() const { return (registers_[Drive] >> 4) & 1U; }
    [[nodiscard]] bool moves(Transfer transfer) const { return transfer_ == transfer && active_ == selected(); }
    [[nodiscard]] std::uint32_t block_address() const;
    void start(std::uint8_t command);
    void end_with(Fault fault);
    void begin_sector();
    void end_sector();
    [[nodiscard]] std::uint8_t move_byte(std::uint8_t value);

    std::array<Disk, 2> disks_;
    std::array<std::uint8_t, PORTS> registers_{};
    Transfer transfer_ = Transfer::None;
    std::size_t active_ = 0;    ///< the disk that has the command
    std::uint32_t sector_ = 0;  ///< that is moved
    std::uint32_t left_ = 0;    ///< sectors, that one among them
    std::array<std::byte, SECTOR_BYTES> buffer_{};
    std::uint32_t at_ = 0;  ///< of the sector's bytes
};

}  // namespace vmlab
