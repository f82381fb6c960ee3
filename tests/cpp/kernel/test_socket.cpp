// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include "kernel/socket_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

TEST_CASE_FIXTURE(SocketFixture, "bytes go both ways, and several writes are read as one") {
    const auto [one, other] = make_pair();
    CHECK(read_failure(*other) == FileError::WouldBlock);
    CHECK(write_text(*one, "hello ").value() == 6);
    CHECK(write_text(*one, "world").value() == 5);
    CHECK(write_text(*other, "back").value() == 4);
    CHECK(other->unread_bytes() == 11);
    CHECK(read(*other, 8) == "hello wo");
    CHECK(read(*other) == "rld");
    CHECK(read(*one) == "back");
    CHECK(one->path() == "socket:[" + std::to_string(one->status().inode) + "]");
    CHECK(one->status().type == FileType::Socket);
}

TEST_CASE_FIXTURE(SocketFixture, "who looks takes nothing") {
    const auto [one, other] = make_pair();
    (void)write_text(*one, "ab");
    (void)write_text(*one, "cd");
    TextSink sink;
    const auto looked = other->socket()->receive({.to = sink, .count = 3, .taking = SocketReceiving::Taking::Look});
    CHECK(looked.value().count == 3);
    CHECK(sink.content == "abc");
    CHECK(read(*other) == "abcd");
}

TEST_CASE_FIXTURE(SocketFixture, "what is on its way takes the room that Linux charges for it") {
    const auto [one, other] = make_pair();
    CHECK(write_text(*one, "x").value() == 1);
    CHECK(one->socket()->charged() == 768);
    CHECK(read(*other) == "x");
    CHECK(one->socket()->charged() == 0);
    CHECK(write_text(*one, std::string(300000, 'x')).value() == 219264);
    CHECK(write_text(*one, "x").error() == FileError::WouldBlock);
    CHECK(!one->readiness().output);
    CHECK(other->readiness().output);
    CHECK(read(*other, 300000).size() == 219264);
    CHECK(one->readiness().output);
}

TEST_CASE_FIXTURE(SocketFixture, "who cannot copy all of a piece moves none of it") {
    const auto [one, other] = make_pair();
    TextSource source("abc");
    CHECK(one->write(source, 4).error() == FileError::BadAddress);
    CHECK(one->socket()->charged() == 0);
    (void)write_text(*one, "abcd");
    TextSink sink(2);
    CHECK(other->read(sink, 4).error() == FileError::BadAddress);
    CHECK(read(*other) == "abcd");
}

TEST_CASE_FIXTURE(SocketFixture,
                  "an end that closes says so to the other, and what it has not read is an error there") {
    auto [one, other] = make_pair();
    (void)write_text(*other, "last");
    (void)write_text(*one, "unread");
    woken.clear();
    other = nullptr;
    CHECK(was_woken(*one, What::Input, WakeWho::All));
    CHECK(one->readiness().hangup);
    CHECK(one->readiness().error);
    CHECK(one->socket()->charged() == 0);
    CHECK(read(*one) == "last");
    CHECK(read_failure(*one) == FileError::Reset);
    CHECK(read(*one).empty());
    CHECK(write_text(*one, "x").error() == FileError::BrokenPipe);
}

TEST_CASE_FIXTURE(SocketFixture, "one way is shut at both ends") {
    const auto [one, other] = make_pair();
    one->socket()->shut({.receive = false, .send = true});
    CHECK(write_text(*one, "x").error() == FileError::BrokenPipe);
    CHECK(read(*other).empty());
    CHECK(other->readiness().closing);
    CHECK(!other->readiness().hangup);
    CHECK(write_text(*other, "still").value() == 5);
    CHECK(read(*one) == "still");
    other->socket()->shut({.receive = false, .send = true});
    CHECK(one->readiness().hangup);
}

TEST_CASE_FIXTURE(SocketFixture, "who sends wakes one that waits for it, who takes one that waits for room") {
    const auto [one, other] = make_pair();
    (void)write_text(*one, "abcd");
    CHECK(was_woken(*other, What::Input, WakeWho::First));
    CHECK(!was_woken(*one, What::Output, WakeWho::First));
    woken.clear();
    (void)read(*other, 2);
    CHECK(was_woken(*other, What::Input, WakeWho::Next));
    CHECK(!was_woken(*one, What::Output, WakeWho::First));
    woken.clear();
    (void)read(*other, 2);
    CHECK(was_woken(*one, What::Output, WakeWho::First));
}

TEST_CASE_FIXTURE(SocketFixture, "messages are kept apart, and their rest is lost") {
    const auto [one, other] = make_pair(SocketKind::Packets);
    (void)write_text(*one, "first");
    (void)write_text(*one, "");
    (void)write_text(*one, "second");
    CHECK(other->unread_bytes() == 11);
    CHECK(read(*other, 3) == "fir");
    CHECK(read(*other).empty());
    CHECK(read(*other) == "second");
    CHECK(write_text(*one, std::string(212961, 'x')).error() == FileError::MessageTooLong);
    CHECK(write_text(*one, std::string(212960, 'x')).value() == 212960);
    CHECK(one->socket()->charged() == 332032);
}

