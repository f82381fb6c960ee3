// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/message_queues.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace vmlab;

namespace {

using Match = MessageWish::Match;
using Pids = std::vector<std::uint32_t>;

struct Queues {
    Pids woken;
    MessageQueues queues{{.wake = [this](std::uint32_t pid) { woken.push_back(pid); }, .now = [] { return 3U; }}};

    MessageQueue& make(std::uint32_t most_bytes = 100) { return queues.table().add({.most_bytes = most_bytes}); }
    static Message message(std::int32_t type, std::size_t bytes) { return {type, std::vector<std::byte>(bytes)}; }
    /// The length of what was received, or minus one and the reason.
    static int length(const MessageQueues::Received& received) {
        return received ? static_cast<int>(received.value().text.size()) : -1 - static_cast<int>(received.error());
    }
    int receive(MessageQueue& queue, const MessageWish& wish) { return length(queues.receive(queue, wish, 9)); }
    static constexpr int NO_MESSAGE = -1, TOO_LONG = -2, REMOVED = -3;
};

}  // namespace

TEST_CASE_FIXTURE(Queues, "a message is found by its type, or its place") {
    MessageQueue& queue = make();
    for (const auto& [type, bytes] : {std::pair(5, 1U), {2, 2U}, {9, 3U}, {2, 4U}}) {
        queues.send(queue, message(type, bytes), 8);
    }
    CHECK(queue.bytes == 10);
    CHECK(queue.last_sender == 8);
    CHECK(receive(queue, {.match = Match::Place, .type = 2, .room = 9}) == 3);
    CHECK(receive(queue, {.match = Match::Place, .type = 4, .room = 9}) == NO_MESSAGE);
    CHECK(queue.messages.size() == 4);
    CHECK(receive(queue, {.match = Match::LowestType, .type = 6, .room = 9}) == 2);
    CHECK(receive(queue, {.match = Match::OtherType, .type = 5, .room = 9}) == 3);
    CHECK(receive(queue, {.match = Match::Type, .type = 9, .room = 9}) == NO_MESSAGE);
    CHECK(receive(queue, {.match = Match::LowestType, .type = 1, .room = 9}) == NO_MESSAGE);
    CHECK(receive(queue, {.match = Match::Type, .type = 2, .room = 3}) == TOO_LONG);
    CHECK(receive(queue, {.match = Match::Type, .type = 2, .room = 3, .too_long = MessageWish::TooLong::Cut}) == 4);
    CHECK(receive(queue, {.room = 9}) == 1);
    CHECK(queue.bytes == 0);
    CHECK(queue.last_receiver == 9);
}

TEST_CASE_FIXTURE(Queues, "who waits gets the message at once, and whom it does not suit is passed over") {
    MessageQueue& queue = make();
    queues.wait_to_receive(queue, 1, {.match = Match::Type, .type = 7, .room = 9});
    queues.wait_to_receive(queue, 2, {.room = 1});
    queues.wait_to_receive(queue, 3, {.room = 9});
    queues.wait_to_receive(queue, 4, {.room = 9});
    queues.send(queue, message(5, 2), 8);
    CHECK(woken == Pids{2, 3});
    CHECK(length(*queues.take_received(2)) == TOO_LONG);
    CHECK(length(*queues.take_received(3)) == 2);
    CHECK_FALSE(queues.take_received(3).has_value());
    CHECK(queue.messages.empty());
    CHECK(queue.last_receiver == 3);
    queues.leave(4);
    queues.send(queue, message(5, 2), 8);
    CHECK(queue.messages.size() == 1);
}

TEST_CASE_FIXTURE(Queues, "each who could send by itself is woken when there is room") {
    MessageQueue& queue = make(10);
    CHECK(MessageQueues::has_room(queue, 10));
    queues.send(queue, message(1, 8), 8);
    CHECK_FALSE(MessageQueues::has_room(queue, 3));
    queues.wait_to_send(queue, 1, message(1, 3));
    queues.wait_to_send(queue, 2, message(1, 11));
    queues.wait_to_send(queue, 3, message(1, 4));
    CHECK(receive(queue, {.room = 9}) == 8);
    CHECK(woken == Pids{1, 3});
    CHECK(queues.stop_sending(3).text.size() == 4);
    queues.resize(queue, 11);
    CHECK(woken == Pids{1, 3, 1, 2});
    MessageQueue& narrow = make(2);
    queues.send(narrow, message(1, 0), 8);
    CHECK(MessageQueues::has_room(narrow, 0));
    queues.send(narrow, message(1, 0), 8);
    CHECK_FALSE(MessageQueues::has_room(narrow, 0));
}

TEST_CASE_FIXTURE(Queues, "a removal ends all waits") {
    MessageQueue& queue = make(1);
    queues.wait_to_receive(queue, 1, {});
    queues.wait_to_send(queue, 2, message(1, 5));
    queues.remove(queue);
    CHECK(woken == Pids{2, 1});
    CHECK(length(*queues.take_received(1)) == REMOVED);
    CHECK(queues.table().all().empty());
}
