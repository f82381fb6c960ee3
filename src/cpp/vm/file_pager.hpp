// SPDX-License-Identifier: GPL-2.0-only
// FilePager: brings a file's pages in from its content "on the disk", which the host holds for the guest.
#pragma once

#include <string>

#include "vm/pager.hpp"

namespace vmlab {

/// Elsewhere: vnode pager (BSD), address_space_operations (Linux).
/// Owner: its VmObject. Owns: the content as it was when the file was made, less what was cut off since.
class FilePager : public Pager {
public:
    explicit FilePager(std::string content) : content_(std::move(content)) {}

    [[nodiscard]] bool has_page(PageIndex index) const override {
        return std::uint64_t{index.value} * PAGE_SIZE < content_.size();
    }
    void page_in(PageIndex index, std::span<std::byte, PAGE_SIZE> destination) const override;
    void resize(std::uint64_t bytes) override;

private:
    std::string content_;
};

}  // namespace vmlab
