// SPDX-License-Identifier: GPL-2.0-only
#include <doctest/doctest.h>

#include "kernel/files/event_count.hpp"
#include "kernel/number_files.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

struct Counts : FileFixture {
    RamFilesystem files{vm};
    Ref<EventCount> make(std::uint64_t first, EventCount::Taking taking = EventCount::Taking::All) {
        return make_ref<EventCount>(files.make_nothing(), first, taking, files.waker());
    }
    static FileCount add(OpenFile& file, std::uint64_t count) {
        SpanSource source(std::as_bytes(std::span(&count, 1)));
        return file.write(source, sizeof count);
    }
};

}  // namespace

TEST_CASE_FIXTURE(Counts, "a reader takes what writers added") {
    const auto count = make(3);
    CHECK(add(*count, 4).value() == 8);
    CHECK(take(*count) == 7);
    CHECK(failure(*count, 8) == FileError::WouldBlock);
    CHECK(failure(*count, 7) == FileError::Invalid);
}

TEST_CASE_FIXTURE(Counts, "one that is a semaphore gives one at a time") {
    const auto count = make(2, EventCount::Taking::One);
    CHECK(take(*count) == 1);
    CHECK(take(*count) == 1);
    CHECK(failure(*count, 8) == FileError::WouldBlock);
}

TEST_CASE_FIXTURE(Counts, "there is a most, and what would be more waits") {
    const auto count = make(1);
    CHECK(add(*count, EventCount::MOST).error() == FileError::WouldBlock);
    CHECK(add(*count, EventCount::MOST + 1).error() == FileError::Invalid);
    CHECK(add(*count, EventCount::MOST - 1).ok());
    CHECK(!count->readiness().output);
    CHECK(take(*count) == EventCount::MOST);
    CHECK(count->readiness().output);
    CHECK(!count->readiness().input);
}
