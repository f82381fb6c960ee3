// SPDX-License-Identifier: GPL-2.0-only
// DescriptorTable: a process's small numbers for its open files.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernel/files/open_file.hpp"

namespace vmlab {

enum class CloseOnExec : std::uint8_t { No, Yes };

/// Owner: its Process. The lowest free number is handed out first.
class DescriptorTable {
public:
    static constexpr std::uint32_t LIMIT = 1024;             ///< where nobody set another
    static constexpr std::uint32_t HIGHEST_LIMIT = 1 << 20;  ///< that anybody may set. Elsewhere: fs.nr_open (Linux)

    /// One more than the largest descriptor that can be had from now on; those that are open stay.
    [[nodiscard]] std::uint32_t limit() const { return limit_; }
    void set_limit(std::uint64_t limit) {
        limit_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(limit, HIGHEST_LIMIT));
    }
    /// Descriptors below which those that are open lie. Elsewhere: fdt->max_fds (Linux).
    [[nodiscard]] std::uint32_t size() const { return std::max(LIMIT, static_cast<std::uint32_t>(slots_.size())); }
    /// Fails: Invalid when `lowest` is no descriptor, TooManyOpen.
    [[nodiscard]] Result<std::uint32_t, FileError> install(Ref<OpenFile> file, std::uint32_t lowest = 0,
                                                           CloseOnExec on_exec = CloseOnExec::No);
    /// Puts a file at a number, closing what was there. Fails: BadDescriptor.
    [[nodiscard]] Result<Done, FileError> install_at(Ref<OpenFile> file, std::uint32_t descriptor,
                                                     CloseOnExec on_exec = CloseOnExec::No);
    [[nodiscard]] bool has_room() const;
    /// Those that are open, in order.
    [[nodiscard]] std::vector<std::uint32_t> numbers() const;
    /// Nothing when the number is not open, or only a place; valid until the table changes.
    [[nodiscard]] OpenFile* find(std::uint32_t descriptor) const {
        OpenFile* const file = find_any(descriptor);
        return file != nullptr && file->mode() != OpenMode::Place ? file : nullptr;
    }
    /// The same, places among them. Elsewhere: fdget_raw (Linux).
    [[nodiscard]] OpenFile* find_any(std::uint32_t descriptor) const {
        return descriptor < slots_.size() ? slots_[descriptor].file.get() : nullptr;
    }
    /// Fails: BadDescriptor.
    [[nodiscard]] Result<Ref<OpenFile>, FileError> get(std::uint32_t descriptor) const;
    [[nodiscard]] Result<Ref<OpenFile>, FileError> get_any(std::uint32_t descriptor) const;
    [[nodiscard]] Result<Done, FileError> close(std::uint32_t descriptor);
    void close_all();
    /// Closes those marked so.
    void close_for_exec();

    /// Requires: the descriptor is open.
    [[nodiscard]] CloseOnExec close_on_exec(std::uint32_t descriptor) const { return slots_.at(descriptor).on_exec; }
    void set_close_on_exec(std::uint32_t descriptor, CloseOnExec on_exec) { slots_.at(descriptor).on_exec = on_exec; }

private:
    struct Slot {
        Ref<OpenFile> file;
        CloseOnExec on_exec = CloseOnExec::No;
    };
    /// Empties the slot. The table's locks on the file go with any of its descriptors for it, as POSIX says.
    void close(Slot& slot);

    std::vector<Slot> slots_;
    std::uint32_t limit_ = LIMIT;
};

}  // namespace vmlab