TEST_CASE_FIXTURE(SocketFixture, "a datagram whose receiver has gone is refused once, then there is nobody") {
    auto [one, other] = make_pair(SocketKind::Datagram);
    other = nullptr;
    CHECK(!one->readiness().hangup);
    CHECK(write_text(*one, "x").error() == FileError::Refused);
    CHECK(write_text(*one, "x").error() == FileError::NotConnected);
}

TEST_CASE_FIXTURE(SocketFixture, "datagrams to one that chose nobody wait after eleven") {
    const auto receiver = make(SocketKind::Datagram), one = make(SocketKind::Datagram);
    one->socket()->set_peer(receiver->socket());
    for (int i = 0; i < 11; ++i) {
        REQUIRE(write_text(*one, "x").value() == 1);
    }
    CHECK(write_text(*one, "x").error() == FileError::WouldBlock);
    CHECK(!one->readiness().output);
    woken.clear();
    CHECK(read(*receiver) == "x");
    CHECK(was_woken(*one, What::Output, WakeWho::First));
    CHECK(was_woken(*receiver, What::Room, WakeWho::All));
    CHECK(one->readiness().output);
    receiver->socket()->set_peer(make(SocketKind::Datagram)->socket());
    CHECK(write_text(*one, "x").error() == FileError::NotPermitted);
}

TEST_CASE_FIXTURE(SocketFixture, "who was one of a pair hears of room where the other one left it") {
    const auto [one, other] = make_pair(SocketKind::Datagram);
    other->socket()->set_peer(nullptr);
    for (int i = 0; i < 11; ++i) {
        REQUIRE(write_text(*one, "x").value() == 1);
    }
    CHECK(!one->readiness().output);
    woken.clear();
    CHECK(read(*other) == "x");
    CHECK(was_woken(*one, What::Output, WakeWho::First));
}

TEST_CASE_FIXTURE(SocketFixture, "a connection waits until it is accepted, as many as may and one more") {
    const auto listening = make(), client = make(), second = make(), third = make();
    CHECK(connect(*client, *listening).error() == FileError::Refused);
    CHECK(listening->socket()->listen(1, {.pid = 5}).error() == FileError::Invalid);
    REQUIRE(files.sockets().name(*listening->socket(), SocketName("\0name", 5)).ok());
    REQUIRE(listening->socket()->listen(1, {.pid = 5}).ok());
    CHECK(listening->socket()->accept().error() == FileError::WouldBlock);
    CHECK(connect(*client, *listening).ok());
    CHECK(connect(*client, *listening).error() == FileError::Connected);
    CHECK(connect(*second, *listening).ok());
    CHECK(connect(*third, *listening).error() == FileError::WouldBlock);
    CHECK(write_text(*client, "early").value() == 5);
    CHECK(listening->readiness().input);
    const auto accepted = listening->socket()->accept().value();
    CHECK(was_woken(*listening, What::Room, WakeWho::First));
    CHECK(read(*accepted) == "early");
    CHECK(accepted->socket()->peer_owner().pid == 7);
    CHECK(client->socket()->peer_owner().pid == 5);
    CHECK(accepted->socket()->name() == listening->socket()->name());
}

TEST_CASE_FIXTURE(SocketFixture, "who listens no more resets those that were not accepted") {
    auto listening = make();
    const auto client = make();
    REQUIRE(files.sockets().name(*listening->socket(), SocketName("\0name", 5)).ok());
    REQUIRE(listening->socket()->listen(1, {}).ok());
    REQUIRE(connect(*client, *listening).ok());
    listening = nullptr;
    CHECK(read_failure(*client) == FileError::Reset);
    CHECK(files.sockets().find(SocketKind::Stream, SocketName("\0name", 5)) == nullptr);
}

TEST_CASE_FIXTURE(SocketFixture, "a path leads to its socket until that is closed, and stays until it is unlinked") {
    auto socket = make();
    REQUIRE(files.bind(*socket->socket(), "/", "/sock", 0755).ok());
    const auto again = make();
    CHECK(files.bind(*again->socket(), "/", "/sock", 0755).error() == FileError::AddressInUse);
    const auto node = files.find("/", "/sock", FollowLinks::Yes).value();
    CHECK(node->type() == FileType::Socket);
    CHECK(static_cast<const SocketNode&>(*node).socket() == socket->socket().get());
    CHECK(files.open("/", "/sock", {}).error() == FileError::NoDevice);
    socket = nullptr;
    CHECK(static_cast<const SocketNode&>(*node).socket() == nullptr);
    CHECK(files.unlink("/", "/sock").ok());
}
