// SPDX-License-Identifier: GPL-2.0-only
#include "abi/linux_fixture.hpp"
#include "abi/linux_numbers.hpp"

using namespace vmlab;
using namespace vmlab_test;

namespace {

constexpr std::uint32_t ANON = MAP_PRIVATE_FLAG | MAP_ANONYMOUS_FLAG;

bool is_address(std::int32_t result) { return static_cast<std::uint32_t>(result) < 0xC0000000; }

struct MemoryCalls : ProcessFixture {
    std::int32_t map(std::uint32_t address, std::uint32_t length, std::uint32_t protection, std::uint32_t flags,
                     std::uint32_t descriptor = ~0U, std::uint32_t page = 0) {
        return call(NR_mmap2, address, length, protection, flags, descriptor, page);
    }
    std::uint32_t mapped(std::uint32_t length, std::uint32_t protection = PROT_R | PROT_W) {
        return static_cast<std::uint32_t>(map(0, length, protection, ANON));
    }
    bool has(std::uint32_t address) { return process.space().find_mapping(VirtAddr(address)) != nullptr; }
    std::uint32_t rights(std::uint32_t address) {
        return process.space().find_mapping(VirtAddr(address))->protection.bits;
    }
};

}  // namespace

TEST_CASE_FIXTURE(MemoryCalls, "brk tells, moves and refuses by telling") {
    const std::uint32_t start = 0x0804d000;
    CHECK(call(NR_brk, 0) == static_cast<std::int32_t>(start));
    CHECK(call(NR_brk, start + 100) == static_cast<std::int32_t>(start + 100));
    put_value(start + 96, 7);
    CHECK(get<int>(start + 96) == 7);
    CHECK(call(NR_brk, start - 1) == static_cast<std::int32_t>(start + 100));
    CHECK(call(NR_brk, 0xFFFFFFFF) == static_cast<std::int32_t>(start + 100));
    CHECK(call(NR_brk, 0xBFFFF000) == static_cast<std::int32_t>(start + 100));
    CHECK(call(NR_brk, start) == static_cast<std::int32_t>(start));
    CHECK_FALSE(has(start));
}

TEST_CASE_FIXTURE(MemoryCalls, "anonymous mappings go from the top downwards") {
    const std::uint32_t first = mapped(5000);
    const std::uint32_t second = mapped(1);
    CHECK(first == 0xB8000000 - 8192);
    CHECK(second == first - 4096);
    put_value(first + 8188, 1);
    CHECK(get<std::uint32_t>(second) == 0);
    CHECK(call(NR_munmap, first, 8192) == 0);
    CHECK_FALSE(has(first));
    CHECK(has(second));
}

TEST_CASE_FIXTURE(MemoryCalls, "a hint is taken where there is room") {
    CHECK(map(0x20000000, 4096, PROT_R, ANON) == 0x20000000);
    CHECK(static_cast<std::uint32_t>(map(0x20000000, 4096, PROT_R, ANON)) == 0xB8000000 - 4096);
    CHECK(map(0x30000123, 4096, PROT_R, ANON) == 0x30000000);
}

TEST_CASE_FIXTURE(MemoryCalls, "MAP_FIXED replaces, MAP_FIXED_NOREPLACE refuses") {
    CHECK(map(0x20000000, 0x3000, PROT_R | PROT_W, ANON) == 0x20000000);
    put_value(0x20001000, 5);
    CHECK(map(0x20001000, 0x1000, PROT_R | PROT_W, ANON | MAP_FIXED_FLAG) == 0x20001000);
    CHECK(get<int>(0x20001000) == 0);
    CHECK(map(0x20002000, 0x2000, PROT_R, ANON | MAP_FIXED_NOREPLACE_FLAG) == EXIST);
    CHECK(map(0x20003000, 0x1000, PROT_R, ANON | MAP_FIXED_NOREPLACE_FLAG) == 0x20003000);
}

