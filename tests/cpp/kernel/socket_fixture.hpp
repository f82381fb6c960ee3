// SPDX-License-Identifier: GPL-2.0-only
// Sockets of a small filesystem, and who was woken by what is done to them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "kernel/file_fixture.hpp"
#include "kernel/files/socket_list.hpp"

namespace vmlab_test {

struct SocketFixture : FileFixture {
    using What = vmlab::WaitChannel::What;

    vmlab::RamFilesystem files{vm};
    std::vector<std::pair<vmlab::WaitChannel, vmlab::WakeWho>> woken;

    SocketFixture() {
        files.set_waker(
            [this](const vmlab::WaitChannel& channel, vmlab::WakeWho who) { woken.emplace_back(channel, who); });
    }
    vmlab::Ref<vmlab::OpenSocket> make(vmlab::SocketKind kind = vmlab::SocketKind::Stream) {
        return files.make_socket(kind);
    }
    std::pair<vmlab::Ref<vmlab::OpenSocket>, vmlab::Ref<vmlab::OpenSocket>> make_pair(
        vmlab::SocketKind kind = vmlab::SocketKind::Stream) {
        auto one = make(kind), other = make(kind);
        vmlab::Socket::join(one->socket(), other->socket());
        return {one, other};
    }
    static std::string read(vmlab::OpenFile& file, std::uint32_t count = 1000) {
        TextSink sink;
        const vmlab::FileCount done = file.read(sink, count);
        REQUIRE(done.ok());
        CHECK(done.value() == sink.content.size());
        return sink.content;
    }
    static vmlab::FileError read_failure(vmlab::OpenFile& file) {
        TextSink sink;
        return file.read(sink, 1000).error();
    }
    static vmlab::FileCount send_files(vmlab::OpenSocket& by, const std::string& text,
                                       std::vector<vmlab::Ref<vmlab::OpenFile>> sent) {
        TextSource source(text);
        return by.socket()->send(
            {.from = source, .count = static_cast<std::uint32_t>(text.size()), .files = std::move(sent)});
    }
    static vmlab::SocketReceived receive(vmlab::OpenSocket& by) {
        TextSink sink;
        auto received = by.socket()->receive({.to = sink, .count = 1000});
        REQUIRE(received.ok());
        return std::move(received).take();
    }
    [[nodiscard]] bool was_woken(const vmlab::OpenSocket& socket, What what, vmlab::WakeWho who) const {
        return std::ranges::count(woken, std::pair(socket.socket()->channel(what), who)) > 0;
    }
    /// Connects a new socket to a listening one.
    vmlab::Result<vmlab::Done, vmlab::FileError> connect(vmlab::OpenSocket& client, vmlab::OpenSocket& listening) {
        return client.socket()->connect(*listening.socket(), [this](vmlab::SocketKind kind) { return make(kind); },
                                        {.pid = 7});
    }
};

}  // namespace vmlab_test
