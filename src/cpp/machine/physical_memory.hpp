// SPDX-License-Identifier: GPL-2.0-only
// PhysicalMemory: the guest's RAM as one sparse host mapping; an untouched page costs nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "base/address.hpp"
#include "base/panic.hpp"

namespace vmlab {

/// Told when the kernel is about to write a frame that holds translated code.
class CodeFrameListener {
public:
    virtual ~CodeFrameListener() = default;
    virtual void code_frame_written(FrameNumber frame) = 0;
};

/// Told once when a frame is about to change, by whomever, whose bytes were to be kept until then.
class FrameKeeper {
public:
    virtual ~FrameKeeper() = default;
    virtual void frame_about_to_change(FrameNumber frame) = 0;
};

/// The machine's RAM, from physical address 0.
/// Owner: the Machine.
/// Invariants: every kernel write goes through a function of this class that checks the frame's marks, so that
/// no stale translation of code survives a write (host writes do not reach the engine's own check), and no bytes that
/// are to be kept. A processor asks before_guest_write() before it lets a guest write a frame.
class PhysicalMemory {
public:
    static constexpr std::uint64_t MAX_BYTES = std::uint64_t{1} << 30;

    /// Whether frames near each other are in use together, so that the host may hold them in larger pages.
    enum class Density : std::uint8_t { Sparse, Dense };

    /// Requires: bytes is a multiple of PAGE_SIZE, at least one page and at most MAX_BYTES.
    /// Throws std::invalid_argument otherwise, std::bad_alloc when the host has no address space.
    explicit PhysicalMemory(std::uint64_t bytes, Density density = Density::Dense);
    PhysicalMemory(const PhysicalMemory&) = delete;
    PhysicalMemory& operator=(const PhysicalMemory&) = delete;
    ~PhysicalMemory();

    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] std::uint32_t frame_count() const { return static_cast<std::uint32_t>(size_ >> PAGE_SHIFT); }
    [[nodiscard]] bool contains(FrameNumber frame) const { return frame.value < frame_count(); }

    [[nodiscard]] std::uint32_t read32(PhysAddr address) const {
        require(address.value + std::uint64_t{4} <= size_, "physical read outside RAM");
        std::uint32_t value = 0;
        std::memcpy(&value, base_ + address.value, sizeof value);
        return value;
    }
    void write32(PhysAddr address, std::uint32_t value) {
        require(address.value + std::uint64_t{4} <= size_ && address.offset() <= PAGE_SIZE - 4,
                "physical write outside RAM or across frames");
        before_write(frame_of(address));
        std::memcpy(base_ + address.value, &value, sizeof value);
    }

    /// Copies bytes that may lie across frames. Requires: all of them are in RAM.
    void read(PhysAddr address, std::span<std::byte> bytes) const;
    void write(PhysAddr address, std::span<const std::byte> bytes);

    [[nodiscard]] std::span<const std::byte, PAGE_SIZE> frame(FrameNumber frame) const {
        require(contains(frame), "frame outside RAM");
        return std::span<const std::byte, PAGE_SIZE>(base_ + frame.address().value, PAGE_SIZE);
    }
    /// The bytes of a frame for writing; drops translations of code in it first.
    [[nodiscard]] std::span<std::byte, PAGE_SIZE> writable_frame(FrameNumber frame) {
        require(contains(frame), "frame outside RAM");
        before_write(frame);
        return std::span<std::byte, PAGE_SIZE>(base_ + frame.address().value, PAGE_SIZE);
    }
    void zero_frame(FrameNumber frame) {
        auto bytes = writable_frame(frame);
        std::memset(bytes.data(), 0, bytes.size());
    }

    /// The whole RAM, for the engine and for Python's memoryview. Writes here bypass the marks.
    [[nodiscard]] std::byte* data() { return base_; }

    void set_code_listener(CodeFrameListener* listener) { code_listener_ = listener; }
    [[nodiscard]] bool has_code(FrameNumber frame) const { return (marks_[frame.value] & CODE) != 0; }
    void mark_code(FrameNumber frame) { marks_[frame.value] |= CODE; }
    void clear_code_mark(FrameNumber frame) { unmark(frame, CODE); }

    /// Not owned; null: nobody.
    void set_keeper(FrameKeeper* keeper) { keeper_ = keeper; }
    /// The keeper is told before the frame changes next.
    void keep(FrameNumber frame) { marks_[frame.value] |= KEPT; }
    [[nodiscard]] bool is_kept(FrameNumber frame) const { return (marks_[frame.value] & KEPT) != 0; }
    void before_guest_write(FrameNumber frame) {
        if (is_kept(frame)) [[unlikely]] {
            tell_keeper(frame);
        }
    }

private:
    static constexpr std::uint8_t CODE = 1, KEPT = 2;
    void unmark(FrameNumber frame, std::uint8_t mark) {
        marks_[frame.value] = static_cast<std::uint8_t>(marks_[frame.value] & ~mark);
    }
    void before_write(FrameNumber frame) {
        if (marks_[frame.value] != 0) [[unlikely]] {
            before_marked_write(frame);
        }
    }
    void before_marked_write(FrameNumber frame);
    void tell_keeper(FrameNumber frame);

    std::byte* base_ = nullptr;
    std::uint64_t size_;
    std::vector<std::uint8_t> marks_;  ///< by frame
    FrameKeeper* keeper_ = nullptr;
    CodeFrameListener* code_listener_ = nullptr;
};

}  // namespace vmlab