TEST_CASE_FIXTURE(MemoryCalls, "mmap2 refuses what Linux refuses") {
    CHECK(map(0, 0, PROT_R, ANON) == INVAL);
    CHECK(map(0, 4096, PROT_R, MAP_ANONYMOUS_FLAG) == INVAL);
    CHECK(map(0x20000001, 4096, PROT_R, ANON | MAP_FIXED_FLAG) == INVAL);
    CHECK(map(0xBFFFF000, 8192, PROT_R, ANON | MAP_FIXED_FLAG) == NOMEM);
    CHECK(map(0xC0000000, 4096, PROT_R, ANON | MAP_FIXED_FLAG) == NOMEM);
    CHECK(map(0x1000, 4096, PROT_R, ANON | MAP_FIXED_FLAG) == 0x1000);  // root may
    CHECK(map(0, 0xFFFFFFFF, PROT_R, ANON) == NOMEM);
    CHECK(map(0, 0xC0000000, PROT_R, ANON) == NOMEM);
    CHECK(map(0, 4096, PROT_R, MAP_PRIVATE_FLAG, 99) == BADF);
    CHECK(map(0, 4096, PROT_R, MAP_PRIVATE_FLAG, 0) == NODEV);
}

TEST_CASE_FIXTURE(MemoryCalls, "old mmap takes its arguments from memory, the offset in bytes") {
    put_value(SCRATCH, std::array<std::uint32_t, 6>{0x20000000, 4096, PROT_R | PROT_W, ANON | MAP_FIXED_FLAG, ~0U, 0});
    CHECK(call(NR_old_mmap, SCRATCH) == 0x20000000);
    put_value(SCRATCH, std::array<std::uint32_t, 6>{0, 4096, PROT_R, ANON, ~0U, 100});
    CHECK(call(NR_old_mmap, SCRATCH) == INVAL);
    CHECK(call(NR_old_mmap, UNMAPPED) == FAULT);
}

TEST_CASE_FIXTURE(MemoryCalls, "a private mapping of a file shows it and keeps writes to itself") {
    REQUIRE(kernel.filesystem().add_file("/data", std::string(4096, 'a') + "tail", 0644).ok());
    const std::int32_t file = call(NR_open, put("/data"), O_BOTH, 0);
    CHECK(file == 3);
    const auto at = static_cast<std::uint32_t>(map(0, 8192, PROT_R | PROT_W, MAP_PRIVATE_FLAG, 3));
    CHECK(get_text(at + 4096, 6) == std::string("tail\0\0", 6));
    put_value(at, 'X');
    CHECK(call(NR_pread64, 3, SCRATCH, 1, 0, 0) == 1);
    CHECK(get<char>(SCRATCH) == 'a');
    CHECK(is_address(map(0, 4096, PROT_R, MAP_PRIVATE_FLAG, 3, 1)));
    CHECK(map(0, 8192, PROT_R, MAP_PRIVATE_FLAG, 3, 0xFFFFFFFF) == TOO_LARGE_A_VALUE);
}

TEST_CASE_FIXTURE(MemoryCalls, "a shared mapping, read() and write() see one copy") {
    REQUIRE(kernel.filesystem().add_file("/data", "0123456789", 0644).ok());
    CHECK(call(NR_open, put("/data"), O_BOTH, 0) == 3);
    const auto at = static_cast<std::uint32_t>(map(0, 4096, PROT_R | PROT_W, MAP_SHARED_FLAG, 3));
    put_value(at + 2, std::array<char, 2>{'A', 'B'});
    CHECK(call(NR_read, 3, SCRATCH, 100) == 10);
    CHECK(get_text(SCRATCH, 10) == "01AB456789");
    CHECK(call(NR_pwrite64, 3, put("zz"), 2, 8, 0) == 2);
    CHECK(get_text(at, 10) == "01AB4567zz");
    CHECK(call(NR_msync, at, 4096, 4) == 0);
    CHECK(call(NR_msync, at, 4096, 5) == INVAL);
    CHECK(call(NR_msync, UNMAPPED, 4096, 4) == NOMEM);
}

TEST_CASE_FIXTURE(MemoryCalls, "a mapping may not exceed the rights of its descriptor") {
    REQUIRE(kernel.filesystem().add_file("/data", "x", 0644).ok());
    CHECK(call(NR_open, put("/data"), 0, 0) == 3);
    CHECK(call(NR_open, put("/data"), O_WRITE, 0) == 4);
    CHECK(map(0, 4096, PROT_R | PROT_W, MAP_SHARED_FLAG, 3) == ACCES);
    CHECK(is_address(map(0, 4096, PROT_R | PROT_W, MAP_PRIVATE_FLAG, 3)));
    CHECK(map(0, 4096, PROT_R, MAP_PRIVATE_FLAG, 4) == ACCES);
}

