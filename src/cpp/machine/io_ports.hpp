// SPDX-License-Identifier: GPL-2.0-only
// IoPorts: the 65,536 ports that in and out reach, and the devices behind some of them.
#pragma once

#include <cstdint>
#include <vector>

namespace vmlab {

/// How many bytes one access to a port moves.
enum class PortWidth : std::uint8_t { Byte = 1, Word = 2, Long = 4 };

/// A device that programs speak to by in and out.
class PortDevice {
public:
    virtual ~PortDevice() = default;
    /// Bits above the width do not count. Reading may change the device.
    [[nodiscard]] virtual std::uint32_t read(std::uint16_t port, PortWidth width) = 0;
    virtual void write(std::uint16_t port, PortWidth width, std::uint32_t value) = 0;
};

/// Owner: the Machine. Does not own the devices.
/// Invariants: a port belongs to one device at most; one without a device reads as ones, and what is written there is lost.
class IoPorts {
public:
    /// Requires: no device has any of these ports; the device outlives the ports.
    void attach(std::uint16_t first, std::uint16_t count, PortDevice& device);
    /// As many bytes as the width has; the bits above are 0.
    [[nodiscard]] std::uint32_t read(std::uint16_t port, PortWidth width);
    void write(std::uint16_t port, PortWidth width, std::uint32_t value);

private:
    struct Range {
        std::uint32_t first, end;
        PortDevice* device;
    };
    [[nodiscard]] PortDevice* find(std::uint16_t port) const;

    std::vector<Range> ranges_;
};

}  // namespace vmlab
