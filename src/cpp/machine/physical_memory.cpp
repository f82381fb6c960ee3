// SPDX-License-Identifier: GPL-2.0-only
#include "machine/physical_memory.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <string>

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#else
#include <sys/mman.h>
#endif

namespace vmlab {

namespace {

std::byte* map_sparse(std::size_t bytes) {
#ifdef _WIN32
    void* base = VirtualAlloc(nullptr, bytes, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (base == nullptr) {
        throw std::bad_alloc();
    }
#else
    int flags = MAP_PRIVATE | MAP_ANONYMOUS;
#ifdef MAP_NORESERVE
    flags |= MAP_NORESERVE;
#endif
    void* base = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (base == MAP_FAILED) {
        throw std::bad_alloc();
    }
#endif
    return static_cast<std::byte*>(base);
}

/// Asks the host for larger pages where it has them: the first store to each page of its own costs more than a guest's fault.
void ask_for_large_pages([[maybe_unused]] std::byte* base, [[maybe_unused]] std::size_t bytes) {
#ifdef MADV_HUGEPAGE
    static_cast<void>(madvise(base, bytes, MADV_HUGEPAGE));
#endif
}

}  // namespace

PhysicalMemory::PhysicalMemory(std::uint64_t bytes, Density density) : size_(bytes) {
    if (bytes < PAGE_SIZE || bytes > MAX_BYTES || bytes % PAGE_SIZE != 0) {
        throw std::invalid_argument("RAM of " + std::to_string(bytes) +
                                    " bytes: give a multiple of 4096 from 4 KiB to 1 GiB");
    }
    marks_.resize(frame_count());
    base_ = map_sparse(bytes);
    if (density == Density::Dense) {
        ask_for_large_pages(base_, bytes);
    }
}

void PhysicalMemory::read(PhysAddr address, std::span<std::byte> bytes) const {
    require(address.value + std::uint64_t{bytes.size()} <= size_, "physical read outside RAM");
    std::memcpy(bytes.data(), base_ + address.value, bytes.size());
}

void PhysicalMemory::write(PhysAddr address, std::span<const std::byte> bytes) {
    require(address.value + std::uint64_t{bytes.size()} <= size_, "physical write outside RAM");
    while (!bytes.empty()) {
        const auto frame = writable_frame(frame_of(address)).subspan(address.offset());
        const auto part = bytes.first(std::min(bytes.size(), frame.size()));
        std::memcpy(frame.data(), part.data(), part.size());
        address = address + static_cast<std::uint32_t>(part.size());
        bytes = bytes.subspan(part.size());
    }
}

PhysicalMemory::~PhysicalMemory() {
#ifdef _WIN32
    VirtualFree(base_, 0, MEM_RELEASE);
#else
    munmap(base_, size_);
#endif
}

void PhysicalMemory::before_marked_write(FrameNumber frame) {
    before_guest_write(frame);
    if (has_code(frame) && code_listener_ != nullptr) {
        code_listener_->code_frame_written(frame);
    }
}

void PhysicalMemory::tell_keeper(FrameNumber frame) {
    unmark(frame, KEPT);
    if (keeper_ != nullptr) {
        keeper_->frame_about_to_change(frame);
    }
}

}  // namespace vmlab
