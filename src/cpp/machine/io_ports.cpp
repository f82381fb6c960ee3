// SPDX-License-Identifier: GPL-2.0-only
#include "machine/io_ports.hpp"

#include <algorithm>

#include "base/panic.hpp"

namespace vmlab {

namespace {

std::uint32_t mask_of(PortWidth width) {
    return width == PortWidth::Long ? ~std::uint32_t{0} : (std::uint32_t{1} << (8 * static_cast<unsigned>(width))) - 1;
}

}  // namespace

void IoPorts::attach(std::uint16_t first, std::uint16_t count, PortDevice& device) {
    const std::uint32_t end = std::uint32_t{first} + count;
    const bool is_free = std::ranges::none_of(
        ranges_, [first, end](const Range& range) { return range.first < end && first < range.end; });
    require(is_free && count > 0 && end <= 0x10000, "each port belongs to one device at most");
    ranges_.push_back({first, end, &device});
}

PortDevice* IoPorts::find(std::uint16_t port) const {
    const auto found =
        std::ranges::find_if(ranges_, [port](const Range& range) { return range.first <= port && port < range.end; });
    return found == ranges_.end() ? nullptr : found->device;
}

std::uint32_t IoPorts::read(std::uint16_t port, PortWidth width) {
    PortDevice* const device = find(port);
    return (device == nullptr ? ~std::uint32_t{0} : device->read(port, width)) & mask_of(width);
}

void IoPorts::write(std::uint16_t port, PortWidth width, std::uint32_t value) {
    if (PortDevice* const device = find(port)) {
        device->write(port, width, value & mask_of(width));
    }
}

}  // namespace vmlab
