// SPDX-License-Identifier: GPL-2.0-only
#include "bare_runner.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

namespace vmlab::benchmark {

BareRunner::BareRunner(const EngineLibraries& engines, std::string elf, std::uint32_t frames)
    : library_(*engines.unicorn),
      decoder_(engines.capstone),
      elf_(std::move(elf)),
      image_(ElfImage::parse(ElfSource::of(elf_), VirtAddr(0xC0000000)).value()),
      ram_bytes_(std::uint64_t{frames} * PAGE_SIZE),
      frame_of_page_(PAGES, NO_FRAME),
      written_(PAGES, 0),
      shared_(PAGES, 0),
      counted_(COUNTED_BLOCKS) {
    void* ram = mmap(nullptr, ram_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (ram == MAP_FAILED) {
        throw std::bad_alloc();
    }
    ram_ = static_cast<std::byte*>(ram);
    check(library_.open(UC_ARCH_X86, UC_MODE_32, &engine_));
    check(library_.ctl(engine_, UC_CTL_WRITE(UC_CTL_TCG_BUFFER_SIZE, 1), 32U << 20));
    check(library_.ctl(engine_, UC_CTL_WRITE(UC_CTL_TLB_TYPE, 1), static_cast<int>(UC_TLB_VIRTUAL)));
    check(library_.ctl(engine_, UC_CTL_WRITE(UC_CTL_UC_USE_EXITS, 1), 1));
    check(library_.mem_map_ptr(engine_, 0, ram_bytes_, UC_PROT_ALL, ram_));
    uc_hook hook = 0;
    check(library_.hook_add(engine_, &hook, UC_HOOK_TLB_FILL, reinterpret_cast<void*>(&on_fill), this, 1, 0));
    check(library_.hook_add(engine_, &hook, UC_HOOK_INTR, reinterpret_cast<void*>(&on_interrupt), this, 1, 0));
    check(library_.hook_add(engine_, &hook, UC_HOOK_BLOCK, reinterpret_cast<void*>(&on_block), this, 1, 0));
    enter_ring3();
}

BareRunner::~BareRunner() {
    library_.close(engine_);
    munmap(ram_, ram_bytes_);
}

void BareRunner::check(uc_err error) const {
    if (error != UC_ERR_OK) {
        throw std::runtime_error(library_.strerror(error));
    }
}

std::uint32_t BareRunner::take_frame() {
    if (next_frame_ * std::uint64_t{PAGE_SIZE} >= ram_bytes_) {
        throw std::runtime_error("the bare engine's RAM is too small for this program");
    }
    return next_frame_++;
}

/// A real iret from ring 0: the only way into ring 3.
void BareRunner::enter_ring3() {
    const std::uint32_t gdt = take_frame();
    const std::uint32_t stub = take_frame();
    frame_of_page_[GDT_PAGE] = gdt;
    frame_of_page_[STUB_PAGE] = stub;
    const std::uint64_t descriptors[5] = {0, 0x00CF9B000000FFFF, 0x00CF93000000FFFF, 0x00CFFB000000FFFF,
                                          0x00CFF3000000FFFF};
    std::memcpy(ram_ + gdt * std::uint64_t{PAGE_SIZE}, descriptors, sizeof descriptors);
    uc_x86_mmr gdtr{};
    gdtr.base = std::uint64_t{GDT_PAGE} << PAGE_SHIFT;
    gdtr.limit = sizeof descriptors - 1;
    check(library_.reg_write(engine_, UC_X86_REG_GDTR, &gdtr));
    const std::uint32_t kernel_cs = 0x08, kernel_ss = 0x10, user_data = 0x23;
    check(library_.reg_write(engine_, UC_X86_REG_CS, &kernel_cs));
    check(library_.reg_write(engine_, UC_X86_REG_SS, &kernel_ss));
    const std::uint32_t stack[5] = {image_.entry.value, 0x1B, 0x202, STACK_TOP - 64, user_data};
    std::byte* page = ram_ + stub * std::uint64_t{PAGE_SIZE};
    page[0] = std::byte{0xCF};
    std::memcpy(page + 0x100, stack, sizeof stack);
    const std::uint32_t esp = (STUB_PAGE << PAGE_SHIFT) + 0x100;
    check(library_.reg_write(engine_, UC_X86_REG_ESP, &esp));
    (void)library_.emu_start(engine_, std::uint64_t{STUB_PAGE} << PAGE_SHIFT, 0, 0, 0);
    check(library_.reg_write(engine_, UC_X86_REG_DS, &user_data));
    check(library_.reg_write(engine_, UC_X86_REG_ES, &user_data));
    stop_ = Stop::None;
}

bool BareRunner::on_fill(uc_engine*, std::uint64_t address, uc_mem_type type, uc_tlb_entry* out, void* user) {
    auto& self = *static_cast<BareRunner*>(user);
    const auto page = static_cast<std::uint32_t>(address >> PAGE_SHIFT);
    const std::uint32_t frame = self.frame_of_page_[page];
    if (frame == NO_FRAME || (type == UC_MEM_WRITE && self.shared_[page] != 0)) {
        self.denied_page_ = page;
        self.stop_ = Stop::Fault;
        return false;
    }
    self.written_[page] = self.written_[page] != 0 || type == UC_MEM_WRITE ? 1 : 0;
    const int rights = type == UC_MEM_FETCH       ? UC_PROT_READ | UC_PROT_EXEC
                       : self.written_[page] != 0 ? UC_PROT_READ | UC_PROT_WRITE
                                                  : UC_PROT_READ;
    out->paddr = std::uint64_t{frame} << PAGE_SHIFT;
    out->perms = static_cast<uc_prot>(rights);
    return true;
}

void BareRunner::on_interrupt(uc_engine*, std::uint32_t, void* user) {
    auto& self = *static_cast<BareRunner*>(user);
    self.stop_ = Stop::SystemCall;
    self.library_.emu_stop(self.engine_);
}

void BareRunner::on_block(uc_engine*, std::uint64_t address, std::uint32_t size, void* user) {
    auto& self = *static_cast<BareRunner*>(user);
    const std::uint64_t wanted = (std::uint64_t{size} << 32) | address;
    CountedBlock& block = self.counted_[(address ^ (address >> 12) ^ (size << 6)) % COUNTED_BLOCKS];
    if (block.address_and_size != wanted) [[unlikely]] {
        block = {wanted, self.instructions_in(static_cast<std::uint32_t>(address), size)};
    }
    self.instructions_ += block.instructions;
}

std::uint64_t BareRunner::instructions_in(std::uint32_t address, std::uint32_t size) const {
    std::uint64_t found = 0;
    for (std::uint32_t at = 0; at < size;) {
        std::array<std::uint8_t, MAX_INSTRUCTION_BYTES> code{};
        const std::size_t length = std::min<std::size_t>(code.size(), size - at);
        for (std::size_t i = 0; i < length; ++i) {
            const std::uint64_t byte_at = std::uint64_t{address} + at + i;
            const std::uint64_t frame = frame_of_page_[byte_at >> PAGE_SHIFT];
            code[i] = std::to_integer<std::uint8_t>(ram_[frame * PAGE_SIZE + byte_at % PAGE_SIZE]);
        }
        const std::size_t decoded = decoder_.length_of(std::span(code).first(length));
        at += decoded != 0 ? static_cast<std::uint32_t>(decoded) : size - at;  // what is none ends the block
        ++found;
    }
    return found;
}

void BareRunner::bring_in(std::uint32_t page) {
    const std::uint32_t frame = take_frame();
    std::byte* bytes = ram_ + std::uint64_t{frame} * PAGE_SIZE;
    std::memset(bytes, 0, PAGE_SIZE);
    const std::uint64_t start = std::uint64_t{page} << PAGE_SHIFT;
    for (const ElfSegment& segment : image_.segments) {
        const std::uint64_t first = std::max<std::uint64_t>(start, segment.address.value);
        const std::uint64_t end =
            std::min<std::uint64_t>(start + PAGE_SIZE, std::uint64_t{segment.address.value} + segment.file_bytes);
        if (first < end) {
            std::memcpy(bytes + (first - start), elf_.data() + segment.file_offset + (first - segment.address.value),
                        end - first);
        }
    }
    frame_of_page_[page] = frame;
}

void BareRunner::copy(std::uint32_t page) {
    const std::uint32_t frame = take_frame();
    std::memcpy(ram_ + std::uint64_t{frame} * PAGE_SIZE, ram_ + std::uint64_t{frame_of_page_[page]} * PAGE_SIZE,
                PAGE_SIZE);
    frame_of_page_[page] = frame;
    shared_[page] = 0;
}

void BareRunner::fork() {
    for (std::uint32_t page = 0; page < PAGES; ++page) {
        if (frame_of_page_[page] != NO_FRAME && page != GDT_PAGE && page != STUB_PAGE) {
            shared_[page] = 1;
            written_[page] = 0;
        }
    }
    check(library_.ctl(engine_, UC_CTL_WRITE(UC_CTL_TLB_FLUSH, 0)));
}

int BareRunner::run() {
    constexpr std::uint32_t EXIT = 1, FORK = 2, EXIT_GROUP = 252;
    std::uint32_t eip = image_.entry.value;
    for (;;) {
        stop_ = Stop::None;
        const uc_err result = library_.emu_start(engine_, eip, 0, 0, 0);
        check(library_.reg_read(engine_, UC_X86_REG_EIP, &eip));
        if (stop_ == Stop::Fault) {
            frame_of_page_[denied_page_] == NO_FRAME ? bring_in(denied_page_) : copy(denied_page_);
        } else if (stop_ == Stop::SystemCall) {
            std::uint32_t number = 0;
            check(library_.reg_read(engine_, UC_X86_REG_EAX, &number));
            if (number == EXIT || number == EXIT_GROUP) {
                std::uint32_t status = 0;
                check(library_.reg_read(engine_, UC_X86_REG_EBX, &status));
                return static_cast<int>(status & 0xFF);
            }
            if (number == FORK) {
                fork();
            }
            const std::uint32_t answer = 0;
            check(library_.reg_write(engine_, UC_X86_REG_EAX, &answer));
        } else {
            check(result);
            throw std::runtime_error("the bare engine stopped for no known reason");
        }
    }
}

}  // namespace vmlab::benchmark
