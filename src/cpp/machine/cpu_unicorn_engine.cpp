// SPDX-License-Identifier: GPL-2.0-only
#include "machine/cpu_unicorn_engine.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/panic.hpp"

namespace vmlab {

namespace {

constexpr std::uint32_t TRANSLATION_BUFFER_BYTES = 32U << 20;  // the default reserves 1 GiB an engine

constexpr std::array<int, 8> GENERAL = {UC_X86_REG_EAX, UC_X86_REG_ECX, UC_X86_REG_EDX, UC_X86_REG_EBX,
                                        UC_X86_REG_ESP, UC_X86_REG_EBP, UC_X86_REG_ESI, UC_X86_REG_EDI};
constexpr std::array<int, 10> GENERAL_EIP_EFLAGS = {UC_X86_REG_EAX, UC_X86_REG_ECX,   UC_X86_REG_EDX, UC_X86_REG_EBX,
                                                    UC_X86_REG_ESP, UC_X86_REG_EBP,   UC_X86_REG_ESI, UC_X86_REG_EDI,
                                                    UC_X86_REG_EIP, UC_X86_REG_EFLAGS};
constexpr std::array<int, 6> SELECTORS = {UC_X86_REG_CS, UC_X86_REG_SS, UC_X86_REG_DS,
                                          UC_X86_REG_ES, UC_X86_REG_FS, UC_X86_REG_GS};

}  // namespace

template <typename... Args>
void UnicornEngine::control(uc_control_type type, Args... args) {
    check(library_->ctl(engine_, type, args...), "uc_ctl");
}

void UnicornEngine::check(uc_err error, const char* what) const {
    if (error != UC_ERR_OK) [[unlikely]] {
        throw Panic(std::string(what) + ": " + library_->strerror(error));
    }
}

UnicornEngine::UnicornEngine(std::shared_ptr<const UnicornLibrary> library, std::span<std::byte> ram)
    : library_(std::move(library)),
      private_page_(static_cast<std::uint8_t*>(::operator new[](PRIVATE_BYTES, std::align_val_t{PRIVATE_BYTES}))) {
    std::memset(private_page_.get(), 0, PRIVATE_BYTES);
    check(library_->open(UC_ARCH_X86, UC_MODE_32, &engine_), "uc_open");
    control(UC_CTL_WRITE(UC_CTL_TCG_BUFFER_SIZE, 1), TRANSLATION_BUFFER_BYTES);
    // The newest model without rdrand, whose values no replay could repeat.
    control(UC_CTL_WRITE(UC_CTL_CPU_MODEL, 1), static_cast<int>(UC_CPU_X86_WESTMERE));
    control(UC_CTL_WRITE(UC_CTL_TLB_TYPE, 1), static_cast<int>(UC_TLB_VIRTUAL));
    control(UC_CTL_WRITE(UC_CTL_UC_USE_EXITS, 1), 1);
    check(library_->mem_map_ptr(engine_, 0, ram.size(), UC_PROT_ALL, ram.data()), "uc_mem_map_ptr");
    check(library_->mem_map_ptr(engine_, PRIVATE_PHYSICAL, PRIVATE_BYTES, UC_PROT_ALL, private_page_.get()),
          "uc_mem_map_ptr");
}

UnicornEngine::~UnicornEngine() {
    if (engine_ != nullptr) {
        library_->close(engine_);
    }
}

uc_hook UnicornEngine::add_hook(int type, void* callback, void* user, std::uint64_t first, std::uint64_t last) {
    uc_hook hook = 0;
    check(library_->hook_add(engine_, &hook, type, callback, user, first, last), "uc_hook_add");
    return hook;
}

void UnicornEngine::remove_hook(uc_hook hook) { check(library_->hook_del(engine_, hook), "uc_hook_del"); }

void UnicornEngine::flush_tlb() { control(UC_CTL_WRITE(UC_CTL_TLB_FLUSH, 0)); }
void UnicornEngine::replace_translation(std::uint32_t page) {
    std::uint64_t physical = 0;
    check(library_->vmem_translate(engine_, page, UC_PROT_EXEC, &physical), "uc_vmem_translate");
}
void UnicornEngine::flush_code() { control(UC_CTL_WRITE(UC_CTL_TB_FLUSH, 0)); }
void UnicornEngine::remove_code(std::uint32_t first, std::uint32_t last) {
    control(UC_CTL_WRITE(UC_CTL_TB_REMOVE_CACHE, 2), std::uint64_t{first}, std::uint64_t{last});
}

std::uint32_t UnicornEngine::read_register(int number) const {
    std::uint32_t value = 0;
    check(library_->reg_read(engine_, number, &value), "uc_reg_read");
    return value;
}

void UnicornEngine::write_register(int number, std::uint32_t value) {
    check(library_->reg_write(engine_, number, &value), "uc_reg_write");
}

bool UnicornEngine::try_write_segment(int number, std::uint16_t selector) {
    return library_->reg_write(engine_, number, &selector) == UC_ERR_OK;
}

void UnicornEngine::write_descriptor_table(std::uint32_t base, std::uint32_t limit) {
    uc_x86_mmr table{};
    table.base = base;
    table.limit = limit;
    check(library_->reg_write(engine_, UC_X86_REG_GDTR, &table), "uc_reg_write");
}

void UnicornEngine::read_general(Registers& out) {
    if (live_ != nullptr) [[likely]] {
        const auto word = [](std::uint64_t live) { return static_cast<std::uint32_t>(live); };
        out.eax = word(live_->general[0]);
        out.ecx = word(live_->general[1]);
        out.edx = word(live_->general[2]);
        out.ebx = word(live_->general[3]);
        out.esp = word(live_->general[4]);
        out.ebp = word(live_->general[5]);
        out.esi = word(live_->general[6]);
        out.edi = word(live_->general[7]);
        out.eip = word(live_->eip);
        out.eflags = word(live_->eflags);
        return;
    }
    std::array<void*, GENERAL_EIP_EFLAGS.size()> values = {&out.eax, &out.ecx, &out.edx, &out.ebx, &out.esp,
                                                           &out.ebp, &out.esi, &out.edi, &out.eip, &out.eflags};
    check(library_->reg_read_batch(engine_, GENERAL_EIP_EFLAGS.data(), values.data(), static_cast<int>(values.size())),
          "uc_reg_read_batch");
}

void UnicornEngine::read_selectors(Registers& out) {
    std::array<void*, SELECTORS.size()> values = {&out.cs, &out.ss, &out.ds, &out.es, &out.fs, &out.gs};
    check(library_->reg_read_batch(engine_, SELECTORS.data(), values.data(), static_cast<int>(values.size())),
          "uc_reg_read_batch");
}

void UnicornEngine::write_changed(const Registers& wanted, const Registers& known) {
    if (live_ != nullptr) [[likely]] {
        live_->general = {wanted.eax, wanted.ecx, wanted.edx, wanted.ebx,
                          wanted.esp, wanted.ebp, wanted.esi, wanted.edi};
        live_->eflags = wanted.eflags;
        return;
    }
    std::array<int, GENERAL.size() + 1> numbers;
    std::array<void*, GENERAL.size() + 1> values;
    int count = 0;
    const auto write = [&](int number, const std::uint32_t& value, std::uint32_t old) {
        if (value != old) {
            numbers[static_cast<std::size_t>(count)] = number;
            // The library's batch takes pointers to non-const and only reads through them.
            values[static_cast<std::size_t>(count)] = const_cast<std::uint32_t*>(&value);
            ++count;
        }
    };
    write(GENERAL[0], wanted.eax, known.eax);
    write(GENERAL[1], wanted.ecx, known.ecx);
    write(GENERAL[2], wanted.edx, known.edx);
    write(GENERAL[3], wanted.ebx, known.ebx);
    write(GENERAL[4], wanted.esp, known.esp);
    write(GENERAL[5], wanted.ebp, known.ebp);
    write(GENERAL[6], wanted.esi, known.esi);
    write(GENERAL[7], wanted.edi, known.edi);
    write(UC_X86_REG_EFLAGS, wanted.eflags, known.eflags);
    if (count != 0) {
        check(library_->reg_write_batch(engine_, numbers.data(), values.data(), count), "uc_reg_write_batch");
    }
}

namespace {

constexpr std::array<int, 4> FLOATING_CONTROL = {UC_X86_REG_FPCW, UC_X86_REG_FPSW, UC_X86_REG_FPTAG, UC_X86_REG_MXCSR};
constexpr std::size_t VECTOR_REGISTERS = 8;

/// All numbers of the engine's that make up a FloatingPoint, and where each is in it. The engine numbers the x87
/// registers as they lie, and ST(i) is number top + i.
struct FloatingPointPlaces {
    explicit FloatingPointPlaces(FloatingPoint& state)
        : values{&state.control, &state.status, &state.tags, &state.mxcsr} {
        std::copy(FLOATING_CONTROL.begin(), FLOATING_CONTROL.end(), numbers.begin());
        for (std::size_t i = 0; i < VECTOR_REGISTERS; ++i) {
            const std::size_t st = FLOATING_CONTROL.size() + i, xmm = st + VECTOR_REGISTERS;
            numbers[st] = UC_X86_REG_FP0 + static_cast<int>((state.top() + i) % VECTOR_REGISTERS);
            values[st] = state.st[i].data();
            numbers[xmm] = UC_X86_REG_XMM0 + static_cast<int>(i);
            values[xmm] = state.xmm[i].data();
        }
    }
    static constexpr std::size_t COUNT = FLOATING_CONTROL.size() + 2 * VECTOR_REGISTERS;
    std::array<int, COUNT> numbers{};
    std::array<void*, COUNT> values{};
};

}  // namespace

FloatingPoint UnicornEngine::read_floating_point() {
    FloatingPoint state;
    state.status = static_cast<std::uint16_t>(read_register(UC_X86_REG_FPSW));  // says which register is ST(0)
    FloatingPointPlaces places(state);
    const int asked = live_ != nullptr ? FLOATING_CONTROL.size() : FloatingPointPlaces::COUNT;
    check(library_->reg_read_batch(engine_, places.numbers.data(), places.values.data(), asked), "uc_reg_read_batch");
    if (live_ != nullptr) {
        for (std::size_t i = 0; i < VECTOR_REGISTERS; ++i) {
            const auto& st = live_->x87[(state.top() + i) % VECTOR_REGISTERS];
            std::copy_n(st.begin(), state.st[i].size(), state.st[i].begin());
            std::copy_n(live_->vectors[i].begin(), state.xmm[i].size(), state.xmm[i].begin());
        }
    }
    return state;
}

void UnicornEngine::write_floating_point(FloatingPoint state) {
    FloatingPointPlaces places(state);
    const int told = live_ != nullptr ? FLOATING_CONTROL.size() : FloatingPointPlaces::COUNT;
    check(library_->reg_write_batch(engine_, places.numbers.data(), places.values.data(), told), "uc_reg_write_batch");
    if (live_ != nullptr) {
        for (std::size_t i = 0; i < VECTOR_REGISTERS; ++i) {
            auto& st = live_->x87[(state.top() + i) % VECTOR_REGISTERS];
            std::ranges::copy(state.st[i], st.begin());
            std::ranges::copy(state.xmm[i], live_->vectors[i].begin());
        }
    }
}

EngineContext UnicornEngine::make_context() const {
    uc_context* context = nullptr;
    check(library_->context_alloc(engine_, &context), "uc_context_alloc");
    return EngineContext(context, ContextDeleter{library_.get()});
}

void UnicornEngine::save(uc_context& context) const {
    check(library_->context_save(engine_, &context), "uc_context_save");
}

void UnicornEngine::restore(uc_context& context) {
    check(library_->context_restore(engine_, &context), "uc_context_restore");
}

}  // namespace vmlab
