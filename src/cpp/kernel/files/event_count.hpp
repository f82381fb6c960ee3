// SPDX-License-Identifier: GPL-2.0-only
// EventCount: a number that writers add to and readers take, to wake each other by.
#pragma once

#include <string>
#include <utility>

#include "kernel/files/anonymous_file.hpp"

namespace vmlab {

/// Elsewhere: eventfd_ctx (Linux).
/// Owner: counted by the descriptors that refer to it. Requires: the waker outlives it.
class EventCount : public AnonymousFile {
public:
    static constexpr std::uint64_t MOST = ~std::uint64_t{0} - 1;
    /// What a reader takes.
    enum class Taking : std::uint8_t { All, One };

    EventCount(Ref<Inode> inode, std::uint64_t first, Taking taking, const FileWaker& wake)
        : AnonymousFile(std::move(inode)), wake_(wake), count_(first), taking_(taking) {}

    /// Eight bytes. Fails: Invalid, WouldBlock.
    FileCount read(ByteSink& to, std::uint32_t count) override;
    FileCount write(ByteSource& from, std::uint32_t count) override;
    [[nodiscard]] Readiness readiness() const override {
        return {.input = count_ > 0, .output = count_ < MOST, .words = Readiness::Words::Bare};
    }
    [[nodiscard]] std::optional<WaitChannel> wait_channel(Direction direction) const override {
        return channel(direction == Direction::Input ? WaitChannel::What::Input : WaitChannel::What::Output);
    }
    [[nodiscard]] std::string path() const override { return "anon_inode:[eventfd]"; }

private:
    const FileWaker& wake_;
    std::uint64_t count_;
    Taking taking_;
};

}  // namespace vmlab
