// SPDX-License-Identifier: GPL-2.0-only
// FrameBuffer: the node /dev/fb0: a device's frames, as a file that is read, written and mapped.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "kernel/files/inode.hpp"

namespace vmlab {

/// Elsewhere: a fbdev node (Linux).
/// Owner: its directory and who has it open. Holds: the device's object, and so its frames.
class FrameBuffer : public Device {
public:
    FrameBuffer(std::uint64_t number, Ref<VmObject> object)
        : Device(number, DeviceKind::FrameBuffer), object_(std::move(object)) {}
    [[nodiscard]] const Ref<VmObject>& object() const { return object_; }

private:
    Ref<VmObject> object_;
};

class OpenFrameBuffer : public PositionedFile {
public:
    OpenFrameBuffer(Ref<FrameBuffer> buffer, OpenMode mode, std::string path)
        : PositionedFile(mode, AppendMode::No), buffer_(std::move(buffer)), path_(std::move(path)) {}

    FileCount read_at(ByteSink& to, std::uint32_t count, std::uint64_t position) override;
    /// Fails with TooBig at the end.
    FileCount write_at(ByteSource& from, std::uint32_t count, std::uint64_t position) override;
    [[nodiscard]] Inode* inode() const override { return buffer_.get(); }
    [[nodiscard]] FileStatus status() const override { return buffer_->status(); }
    [[nodiscard]] Ref<VmObject> object() const override { return buffer_->object(); }
    [[nodiscard]] std::string path() const override { return path_; }

protected:
    [[nodiscard]] std::uint64_t size() const override { return buffer_->object()->bytes(); }

private:
    Ref<FrameBuffer> buffer_;
    std::string path_;
};

}  // namespace vmlab
