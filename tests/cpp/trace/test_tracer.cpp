// SPDX-License-Identifier: GPL-2.0-only
#include "trace/tracer.hpp"

#include <doctest/doctest.h>

#include <string>

#include "trace/journal.hpp"

using namespace vmlab;

TEST_CASE("the schema names every event once, with its fields in the order of the struct") {
    const auto events = event_schema();
    REQUIRE(events.size() == EVENT_KINDS);
    const auto& fault = events[static_cast<std::size_t>(EventKind::fault)];
    CHECK(fault.name == "fault");
    CHECK(fault.fields.size() * 4 == sizeof(FaultEvent));
    CHECK(fault.fields[0].name == "address");
    CHECK(fault.fields[2].enum_name == "access");
    for (const auto& event : events) {
        CHECK_FALSE(event.doc.empty());
    }
}

TEST_CASE("records of any length keep their order, time, pid and fields, across chunks") {
    Tracer tracer;
    constexpr std::uint32_t COUNT = 50'000;
    for (std::uint32_t i = 0; i < COUNT; ++i) {
        tracer.set_now(i);
        if (i % 7 == 0) {
            tracer.emit(i % 3, FaultEvent{.address = i});
        } else {
            tracer.emit(i % 3, FrameAllocatedEvent{.frame = i});
        }
    }
    REQUIRE(tracer.count() == COUNT);
    std::size_t bytes = 0;
    for (std::uint32_t i = 0; i < COUNT; ++i) {
        const EventView view = tracer.at(i);
        REQUIRE(view.index == i);
        REQUIRE(view.header.time == i);
        REQUIRE(view.header.pid == i % 3);
        REQUIRE(view.header.kind == (i % 7 == 0 ? EventKind::fault : EventKind::frame_allocated));
        REQUIRE(view.fields[0].bits == i);
        bytes += sizeof(EventHeader) + view.fields.size_bytes();
    }
    CHECK(tracer.to_bytes().size() == bytes);
    CHECK_THROWS_AS((void)tracer.at(COUNT), Panic);
    CHECK_THROWS_AS((void)Tracer().at(0), Panic);
}

TEST_CASE("kinds that are not recorded leave no trace, and a listener hears only what it asked for") {
    struct Listener : EventListener {
        void on_event(const EventView& event) override { heard.push_back(event.header.kind); }
        std::vector<EventKind> heard;
    } listener;
    Tracer tracer;
    auto recorded = tracer.recorded();
    recorded.reset(static_cast<std::size_t>(EventKind::frame_freed));
    tracer.set_recorded(recorded);
    std::bitset<EVENT_KINDS> wanted;
    wanted.set(static_cast<std::size_t>(EventKind::syscall));
    tracer.set_listener(&listener, wanted);
    tracer.emit(1, FrameFreedEvent{.frame = 1U});
    tracer.emit(1, FrameAllocatedEvent{.frame = 1U});
    tracer.emit(1, SyscallEvent{.number = 4U});
    CHECK(tracer.count() == 2);
    CHECK(tracer.of_kind(EventKind::syscall) == std::vector<std::uint64_t>{1});
    CHECK(listener.heard == std::vector<EventKind>{EventKind::syscall});
}

TEST_CASE("a journal comes back from its bytes, and damage is found") {
    Journal journal;
    journal.record({InputKind::Configure, {}, {"{}"}});
    journal.record({InputKind::Run, {1, 2, ~std::uint64_t{0}}, {}});
    journal.record({InputKind::Spawn, {1, 0}, {"name", std::string("\0one", 4)}});
    const std::string bytes = journal.to_bytes();
    const auto back = Journal::from_bytes(bytes);
    REQUIRE(back.ok());
    CHECK(std::equal(back.value().inputs().begin(), back.value().inputs().end(), journal.inputs().begin(),
                     journal.inputs().end()));
    CHECK_FALSE(Journal::from_bytes("something else").ok());
    for (const std::size_t length : {bytes.size() - 1, bytes.size() / 2, std::size_t{20}}) {
        CHECK_FALSE(Journal::from_bytes(bytes.substr(0, length)).ok());
    }
    std::string damaged = bytes;
    damaged[bytes.size() / 2] ^= 1;
    CHECK_FALSE(Journal::from_bytes(damaged).ok());
}
