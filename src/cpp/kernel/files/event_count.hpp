// SPDX-License-Identifier: GPL-2.0-only
// EventCount: a number that writers add to and readers take, to wake each other by.
#pragma once

#include <string>
#include <utility>

#include "kernel/files/inode.hpp"
#include "kernel/files/open_file.hpp"

namespace vmlab {

/// Elsewhere: eventfd_ctx (Linux).
/// Owner: counted by the descriptors that refer to it. Requires: the waker outlives it.
class EventCount : public OpenFile {
public:
    static constexpr std::uint64_t MOST = ~std::uint64_t{0} - 1;
    /// What a reader takes.
    enum class Taking : std::uint8_t { All, One };

    EventCount(Ref<Inode> inode, std::uint64_t first, Taking taking, const FileWaker& wake)
        : OpenFile(OpenMode::ReadWrite, AppendMode::No),
          inode_(std::move(inode)),
          wake_(wake),
          count_(first),
          taking_(taking) {}

    /// Eight bytes. Fails: Invalid, WouldBlock.
    FileCount read(ByteSink& to, std::uint32_t count) override;
    FileCount write(ByteSource& from, std::uint32_t count) override;
    Result<std::uint64_t, FileError> seek(std::int64_t, SeekFrom) override { return std::uint64_t{0}; }
    [[nodiscard]] Readiness readiness() const override {
        return {.input = count_ > 0, .output = count_ < MOST, .words = Readiness::Words::Bare};
    }
    [[nodiscard]] std::optional<WaitChannel> wait_channel(Direction direction) const override {
        return channel(direction == Direction::Input ? WaitChannel::What::Input : WaitChannel::What::Output);
    }
    [[nodiscard]] Inode* inode() const override { return inode_.get(); }
    [[nodiscard]] FileStatus status() const override { return inode_->status(); }
    [[nodiscard]] std::string path() const override { return "anon_inode:[eventfd]"; }

private:
    [[nodiscard]] WaitChannel channel(WaitChannel::What what) const { return {what, inode_->number()}; }

    Ref<Inode> inode_;
    const FileWaker& wake_;
    std::uint64_t count_;
    Taking taking_;
};

}  // namespace vmlab