TEST_CASE_FIXTURE(MemoryCalls, "mapping /dev/zero gives fresh memory") {
    CHECK(call(NR_open, put("/dev/zero"), O_BOTH, 0) == 3);
    const auto at = static_cast<std::uint32_t>(map(0, 4096, PROT_R | PROT_W, MAP_PRIVATE_FLAG, 3));
    CHECK(get<std::uint32_t>(at) == 0);
    CHECK(process.space().find_mapping(VirtAddr(at))->kind == MappingKind::Anonymous);
}

TEST_CASE_FIXTURE(MemoryCalls, "munmap refuses what Linux refuses and forgives holes") {
    const std::uint32_t at = mapped(4096);
    CHECK(call(NR_munmap, at + 1, 4096) == INVAL);
    CHECK(call(NR_munmap, at, 0) == INVAL);
    CHECK(call(NR_munmap, 0xBFFFF000, 8192) == INVAL);
    CHECK(call(NR_munmap, 0xFFFFF000, 0xFFFFFFFF) == INVAL);
    CHECK(call(NR_munmap, 0x60000000, 4096) == 0);
    CHECK(has(at));
}

TEST_CASE_FIXTURE(MemoryCalls, "mprotect changes rights and splits mappings") {
    const std::uint32_t at = mapped(3 * 4096);
    CHECK(call(NR_mprotect, at + 4096, 4096, PROT_R) == 0);
    CHECK(rights(at) == (PROT_R | PROT_W));
    CHECK(rights(at + 4096) == PROT_R);
    CHECK(rights(at + 8192) == (PROT_R | PROT_W));
    CHECK(memory.write(VirtAddr(at + 4096), 1) == CopyResult::Fault);
    CHECK(call(NR_read, 0, at + 4096, 5) == FAULT);
    CHECK(call(NR_mprotect, at + 1, 4096, PROT_R) == INVAL);
    CHECK(call(NR_mprotect, at, 4096, 0x80) == INVAL);
    CHECK(call(NR_mprotect, at, 0, PROT_R) == 0);
    CHECK(call(NR_mprotect, UNMAPPED, 4096, PROT_R) == NOMEM);
    CHECK(call(NR_mprotect, 0xFFFFF000, 8192, PROT_R) == NOMEM);
}

TEST_CASE_FIXTURE(MemoryCalls, "madvise takes the advice that it knows, and says no to the rest") {
    const std::uint32_t at = mapped(4096);
    CHECK(call(NR_madvise, at, 4096, 3) == 0);
    CHECK(call(NR_madvise, at, 4096, 14) == 0);
    CHECK(call(NR_madvise, at, 4096, 4) == 0);
    CHECK(call(NR_madvise, at, 4096, 9) == INVAL);
    CHECK(call(NR_madvise, at + 1, 4096, 3) == INVAL);
    CHECK(call(NR_madvise, UNMAPPED, 4096, 3) == NOMEM);
}

TEST_CASE_FIXTURE(MemoryCalls, "set_thread_area gives slots 6 to 8, which are loaded before the caller goes on") {
    const auto ask = [this](std::uint32_t entry, std::uint32_t base, std::uint32_t limit, std::uint32_t flags) {
        put_value(SCRATCH, std::array<std::uint32_t, 4>{entry, base, limit, flags});
        return call(NR_set_thread_area, SCRATCH);
    };
    CHECK(ask(~0U, 0x12345678, 0xFFFFF, 0x51) == 0);
    CHECK(get<std::uint32_t>(SCRATCH) == 6);
    const std::uint64_t whole = SegmentDescriptor{.base = 0x12345678, .dpl = Ring::User}.encode();
    CHECK(process.take_tls_changed());
    CHECK(process.tls()[0] == whole);
    CHECK(ask(~0U, 0x1000, 0xFFF, 0x41) == 0);
    CHECK(get<std::uint32_t>(SCRATCH) == 7);
    CHECK(ask(~0U, 0x1000, 0xFFF, 0x49) == 0);
    CHECK(((process.tls()[2] >> 41) & 1) == 0);
    CHECK(ask(~0U, 0x1000, 0xFFF, 0x51) == SRCH);
    CHECK(ask(7, 0, 0, 0x28) == 0);
    CHECK(process.tls()[1] == 0);
    CHECK(ask(9, 0x1000, 0xFFF, 0x51) == INVAL);
    CHECK(ask(12, 0x1000, 0xFFF, 0x51) == INVAL);
    CHECK(ask(7, 0x1000, 0xFFF, 0x50) == INVAL);
    CHECK(ask(7, 0x1000, 0xFFF, 0x55) == INVAL);
    CHECK(call(NR_set_thread_area, UNMAPPED) == FAULT);
}
