// SPDX-License-Identifier: GPL-2.0-only
// FilePager: brings a file's pages in from its content "on the disk", which the host holds for the guest, and writes them back.
#pragma once

#include <string>

#include "vm/pager.hpp"

namespace vmlab {

/// Elsewhere: vnode pager (BSD), address_space_operations (Linux).
/// Owner: its VmObject. Owns: the content as it is on the disk; newer bytes may be in the object's dirty pages.
class FilePager : public Pager {
public:
    /// `disk` outlives it.
    FilePager(std::string content, Disk& disk) : content_(std::move(content)), disk_(disk) {}

    [[nodiscard]] bool has_page(PageIndex index) const override {
        return std::uint64_t{index.value} * PAGE_SIZE < content_.size();
    }
    void peek(PageIndex index, std::span<std::byte, PAGE_SIZE> destination) const override;
    void store(PageIndex index, std::span<const std::byte, PAGE_SIZE> source, std::uint64_t bytes) override;
    void resize(std::uint64_t bytes) override;
    [[nodiscard]] Disk& disk() override { return disk_; }

private:
    std::string content_;
    Disk& disk_;
};

}  // namespace vmlab
