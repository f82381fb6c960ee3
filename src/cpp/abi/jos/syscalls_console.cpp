// SPDX-License-Identifier: GPL-2.0-only
// The console.
#include "abi/jos/syscall.hpp"

namespace vmlab::jos_abi {

namespace {

class OneByte : public ByteSink {
public:
    std::uint32_t put(std::span<const std::byte> bytes) override {
        byte = std::to_integer<std::uint32_t>(bytes.front());
        return 1;
    }
    std::uint32_t byte = 0;
};

}  // namespace

// Up to a NUL, as printf's "%.*s" prints.
std::uint32_t sys_cputs(Syscall& call) {
    const auto [start, bytes] = std::pair(VirtAddr(call.arguments[0]), call.arguments[1]);
    if (!call.system.expect_memory(call.process, start, bytes, Access::Read)) {
        return 0;
    }
    std::string text(bytes, '\0');
    const CopyResult copied = UserMemory(call.process).copy_in(start, std::as_writable_bytes(std::span(text)));
    require(copied == CopyResult::Ok, "what ring 3 may read can be copied");
    call.system.kernel.print(text.c_str());
    return 0;
}

// Waits for nobody: 0 when nothing was typed.
std::uint32_t sys_cgetc(Syscall& call) {
    Terminal& terminal = call.system.kernel.terminal();
    if (!terminal.readiness().input) {
        static_cast<void>(terminal.type_next());
    }
    OneByte typed;
    return terminal.read(typed, 1) ? typed.byte : 0;
}

}  // namespace vmlab::jos_abi
