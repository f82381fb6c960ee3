// SPDX-License-Identifier: GPL-2.0-only
#include "machine/instruction.hpp"

#include <algorithm>

#include "machine/instruction_library.hpp"

namespace vmlab {

namespace {

/// One open Capstone handle and the buffer it decodes into.
class Handle {
public:
    Handle(const CapstoneLibrary& library, cs_opt_value detail) : library_(library) {
        if (library_.open(CS_ARCH_X86, CS_MODE_32, &handle_) != CS_ERR_OK) {
            throw EngineError(library_.library.path().string() + " cannot decode i386 code");
        }
        library_.option(handle_, CS_OPT_DETAIL, detail);
        instruction_ = library_.malloc_instruction(handle_);
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() {
        library_.free_instruction(instruction_, 1);
        library_.close(&handle_);
    }

    [[nodiscard]] const cs_insn* decode(std::span<const std::uint8_t> bytes, std::uint64_t address) {
        const std::uint8_t* code = bytes.data();
        std::size_t size = std::min(bytes.size(), MAX_INSTRUCTION_BYTES);
        return library_.disasm_iter(handle_, &code, &size, &address, instruction_) ? instruction_ : nullptr;
    }
    [[nodiscard]] const char* register_name(unsigned number) const { return library_.reg_name(handle_, number); }

private:
    const CapstoneLibrary& library_;
    csh handle_ = 0;
    cs_insn* instruction_ = nullptr;
};

void add_register(std::vector<std::string>& names, const Handle& handle, x86_reg number) {
    if (number == X86_REG_INVALID) {
        return;
    }
    const std::string name = handle.register_name(number);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
    }
}

}  // namespace

struct InstructionDecoder::Handles {
    Handle lengths;
    Handle details;
    explicit Handles(const CapstoneLibrary& library) : lengths(library, CS_OPT_OFF), details(library, CS_OPT_ON) {}
};

InstructionDecoder::InstructionDecoder(std::shared_ptr<const CapstoneLibrary> library)
    : library_(std::move(library)), handles_(std::make_unique<Handles>(*library_)) {}
InstructionDecoder::InstructionDecoder(InstructionDecoder&&) noexcept = default;
InstructionDecoder& InstructionDecoder::operator=(InstructionDecoder&&) noexcept = default;
InstructionDecoder::~InstructionDecoder() = default;

std::size_t InstructionDecoder::length_of(std::span<const std::uint8_t> bytes) const {
    const cs_insn* found = handles_->lengths.decode(bytes, 0);
    return found != nullptr ? found->size : 0;
}

std::optional<Instruction> InstructionDecoder::decode(std::span<const std::uint8_t> bytes, VirtAddr address) const {
    Handle& handle = handles_->details;
    const cs_insn* found = handle.decode(bytes, address.value);
    if (found == nullptr) {
        return std::nullopt;
    }
    Instruction result{
        .address = address, .length = static_cast<std::uint8_t>(found->size), .text = found->mnemonic, .registers = {}};
    if (found->op_str[0] != '\0') {
        result.text += std::string(" ") + found->op_str;
    }
    const cs_x86& x86 = found->detail->x86;
    for (std::size_t i = 0; i < x86.op_count; ++i) {
        const cs_x86_op& operand = x86.operands[i];
        if (operand.type == X86_OP_REG) {
            add_register(result.registers, handle, operand.reg);
        } else if (operand.type == X86_OP_MEM) {
            add_register(result.registers, handle, operand.mem.segment);
            add_register(result.registers, handle, operand.mem.base);
            add_register(result.registers, handle, operand.mem.index);
        }
    }
    return result;
}

}  // namespace vmlab
