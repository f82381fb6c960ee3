// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/shared_segments.hpp"

#include "vm/vm_fixture.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr VirtAddr AT = VmFixture::AT;

struct SegmentFixture : VmFixture {
    explicit SegmentFixture(const VmConfig& config = {}) : VmFixture(256, config) {}

    SharedSegment& make(std::uint32_t key, std::uint32_t pages) {
        return *segments.create({.identity = {.key = key}, .bytes = pages * PAGE_SIZE}, Reserve::Yes).value();
    }
    VirtAddr attach(const SharedSegment& segment, VirtAddr at = AT) {
        return space
            ->map({.address = at,
                   .length = segment.bytes,
                   .placement = Placement::Fixed,
                   .protection = {READ_WRITE},
                   .sharing = Sharing::Shared,
                   .object = Ref<VmObject>(&segments.object_of(segment))})
            .value();
    }
    void detach(VirtAddr at, std::uint32_t pages) {
        REQUIRE(space->unmap({at, std::uint64_t{at.value} + std::uint64_t{pages} * PAGE_SIZE}).ok());
    }

    SharedSegments segments{vm};
};

}  // namespace

TEST_CASE("a segment keeps its content while nothing shows it, and goes when it is removed") {
    SegmentFixture f;
    SharedSegment& segment = f.make(5, 2);
    const std::uint32_t id = segment.identity.id;
    f.attach(segment);
    (void)f.write(AT + PAGE_SIZE, 7);
    CHECK(f.segments.attachments(segment) == 1);
    f.detach(AT, 2);
    f.check();
    CHECK(f.segments.attachments(*f.segments.find(id)) == 0);
    f.attach(*f.segments.find(id), AT + 16 * PAGE_SIZE);
    CHECK(f.value_at(AT + 17 * PAGE_SIZE) == 7);
    f.segments.remove(*f.segments.find(id));
    REQUIRE(f.segments.find(id) != nullptr);
    CHECK(f.segments.find(id)->removed());
    CHECK(f.segments.find_by_key(5) == nullptr);
    CHECK(f.value_at(AT + 17 * PAGE_SIZE) == 7);
    f.detach(AT + 16 * PAGE_SIZE, 2);
    CHECK(f.segments.find(id) == nullptr);
}

TEST_CASE("what is left of a removed segment without its middle goes with its last mapping") {
    SegmentFixture f;
    SharedSegment& segment = f.make(5, 3);
    const std::uint32_t id = segment.identity.id;
    f.attach(segment);
    for (std::uint32_t page = 0; page < 3; ++page) {
        (void)f.write(AT + page * PAGE_SIZE, page + 1);
    }
    f.detach(AT + PAGE_SIZE, 1);
    CHECK(f.segments.attachments(*f.segments.find(id)) == 2);
    f.segments.remove(*f.segments.find(id));
    f.check();  // nobody sees the middle one any more
    CHECK(f.value_at(AT + 2 * PAGE_SIZE) == 3);
    f.detach(AT, 3);
    CHECK(f.segments.all().empty());
}

TEST_CASE("ids of one place in the table differ") {
    SegmentFixture f;
    const std::uint32_t first = f.make(0, 1).identity.id, second = f.make(0, 1).identity.id;
    CHECK(first != second);
    f.segments.remove(*f.segments.find(first));
    const std::uint32_t third = f.make(0, 1).identity.id;
    CHECK(third != first);
    CHECK(third != second);
    CHECK(f.segments.find(first) == nullptr);
    CHECK(f.segments.find_by_index(0)->identity.id == third);
    CHECK(f.segments.find_by_key(0) == nullptr);
    for (const std::uint32_t id : {second, third}) {
        f.segments.remove(*f.segments.find(id));
    }
}

TEST_CASE("a segment is promised once, however many show it") {
    VmConfig config;
    config.profile.overcommit = Overcommit::Never;
    config.profile.commit_limit = 10;
    SegmentFixture f(config);
    SharedSegment& segment = f.make(0, 6);
    CHECK(f.vm.commit().committed() == 6);
    CHECK(f.segments.create({.bytes = 5 * PAGE_SIZE}, Reserve::Yes).error() == VmError::NoMemory);
    f.attach(segment);
    f.attach(segment, AT + 16 * PAGE_SIZE);
    CHECK(f.vm.commit().committed() == 6);
    f.check();
    f.segments.remove(segment);
    f.detach(AT, 6);
    CHECK(f.vm.commit().committed() == 6);
    f.detach(AT + 16 * PAGE_SIZE, 6);
    CHECK(f.vm.commit().committed() == 0);
}

TEST_CASE("the pages of a locked segment stay in memory") {
    SegmentFixture f({.page_frame_limit = 3, .swap_slots = 16});
    SharedSegment& segment = f.make(0, 2);
    f.attach(segment);
    (void)f.write(AT, 1);
    (void)f.write(AT + PAGE_SIZE, 2);
    f.segments.object_of(segment).set_locking(VmObject::Locking::Locked);
    f.map(4, VmFixture::READ_WRITE, AT + 16 * PAGE_SIZE);
    for (std::uint32_t page = 0; page < 4; ++page) {
        (void)f.write(AT + (16 + page) * PAGE_SIZE, page);
    }
    CHECK(f.segments.object_of(segment).slots().resident() == 2);
    CHECK(f.segments.object_of(segment).slots().swapped() == 0);
    f.segments.object_of(segment).set_locking(VmObject::Locking::Free);
    for (std::uint32_t page = 0; page < 4; ++page) {
        (void)f.write(AT + (16 + page) * PAGE_SIZE, page);
    }
    CHECK(f.segments.object_of(segment).slots().swapped() > 0);
    CHECK(f.value_at(AT + PAGE_SIZE) == 2);
    f.segments.remove(segment);
    f.detach(AT, 2);
}
