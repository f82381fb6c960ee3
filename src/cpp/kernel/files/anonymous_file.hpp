// SPDX-License-Identifier: GPL-2.0-only
// AnonymousFile: what is open and no file: a count, a timer, a set of files that are watched.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "kernel/files/inode.hpp"
#include "kernel/files/open_file.hpp"

namespace vmlab {

/// It is open both ways, and has no name and no places.
/// Elsewhere: anon_inode (Linux).
class AnonymousFile : public OpenFile {
public:
    Result<std::uint64_t, FileError> seek(std::int64_t, SeekFrom) override { return std::uint64_t{0}; }
    [[nodiscard]] Inode* inode() const override { return inode_.get(); }
    [[nodiscard]] FileStatus status() const override { return inode_->status(); }

protected:
    explicit AnonymousFile(Ref<Inode> inode)
        : OpenFile(OpenMode::ReadWrite, AppendMode::No), inode_(std::move(inode)) {}

    [[nodiscard]] WaitChannel channel(WaitChannel::What what) const { return {what, inode_->number()}; }
    /// What a reader of one number gets. Fails: BadAddress.
    [[nodiscard]] static FileCount give_number(ByteSink& to, std::uint64_t number) {
        const bool told = to.put(std::as_bytes(std::span(&number, 1))) == sizeof number;
        return told ? FileCount(static_cast<std::uint32_t>(sizeof number)) : FileCount(Failure(FileError::BadAddress));
    }

private:
    Ref<Inode> inode_;
};

}  // namespace vmlab
