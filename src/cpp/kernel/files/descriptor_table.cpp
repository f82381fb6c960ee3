// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/files/descriptor_table.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "kernel/files/inode.hpp"

namespace vmlab {

Result<std::uint32_t, FileError> DescriptorTable::install(Ref<OpenFile> file, std::uint32_t lowest,
                                                          CloseOnExec on_exec) {
    if (lowest >= limit_) {
        return Failure(FileError::Invalid);
    }
    std::uint32_t descriptor = lowest;
    while (find_any(descriptor) != nullptr) {
        ++descriptor;
    }
    if (descriptor >= limit_) {
        return Failure(FileError::TooManyOpen);
    }
    require(install_at(std::move(file), descriptor, on_exec).ok(), "a free descriptor takes a file");
    return descriptor;
}

Result<Done, FileError> DescriptorTable::install_at(Ref<OpenFile> file, std::uint32_t descriptor, CloseOnExec on_exec) {
    if (descriptor >= limit_) {
        return Failure(FileError::BadDescriptor);
    }
    slots_.resize(std::max<std::size_t>(slots_.size(), descriptor + std::size_t{1}));
    close(slots_[descriptor]);
    slots_[descriptor] = Slot{std::move(file), on_exec};
    return Done{};
}

bool DescriptorTable::has_room() const {
    const auto below = std::span(slots_).first(std::min<std::size_t>(slots_.size(), limit_));
    return slots_.size() < limit_ || std::ranges::any_of(below, [](const Slot& slot) { return !slot.file; });
}

std::vector<std::uint32_t> DescriptorTable::numbers() const {
    std::vector<std::uint32_t> open;
    for (std::uint32_t descriptor = 0; descriptor < slots_.size(); ++descriptor) {
        if (slots_[descriptor].file) {
            open.push_back(descriptor);
        }
    }
    return open;
}

Result<Ref<OpenFile>, FileError> DescriptorTable::get(std::uint32_t descriptor) const {
    if (find(descriptor) == nullptr) {
        return Failure(FileError::BadDescriptor);
    }
    return slots_[descriptor].file;
}

Result<Ref<OpenFile>, FileError> DescriptorTable::get_any(std::uint32_t descriptor) const {
    if (find_any(descriptor) == nullptr) {
        return Failure(FileError::BadDescriptor);
    }
    return slots_[descriptor].file;
}

void DescriptorTable::close_for_exec() {
    for (Slot& slot : slots_) {
        if (slot.on_exec == CloseOnExec::Yes) {
            close(slot);
        }
    }
}

Result<Done, FileError> DescriptorTable::close(std::uint32_t descriptor) {
    if (find_any(descriptor) == nullptr) {
        return Failure(FileError::BadDescriptor);
    }
    close(slots_[descriptor]);
    return Done{};
}

void DescriptorTable::close_all() {
    for (Slot& slot : slots_) {
        close(slot);
    }
    slots_.clear();
}

void DescriptorTable::close(Slot& slot) {
    const Slot closed = std::exchange(slot, {});
    if (Inode* const inode = closed.file ? closed.file->inode() : nullptr) {
        inode->record_locks().remove(this);
    }
}

}  // namespace vmlab
